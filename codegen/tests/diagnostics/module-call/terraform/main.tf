module "pipeline" {
  source = "./pipeline"

  environment = "dev"
  networks    = {}
}
