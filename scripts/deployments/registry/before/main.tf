# A deployment by modules of the shape of terraform-aws-modules, once for each of two teams.
variable "environment" {
  type = string
}

locals {
  has_rules = true
}
