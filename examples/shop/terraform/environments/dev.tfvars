environment = "dev"

values = {
  invoices_bucket = "webshop-invoices-dev"
  digest_on       = false
  mails_at_a_time = 2
  crm             = "https://sandbox.crm.example/orders"
}

secrets = {
  crm = "arn:aws:secretsmanager:eu-central-1:123456789012:secret:webshop/dev/crm-AbCdEf"
}
