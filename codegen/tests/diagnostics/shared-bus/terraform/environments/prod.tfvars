environment = "prod"
region      = "eu-central-1"
values = {
  invoices_bucket = "invoices-prod"
}
