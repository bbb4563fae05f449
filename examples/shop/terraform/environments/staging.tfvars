environment = "staging"

values = {
  invoices_bucket = "webshop-invoices-staging"
  digest_on       = false
  mails_at_a_time = 2
  crm             = "https://staging.crm.example/orders"
}

secrets = {
  crm = "arn:aws:secretsmanager:eu-central-1:123456789012:secret:webshop/staging/crm-AbCdEf"
}
