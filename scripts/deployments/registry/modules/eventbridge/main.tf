# The shape of addresses that terraform-aws-modules/eventbridge gives to what it makes: everything is called `this`, with
# the keys of its mappings; what there is one of has a `count`.
variable "create_bus" {
  type    = bool
  default = true
}

variable "bus_name" {
  type = string
}

variable "rules" {
  type    = any
  default = {}
}

variable "targets" {
  type    = any
  default = {}
}

variable "schedules" {
  type    = any
  default = {}
}

locals {
  targets = merge([
    for rule, targets in var.targets : { for target in targets : target.name => merge(target, { rule = rule }) }
  ]...)
}

resource "aws_cloudwatch_event_bus" "this" {
  count = var.create_bus ? 1 : 0

  name = var.bus_name
}

resource "aws_cloudwatch_event_rule" "this" {
  for_each = var.rules

  name                = "${each.key}-rule"
  description         = try(each.value.description, null)
  event_bus_name      = try(each.value.schedule_expression, null) == null ? var.bus_name : "default"
  event_pattern       = try(each.value.event_pattern, null)
  schedule_expression = try(each.value.schedule_expression, null)
  state               = try(each.value.enabled, true) ? "ENABLED" : "DISABLED"
  tags                = { Name = "${each.key}-rule" }

  depends_on = [aws_cloudwatch_event_bus.this]
}

resource "aws_cloudwatch_event_target" "this" {
  for_each = local.targets

  rule           = "${each.value.rule}-rule"
  event_bus_name = try(var.rules[each.value.rule].schedule_expression, null) == null ? var.bus_name : "default"
  target_id      = each.key
  arn            = each.value.arn
  role_arn       = try(each.value.attach_role_arn, false) ? aws_iam_role.eventbridge[0].arn : null
  input          = try(each.value.input, null)

  dynamic "dead_letter_config" {
    for_each = try([each.value.dead_letter_arn], [])
    content {
      arn = dead_letter_config.value
    }
  }

  dynamic "sqs_target" {
    for_each = try([each.value.message_group_id], [])
    content {
      message_group_id = sqs_target.value
    }
  }

  depends_on = [aws_cloudwatch_event_rule.this]
}

resource "aws_scheduler_schedule" "this" {
  for_each = var.schedules

  name                         = "${each.key}-schedule"
  schedule_expression          = each.value.schedule_expression
  schedule_expression_timezone = try(each.value.timezone, null)
  flexible_time_window {
    mode = "OFF"
  }
  target {
    arn      = each.value.arn
    role_arn = aws_iam_role.eventbridge[0].arn
    input    = try(each.value.input, null)
  }
}

resource "aws_iam_role" "eventbridge" {
  count = 1

  name               = var.bus_name
  assume_role_policy = jsonencode({ Version = "2012-10-17", Statement = [{ Effect = "Allow", Action = "sts:AssumeRole", Principal = { Service = ["events.amazonaws.com", "scheduler.amazonaws.com"] } }] })
}

output "eventbridge_rule_arns" {
  value = { for key, rule in aws_cloudwatch_event_rule.this : key => rule.arn }
}
