# Credentials and the region come from the environment, as with every AWS tool.
provider "aws" {
  default_tags {
    tags = {
      Pipeline    = "webshop"
      Environment = var.environment
      ManagedBy   = "terraform"
    }
  }
}
