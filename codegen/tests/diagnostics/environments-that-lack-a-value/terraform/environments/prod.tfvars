environment = "prod"
values = {
  bukcet = "reports-prod"
  memory = 512
}
