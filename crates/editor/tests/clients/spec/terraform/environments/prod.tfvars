environment = "prod"
region      = "eu-central-1"
values      = { bucket = "prod-bucket" }
