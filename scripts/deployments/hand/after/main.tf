# The same with what a pipeline takes over taken out, and the pipeline called.
variable "environment" {
  type = string
}

variable "token" {
  type      = string
  default   = "not-for-a-spec"
  sensitive = true
}

module "orders" {
  source = "./orders"

  environment = var.environment
  token       = var.token
  mailed      = {}
  audited     = []
  has_rules   = false
}

module "pipeline" {
  source = "./pipeline"

  environment = var.environment
}
