# What Terraform's provider makes on the local bus: each resource that it has a meaning for. The endpoint, the region and
# credentials are in the environment.
terraform {
  required_providers {
    aws = {
      source  = "hashicorp/aws"
      version = ">= 5.100"
    }
  }
}

variable "function" {
  type        = string
  description = "A function of the pipeline"
}

variable "round" {
  type        = number
  description = "Changes something of every resource"
  default     = 1
}

provider "aws" {
  default_tags {
    tags = { round = var.round }
  }
}

data "aws_caller_identity" "here" {}
data "aws_region" "here" {}

data "aws_lambda_function" "function" {
  function_name = var.function
}

locals {
  role = "arn:aws:iam::${data.aws_caller_identity.here.account_id}:role/tests"
}

resource "aws_cloudwatch_event_bus" "orders" {
  name        = "orders"
  description = "Round ${var.round}"
}

resource "aws_cloudwatch_event_permission" "account" {
  principal      = "111122223333"
  statement_id   = "account"
  event_bus_name = aws_cloudwatch_event_bus.orders.name
}

resource "aws_cloudwatch_event_permission" "organisation" {
  principal      = "*"
  statement_id   = "organisation"
  event_bus_name = aws_cloudwatch_event_bus.orders.name
  condition {
    type  = "StringEquals"
    key   = "aws:PrincipalOrgID"
    value = "o-round${var.round}"
  }
}

resource "aws_cloudwatch_event_bus" "policed" {
  name = "policed"
}

resource "aws_cloudwatch_event_bus_policy" "policed" {
  event_bus_name = aws_cloudwatch_event_bus.policed.name
  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Sid       = "round${var.round}"
      Effect    = "Allow"
      Principal = { AWS = "arn:aws:iam::111122223333:root" }
      Action    = "events:PutEvents"
      Resource  = aws_cloudwatch_event_bus.policed.arn
    }]
  })
}

resource "aws_cloudwatch_event_archive" "orders" {
  name             = "orders"
  event_source_arn = aws_cloudwatch_event_bus.orders.arn
  description      = "Round ${var.round}"
  retention_days   = var.round
  event_pattern    = jsonencode({ source = ["shop"] })
}

resource "aws_cloudwatch_event_connection" "basic" {
  name               = "basic"
  description        = "Round ${var.round}"
  authorization_type = "BASIC"
  auth_parameters {
    basic {
      username = "user${var.round}"
      password = "password"
    }
    invocation_http_parameters {
      header {
        key             = "x-tenant"
        value           = "acme"
        is_value_secret = false
      }
    }
  }
}

resource "aws_cloudwatch_event_connection" "key" {
  name               = "key"
  authorization_type = "API_KEY"
  auth_parameters {
    api_key {
      key   = "x-key"
      value = "secret${var.round}"
    }
  }
}

resource "aws_cloudwatch_event_connection" "oauth" {
  name               = "oauth"
  authorization_type = "OAUTH_CLIENT_CREDENTIALS"
  auth_parameters {
    oauth {
      authorization_endpoint = "https://id.example/token/${var.round}"
      http_method            = "POST"
      client_parameters {
        client_id     = "id"
        client_secret = "secret"
      }
      oauth_http_parameters {
        body {
          key             = "scope"
          value           = "orders"
          is_value_secret = false
        }
      }
    }
  }
}

resource "aws_cloudwatch_event_api_destination" "crm" {
  name                             = "crm"
  description                      = "Round ${var.round}"
  invocation_endpoint              = "https://crm.example/orders/*"
  http_method                      = "POST"
  invocation_rate_limit_per_second = 10 * var.round
  connection_arn                   = aws_cloudwatch_event_connection.key.arn
}

resource "aws_sqs_queue" "dead" {
  name                      = "dead"
  message_retention_seconds = 1209600
}

resource "aws_sqs_queue" "work" {
  name                       = "work"
  visibility_timeout_seconds = 300 + var.round
  receive_wait_time_seconds  = 5
  delay_seconds              = var.round
  redrive_policy = jsonencode({
    deadLetterTargetArn = aws_sqs_queue.dead.arn
    maxReceiveCount     = 3
  })
}

resource "aws_sqs_queue_redrive_allow_policy" "dead" {
  queue_url = aws_sqs_queue.dead.url
  redrive_allow_policy = jsonencode({
    redrivePermission = "byQueue"
    sourceQueueArns   = [aws_sqs_queue.work.arn]
  })
}

resource "aws_sqs_queue" "fifo" {
  name                        = "letters.fifo"
  fifo_queue                  = true
  content_based_deduplication = true
  deduplication_scope         = "messageGroup"
  fifo_throughput_limit       = "perMessageGroupId"
}

resource "aws_sqs_queue_policy" "work" {
  queue_url = aws_sqs_queue.work.url
  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Sid       = "round${var.round}"
      Effect    = "Allow"
      Principal = { Service = "events.amazonaws.com" }
      Action    = "sqs:SendMessage"
      Resource  = aws_sqs_queue.work.arn
    }]
  })
}

