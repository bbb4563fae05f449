# `has_rules` stands for the entries that a person removes.
resource "aws_sqs_queue" "each" {
  for_each = toset(["orders.fifo", "shop-dead"])

  name       = each.key
  fifo_queue = endswith(each.key, ".fifo") ? true : null
}

module "eventbridge" {
  source   = "./modules/eventbridge"
  for_each = toset(["shop-${var.environment}"])

  create_bus = local.has_rules
  bus_name   = each.key
  rules = merge(local.has_rules ? {
    orders = { description = "Capture all order data", event_pattern = jsonencode({ source = ["myapp.orders"] }) }
    paid   = { event_pattern = jsonencode({ source = ["myapp.orders"], detail-type = ["Paid"] }), enabled = false }
    queued = { event_pattern = jsonencode({ source = ["myapp.orders"], detail-type = ["Queued"] }) }
    crons  = { description = "Trigger for a Lambda", schedule_expression = "rate(5 minutes)" }
    } : {}, {
    both = { event_pattern = jsonencode({ source = ["myapp.orders"], detail-type = ["Both"] }) }
  })
  targets = merge(local.has_rules ? {
    orders = [{ name = "log-orders", arn = module.lambda.lambda_function_arn, dead_letter_arn = aws_sqs_queue.each["shop-dead"].arn }]
    paid   = [{ name = "bill-orders", arn = module.lambda.lambda_function_arn }]
    queued = [{ name = "send-orders-to-fifo-sqs", arn = aws_sqs_queue.each["orders.fifo"].arn, message_group_id = "orders" }]
    crons  = [{ name = "lambda-loves-cron", arn = module.lambda.lambda_function_arn, input = jsonencode({ job = "cron-by-rate" }) }]
    } : {}, {
    both = [
      { name = "both-lambda", arn = module.lambda.lambda_function_arn },
      { name = "both-queue", arn = aws_sqs_queue.each["shop-dead"].arn },
    ]
  })
  schedules = local.has_rules ? {
    lambda-cron = { schedule_expression = "cron(0 1 * * ? *)", timezone = "Europe/London", arn = module.lambda.lambda_function_arn, input = jsonencode({ job = "cron" }) }
  } : {}
}

module "lambda" {
  source = "./modules/lambda"

  function_name = "orders-lambda"
  allowed_triggers = merge(local.has_rules ? {
    for rule in ["orders", "paid", "crons"] : "Allow-${rule}" => { source_arn = local.rule_arns[rule] }
    } : {}, {
    Allow-both = { source_arn = local.rule_arns.both }
  })
}

data "aws_caller_identity" "this" {}

data "aws_region" "this" {}

locals {
  rule_arns = {
    for rule in ["orders", "paid", "crons", "both"] : rule => join("", [
      "arn:aws:events:${data.aws_region.this.name}:${data.aws_caller_identity.this.account_id}:rule/",
      rule == "crons" ? "" : "shop-${var.environment}/", "${rule}-rule",
    ])
  }
}
