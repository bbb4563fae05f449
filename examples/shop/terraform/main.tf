# The pipeline itself is generated from pipeline.yaml: `codegen generate` writes ./pipeline.
module "pipeline" {
  source = "./pipeline"

  environment     = var.environment
  values          = var.values
  artifacts       = var.artifacts
  secrets         = var.secrets
  alarm_topic_arn = var.alarm_topic_arn
}
