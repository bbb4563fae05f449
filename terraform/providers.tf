# Credentials come from the environment, as with every AWS tool. So does an endpoint instead of AWS:
# AWS_ENDPOINT_URL.
provider "aws" {
  region = var.region

  default_tags {
    tags = {
      Pipeline    = "spendsense"
      Environment = var.environment
      ManagedBy   = "terraform"
    }
  }
}
