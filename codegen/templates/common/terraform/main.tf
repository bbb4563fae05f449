# The pipeline itself is generated from pipeline.yaml: `codegen generate` writes ./pipeline.
module "pipeline" {
  source = "./pipeline"

  environment          = var.environment
  artifacts            = var.artifacts
  alarm_topic_arn      = var.alarm_topic_arn
  permissions_boundary = var.permissions_boundary
}
