# The wiring of a generated module as it is often written by hand and in modules for everybody: a resource of each
# kind once, with `for_each` over maps that the caller fills.

terraform {
  required_providers {
    aws = {
      source  = "hashicorp/aws"
      version = ">= 5.100, < 7.0"
    }
  }
}

variable "environment" {
  type = string
}

variable "bus" {
  type = string
}

variable "functions" {
  description = "By job"
  type        = any
}

variable "rules" {
  description = "By name: a description and an event pattern"
  type        = any
}

variable "targets" {
  description = "By the name of their rule: a list of them"
  type        = any
}

locals {
  targets = { for target in flatten([
    for rule, targets in var.targets : [for target in targets : merge(target, { rule = rule })]
  ]) : "${target.rule}-${target.name}" => target }

  queues = merge([for job, _ in var.functions : {
    "${job}-dlq"        = { rules = [for target in local.targets : target.rule if target.job == job] }
    "${job}-on-failure" = { rules = [] }
  }]...)
}

resource "aws_cloudwatch_event_bus" "this" {
  name = "${var.bus}-${var.environment}"
}

resource "aws_lambda_function" "this" {
  for_each = var.functions

  function_name    = "bench-${each.key}-${var.environment}"
  description      = each.value.description
  role             = aws_iam_role.this[each.key].arn
  runtime          = "provided.al2023"
  handler          = "bootstrap"
  architectures    = ["arm64"]
  s3_bucket        = each.value.s3_bucket
  s3_key           = each.value.s3_key
  source_code_hash = each.value.source_code_hash
  memory_size      = 256
  timeout          = 60

  environment {
    variables = {
      EVENT_BUS_NAME       = aws_cloudwatch_event_bus.this.name
      PIPELINE_ENVIRONMENT = var.environment
    }
  }

  logging_config {
    log_format = "JSON"
    log_group  = aws_cloudwatch_log_group.this[each.key].name
  }

  tracing_config {
    mode = "Active"
  }

  depends_on = [aws_iam_role_policy.this]
}

resource "aws_cloudwatch_log_group" "this" {
  for_each = var.functions

  name              = "/aws/lambda/bench-${each.key}-${var.environment}"
  retention_in_days = 365
}

resource "aws_lambda_function_event_invoke_config" "this" {
  for_each = var.functions

  function_name                = aws_lambda_function.this[each.key].function_name
  maximum_retry_attempts       = 2
  maximum_event_age_in_seconds = 21600

  destination_config {
    on_failure {
      destination = aws_sqs_queue.this["${each.key}-on-failure"].arn
    }
  }
}

resource "aws_iam_role" "this" {
  for_each = var.functions

  name = "bench-${each.key}-${var.environment}"
  assume_role_policy = jsonencode({
    Version   = "2012-10-17"
    Statement = [{ Effect = "Allow", Action = "sts:AssumeRole", Principal = { Service = "lambda.amazonaws.com" } }]
  })
}

resource "aws_iam_role_policy" "this" {
  for_each = var.functions

  name = "job"
  role = aws_iam_role.this[each.key].id
  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [
      {
        Sid      = "WriteLogs"
        Effect   = "Allow"
        Action   = ["logs:CreateLogStream", "logs:PutLogEvents"]
        Resource = "${aws_cloudwatch_log_group.this[each.key].arn}:*"
      },
      {
        Sid      = "WriteTraces"
        Effect   = "Allow"
        Action   = ["xray:PutTelemetryRecords", "xray:PutTraceSegments"]
        Resource = "*"
      },
      {
        Sid      = "KeepFailedRuns"
        Effect   = "Allow"
        Action   = "sqs:SendMessage"
        Resource = aws_sqs_queue.this["${each.key}-on-failure"].arn
      },
    ]
  })
}

resource "aws_sqs_queue" "this" {
  for_each = local.queues

  name                      = "bench-${each.key}-${var.environment}"
  message_retention_seconds = 1209600
  sqs_managed_sse_enabled   = true
}

resource "aws_sqs_queue_policy" "this" {
  for_each = local.queues

  queue_url = aws_sqs_queue.this[each.key].id
  policy = jsonencode({
    Version = "2012-10-17"
    Statement = concat(
      [for rule in each.value.rules : {
        Sid       = "KeepDeadLetters"
        Effect    = "Allow"
        Principal = { Service = "events.amazonaws.com" }
        Action    = "sqs:SendMessage"
        Resource  = aws_sqs_queue.this[each.key].arn
        Condition = { ArnEquals = { "aws:SourceArn" = [aws_cloudwatch_event_rule.this[rule].arn] } }
      }],
      [{
        Sid       = "RefusePlainHttp"
        Effect    = "Deny"
        Principal = "*"
        Action    = ["sqs:*"]
        Resource  = aws_sqs_queue.this[each.key].arn
        Condition = { Bool = { "aws:SecureTransport" = "false" } }
      }],
    )
  })
}

resource "aws_cloudwatch_event_rule" "this" {
  for_each = var.rules

  name           = "bench-${each.key}-${var.environment}"
  description    = each.value.description
  event_bus_name = aws_cloudwatch_event_bus.this.name
  event_pattern  = jsonencode(each.value.event_pattern)
  state          = "ENABLED"
}

resource "aws_cloudwatch_event_target" "this" {
  for_each = local.targets

  rule           = aws_cloudwatch_event_rule.this[each.value.rule].name
  event_bus_name = aws_cloudwatch_event_bus.this.name
  target_id      = each.value.name
  arn            = aws_lambda_function.this[each.value.job].arn

  dead_letter_config {
    arn = aws_sqs_queue.this["${each.value.job}-dlq"].arn
  }

  retry_policy {
    maximum_event_age_in_seconds = 86400
    maximum_retry_attempts       = 185
  }
}

resource "aws_lambda_permission" "this" {
  for_each = local.targets

  statement_id  = "bench-${each.value.rule}-${var.environment}"
  action        = "lambda:InvokeFunction"
  function_name = aws_lambda_function.this[each.value.job].arn
  principal     = "events.amazonaws.com"
  source_arn    = aws_cloudwatch_event_rule.this[each.value.rule].arn
}
