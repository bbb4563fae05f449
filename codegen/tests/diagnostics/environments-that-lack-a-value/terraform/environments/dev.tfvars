environment = "dev"
values = {
  bucket = "reports-dev"
  memory = 64
}
