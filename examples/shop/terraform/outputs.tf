output "event_bus_arn" {
  description = "The ARN of the bus that carries the pipeline's events"
  value       = module.pipeline.event_bus_arn
}

output "queue_urls" {
  description = "Every queue's URL, by job: `erp` is what the warehouse reads"
  value       = module.pipeline.queue_urls
}
