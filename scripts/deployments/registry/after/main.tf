# The same without the entries of what a pipeline takes over, and the pipeline called.
variable "environment" {
  type = string
}

locals {
  has_rules = false
}

module "pipeline" {
  source = "./pipeline"

  environment = var.environment
}
