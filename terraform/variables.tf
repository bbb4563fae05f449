variable "environment" {
  description = "The environment: the last part of every name, so that several live in one account"
  type        = string
}

variable "region" {
  description = "The AWS region; from the environment or the profile where it is not set"
  type        = string
  default     = null
}

variable "artifacts" {
  description = "Where functions' zips are, by job: a file, or an object in S3. `make package` writes zips into artifacts/, and says which in artifacts/artifacts.tfvars.json"
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
  description = "The ARN of each secret in AWS Secrets Manager that functions read, by its name in pipeline.yaml. SpendSense's `database` holds the URL of its PostgreSQL database, or what RDS keeps for it"
  type        = map(string)
}

variable "alarm_topic_arn" {
  description = "The SNS topic that alarms tell; nobody without it"
  type        = string
  default     = null
}

variable "permissions_boundary" {
  description = "The ARN of the IAM policy that bounds every role, where an account asks for one"
  type        = string
  default     = null
}
