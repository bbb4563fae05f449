# Credentials and the region come from the environment, as with every AWS tool. So does an endpoint instead of AWS:
# AWS_ENDPOINT_URL.
provider "aws" {
  default_tags {
    tags = {
      Pipeline    = "@name@"
      Environment = var.environment
      ManagedBy   = "terraform"
    }
  }
}
