# A deployment as people write one by hand: `count`, `for_each`, modules inside of modules, names by ARN.
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
  mailed      = { placed = "Order Placed", "sent \"back\"" = "Order Sent Back" }
  audited     = ["acme.shop", "acme.stock"]
  has_rules   = true
}
