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

variable "alarm_topic_arn" {
  description = "The SNS topic that alarms tell; nobody without it"
  type        = string
  default     = null
}
