environment = "prod"

values = {
  invoices_bucket = "webshop-invoices-prod"
  digest_on       = true
  mails_at_a_time = 20
}

