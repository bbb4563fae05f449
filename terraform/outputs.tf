output "event_bus_arn" {
  description = "The ARN of the bus that carries the pipeline's events"
  value       = module.pipeline.event_bus_arn
}

output "event_bus_name" {
  description = "The bus that carries the pipeline's events"
  value       = module.pipeline.event_bus_name
}

output "rule_arns" {
  description = "Every rule's ARN, by <job>-<trigger>"
  value       = module.pipeline.rule_arns
}

output "rule_names" {
  description = "Every rule's name, by <job>-<trigger>"
  value       = module.pipeline.rule_names
}

output "schedule_arns" {
  description = "Every EventBridge Scheduler schedule's ARN, by <job>-<trigger>"
  value       = module.pipeline.schedule_arns
}

output "function_arns" {
  description = "Every function's ARN, by job"
  value       = module.pipeline.function_arns
}

output "function_names" {
  description = "Every function's name, by job"
  value       = module.pipeline.function_names
}

output "queue_urls" {
  description = "Every queue's URL: <job>-dlq for events that could not be delivered, <job>-on-failure for runs that failed"
  value       = module.pipeline.queue_urls
}

output "alarm_arns" {
  description = "Every alarm's ARN, by <job>-<what it watches>"
  value       = module.pipeline.alarm_arns
}

output "log_group_names" {
  description = "The log group of every function, by job"
  value       = module.pipeline.log_group_names
}

output "role_names" {
  description = "Every IAM role, by job; <job>-scheduler is what EventBridge Scheduler takes on"
  value       = module.pipeline.role_names
}