resource "aws_cloudwatch_event_rule" "orders" {
  name           = "orders"
  event_bus_name = aws_cloudwatch_event_bus.orders.name
  description    = "Round ${var.round}"
  event_pattern  = jsonencode({ source = ["shop"] })
}

resource "aws_cloudwatch_event_target" "work" {
  rule           = aws_cloudwatch_event_rule.orders.name
  event_bus_name = aws_cloudwatch_event_bus.orders.name
  target_id      = "work"
  arn            = aws_sqs_queue.work.arn
  input_transformer {
    input_paths    = { order = "$.detail.order" }
    input_template = "{\"order\": <order>, \"round\": ${var.round}}"
  }
  retry_policy {
    maximum_event_age_in_seconds = 3600
    maximum_retry_attempts       = var.round
  }
  dead_letter_config {
    arn = aws_sqs_queue.dead.arn
  }
}

resource "aws_cloudwatch_event_target" "letters" {
  rule           = aws_cloudwatch_event_rule.orders.name
  event_bus_name = aws_cloudwatch_event_bus.orders.name
  target_id      = "letters"
  arn            = aws_sqs_queue.fifo.arn
  sqs_target {
    message_group_id = "orders"
  }
}

resource "aws_cloudwatch_event_target" "crm" {
  rule           = aws_cloudwatch_event_rule.orders.name
  event_bus_name = aws_cloudwatch_event_bus.orders.name
  target_id      = "crm"
  arn            = aws_cloudwatch_event_api_destination.crm.arn
  role_arn       = local.role
  http_target {
    path_parameter_values   = ["a"]
    query_string_parameters = { round = var.round }
    header_parameters       = { "x-a" = "b" }
  }
}

resource "aws_cloudwatch_event_rule" "hourly" {
  name                = "hourly"
  schedule_expression = "rate(${var.round + 1} hours)"
  state               = "DISABLED"
}

resource "aws_cloudwatch_event_target" "function" {
  rule      = aws_cloudwatch_event_rule.hourly.name
  target_id = "function"
  arn       = data.aws_lambda_function.function.arn
  input     = jsonencode({ round = var.round })
}

resource "aws_lambda_permission" "hourly" {
  statement_id  = "hourly-${var.round}"
  action        = "lambda:InvokeFunction"
  function_name = data.aws_lambda_function.function.function_name
  principal     = "events.amazonaws.com"
  source_arn    = aws_cloudwatch_event_rule.hourly.arn
}

resource "aws_lambda_event_source_mapping" "work" {
  event_source_arn                   = aws_sqs_queue.work.arn
  function_name                      = data.aws_lambda_function.function.function_name
  batch_size                         = 20 * var.round
  maximum_batching_window_in_seconds = 5
  function_response_types            = ["ReportBatchItemFailures"]
  scaling_config {
    maximum_concurrency = 2 * var.round
  }
}

resource "aws_lambda_function_event_invoke_config" "function" {
  function_name                = data.aws_lambda_function.function.function_name
  maximum_event_age_in_seconds = 60 * var.round
  maximum_retry_attempts       = 1
  destination_config {
    on_failure {
      destination = aws_sqs_queue.dead.arn
    }
    on_success {
      destination = aws_sqs_queue.work.arn
    }
  }
}

resource "aws_scheduler_schedule_group" "reminders" {
  name = "reminders"
}

resource "aws_scheduler_schedule" "daily" {
  name                         = "daily"
  group_name                   = aws_scheduler_schedule_group.reminders.name
  description                  = "Round ${var.round}"
  schedule_expression          = "cron(0 ${var.round} * * ? *)"
  schedule_expression_timezone = "Europe/Berlin"
  start_date                   = "2030-01-01T00:00:00Z"
  flexible_time_window {
    mode                      = "FLEXIBLE"
    maximum_window_in_minutes = 15
  }
  target {
    arn      = data.aws_lambda_function.function.arn
    role_arn = local.role
    input    = jsonencode({ round = var.round })
    retry_policy {
      maximum_event_age_in_seconds = 3600
      maximum_retry_attempts       = 3
    }
    dead_letter_config {
      arn = aws_sqs_queue.dead.arn
    }
  }
}

resource "aws_scheduler_schedule" "once" {
  name                = "once"
  schedule_expression = "at(2030-01-0${var.round}T09:00:00)"
  state               = var.round == 1 ? "ENABLED" : "DISABLED"
  flexible_time_window {
    mode = "OFF"
  }
  target {
    arn      = aws_cloudwatch_event_bus.orders.arn
    role_arn = local.role
    input    = jsonencode({ round = var.round })
    eventbridge_parameters {
      source      = "shop"
      detail_type = "Due"
    }
  }
}

resource "aws_scheduler_schedule" "letters" {
  name                = "letters"
  schedule_expression = "rate(${var.round + 1} days)"
  flexible_time_window {
    mode = "OFF"
  }
  target {
    arn      = aws_sqs_queue.fifo.arn
    role_arn = local.role
    sqs_parameters {
      message_group_id = "g"
    }
  }
}
