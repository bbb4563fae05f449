environment = "dev"

values = {
  invoices_bucket = "webshop-invoices-dev"
  digest_on       = false
  mails_at_a_time = 2
}

