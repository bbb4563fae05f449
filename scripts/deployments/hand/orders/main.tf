# `has_rules` stands for the blocks that a person removes.
variable "environment" {
  type = string
}

variable "token" {
  type      = string
  sensitive = true
}

variable "mailed" {
  type = map(string)
}

variable "audited" {
  type = list(string)
}

variable "has_rules" {
  type = bool
}

locals {
  on_the_bus = var.has_rules ? 1 : 0
}

resource "aws_cloudwatch_event_bus" "orders" {
  name = "orders"
}

resource "aws_iam_role" "function" {
  name               = "acme-functions"
  assume_role_policy = jsonencode({ Version = "2012-10-17", Statement = [{ Effect = "Allow", Action = "sts:AssumeRole", Principal = { Service = "lambda.amazonaws.com" } }] })
}

resource "aws_iam_role" "delivers" {
  name               = "acme-delivers"
  assume_role_policy = jsonencode({ Version = "2012-10-17", Statement = [{ Effect = "Allow", Action = "sts:AssumeRole", Principal = { Service = ["events.amazonaws.com", "scheduler.amazonaws.com"] } }] })
}

resource "aws_lambda_function" "each" {
  for_each = toset(["mail", "audit", "report"])

  function_name = "acme-${each.key}"
  role          = aws_iam_role.function.arn
  runtime       = "python3.13"
  handler       = "a.b"
  filename      = "${path.root}/function.zip"
  environment {
    variables = { TOKEN = var.token }
  }
}

resource "aws_sqs_queue" "each" {
  for_each = toset(["work", "dead"])

  name = "acme-${each.key}"
}

# Rules for each entry of a mapping, with what belongs to them.
resource "aws_cloudwatch_event_rule" "mailed" {
  for_each = var.mailed

  name           = "mail-on-${split(" ", each.key)[0]}"
  description    = "Mails when ${each.value}"
  event_bus_name = aws_cloudwatch_event_bus.orders.name
  event_pattern  = jsonencode({ source = ["acme.shop"], detail-type = [each.value] })
}

resource "aws_cloudwatch_event_target" "mailed" {
  for_each = var.mailed

  rule           = aws_cloudwatch_event_rule.mailed[each.key].name
  event_bus_name = aws_cloudwatch_event_bus.orders.name
  target_id      = "mail"
  arn            = aws_lambda_function.each["mail"].arn
  dead_letter_config {
    arn = aws_sqs_queue.each["dead"].arn
  }
  retry_policy {
    maximum_retry_attempts = 4
  }
}

resource "aws_lambda_permission" "mailed" {
  for_each = var.mailed

  statement_id  = "Mail-${split(" ", each.key)[0]}"
  action        = "lambda:InvokeFunction"
  principal     = "events.amazonaws.com"
  function_name = aws_lambda_function.each["mail"].function_name
  source_arn    = aws_cloudwatch_event_rule.mailed[each.key].arn
}

module "audit" {
  source = "./audit"
  count  = length(var.audited)

  bus      = aws_cloudwatch_event_bus.orders.arn
  function = aws_lambda_function.each["audit"].arn
  number   = count.index
  from     = var.audited[count.index]
}

# To a queue, with a role; disabled.
resource "aws_cloudwatch_event_rule" "queued" {
  count = local.on_the_bus

  name           = "work-on-orders"
  event_bus_name = aws_cloudwatch_event_bus.orders.name
  state          = "DISABLED"
  event_pattern  = jsonencode({ source = ["acme.shop"], detail = { total = [{ numeric = [">", 100] }] } })
}

resource "aws_cloudwatch_event_target" "queued" {
  count = local.on_the_bus

  rule           = aws_cloudwatch_event_rule.queued[0].name
  event_bus_name = aws_cloudwatch_event_bus.orders.name
  arn            = aws_sqs_queue.each["work"].arn
  role_arn       = aws_iam_role.delivers.arn
  input_transformer {
    input_paths    = { id = "$.detail.id" }
    input_template = "{\"order\": <id>}"
  }
}

# A rule of the default bus that is a schedule, and two schedules of EventBridge Scheduler.
resource "aws_cloudwatch_event_rule" "nightly" {
  count = local.on_the_bus

  name_prefix         = "nightly-"
  schedule_expression = "cron(0 3 * * ? *)"
}

resource "aws_cloudwatch_event_target" "nightly" {
  count = local.on_the_bus

  rule  = aws_cloudwatch_event_rule.nightly[0].name
  arn   = aws_lambda_function.each["report"].arn
  input = jsonencode({ kind = "nightly", limit = 12345678901234567890 })
}

resource "aws_lambda_permission" "nightly" {
  count = local.on_the_bus

  action        = "lambda:InvokeFunction"
  principal     = "events.amazonaws.com"
  function_name = aws_lambda_function.each["report"].arn
  source_arn    = aws_cloudwatch_event_rule.nightly[0].arn
}

resource "aws_scheduler_schedule" "weekly" {
  count = local.on_the_bus

  name                         = "acme-weekly"
  schedule_expression          = "cron(0 8 ? * MON *)"
  schedule_expression_timezone = "Europe/Berlin"
  start_date                   = "2130-01-01T00:00:00Z"
  end_date                     = "2131-01-01T00:00:00Z"
  state                        = "DISABLED"
  flexible_time_window {
    mode                      = "FLEXIBLE"
    maximum_window_in_minutes = 15
  }
  target {
    arn      = aws_lambda_function.each["report"].arn
    role_arn = aws_iam_role.delivers.arn
    input    = jsonencode({ kind = "weekly" })
  }
}

# What stays: two targets, an input that nobody may read, an archive.
resource "aws_cloudwatch_event_rule" "stays" {
  for_each = toset(["both", "secret"])

  name           = "stays-${each.key}"
  event_bus_name = aws_cloudwatch_event_bus.orders.name
  event_pattern  = jsonencode({ source = ["acme.shop"], detail-type = [each.key] })
}

resource "aws_cloudwatch_event_target" "both" {
  for_each = { mail = aws_lambda_function.each["mail"].arn, work = aws_sqs_queue.each["work"].arn }

  rule           = aws_cloudwatch_event_rule.stays["both"].name
  event_bus_name = aws_cloudwatch_event_bus.orders.name
  target_id      = each.key
  arn            = each.value
}

resource "aws_cloudwatch_event_target" "secret" {
  rule           = aws_cloudwatch_event_rule.stays["secret"].name
  event_bus_name = aws_cloudwatch_event_bus.orders.name
  target_id      = "secret"
  arn            = aws_lambda_function.each["mail"].arn
  input          = jsonencode({ token = var.token })
}

resource "aws_lambda_permission" "stays" {
  for_each = toset(["both", "secret"])

  statement_id  = "Stays-${each.key}"
  action        = "lambda:InvokeFunction"
  principal     = "events.amazonaws.com"
  function_name = aws_lambda_function.each["mail"].function_name
  source_arn    = aws_cloudwatch_event_rule.stays[each.key].arn
}

resource "aws_cloudwatch_event_archive" "orders" {
  name             = "orders"
  event_source_arn = aws_cloudwatch_event_bus.orders.arn
}
