# Names its bus and its function by their ARNs: the module of a pipeline has their names.
variable "bus" {
  type = string
}

variable "function" {
  type = string
}

variable "number" {
  type = number
}

variable "from" {
  type = string
}

resource "aws_cloudwatch_event_rule" "this" {
  name           = "audit-${var.number}"
  event_bus_name = var.bus
  event_pattern  = jsonencode({ source = [var.from] })
}

resource "aws_cloudwatch_event_target" "this" {
  rule           = aws_cloudwatch_event_rule.this.name
  event_bus_name = var.bus
  arn            = var.function
}

resource "aws_lambda_permission" "this" {
  action        = "lambda:InvokeFunction"
  principal     = "events.amazonaws.com"
  function_name = var.function
  source_arn    = aws_cloudwatch_event_rule.this.arn
}
