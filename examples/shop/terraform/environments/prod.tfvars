environment = "prod"

values = {
  invoices_bucket = "webshop-invoices-prod"
  digest_on       = true
  mails_at_a_time = 20
  crm             = "https://crm.example/orders"
}

secrets = {
  crm = "arn:aws:secretsmanager:eu-central-1:123456789012:secret:webshop/prod/crm-AbCdEf"
}
