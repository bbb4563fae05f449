output "event_bus_name" {
  description = "The bus that carries the pipeline's events"
  value       = module.pipeline.event_bus_name
}

output "rule_names" {
  description = "Every rule's name, by <job>-<trigger>"
  value       = module.pipeline.rule_names
}

output "function_names" {
  description = "Every function's name, by job"
  value       = module.pipeline.function_names
}

output "queue_urls" {
  description = "Every queue's URL: <job>-dlq for events that could not be delivered, <job>-on-failure for runs that failed"
  value       = module.pipeline.queue_urls
}
