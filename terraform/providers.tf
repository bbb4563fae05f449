# Credentials come from the environment, as in every AWS tool, and so does an endpoint in the place of
# AWS: AWS_ENDPOINT_URL.
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
