environment = "dev"
region      = "eu-central-1"
values = {
  invoices_bucket = "invoices-dev"
}
