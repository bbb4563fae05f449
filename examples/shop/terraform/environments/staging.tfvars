environment = "staging"

values = {
  invoices_bucket = "webshop-invoices-staging"
  digest_on       = false
  mails_at_a_time = 2
}

