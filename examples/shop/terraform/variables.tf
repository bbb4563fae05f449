variable "environment" {
  description = "The environment: the last part of every name, so that several live in one account"
  type        = string
}

variable "values" {
  description = "What the environment says for each of the values in pipeline.yaml"
  type = object({
    invoices_bucket = string
    digest_on       = bool
    mails_at_a_time = number
    crm             = string
  })
}

variable "artifacts" {
  description = "Where functions' zips are, by job; `codegen package` writes what it knows of them into artifacts/artifacts.tfvars.json"
  type = map(object({
    path             = optional(string)
    architecture     = optional(string)
    s3_bucket        = optional(string)
    s3_key           = optional(string)
    source_code_hash = optional(string)
  }))
  default = {}
}

variable "secrets" {
  description = "The ARN of each secret in AWS Secrets Manager, by its name in pipeline.yaml: `crm` holds the key of the CRM, as JSON with the key `api_key`"
  type        = map(string)
}

variable "alarm_topic_arn" {
  description = "The SNS topic that alarms tell; nobody without it"
  type        = string
  default     = null
}
