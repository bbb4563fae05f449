# The shape of addresses of terraform-aws-modules/lambda: one entry of `allowed_triggers` makes a permission for the function,
# and another for its newest version.
variable "function_name" {
  type = string
}

variable "allowed_triggers" {
  type    = map(any)
  default = {}
}

resource "aws_iam_role" "lambda" {
  count = 1

  name               = var.function_name
  assume_role_policy = jsonencode({ Version = "2012-10-17", Statement = [{ Effect = "Allow", Action = "sts:AssumeRole", Principal = { Service = "lambda.amazonaws.com" } }] })
}

resource "aws_lambda_function" "this" {
  count = 1

  function_name = var.function_name
  role          = aws_iam_role.lambda[0].arn
  runtime       = "python3.13"
  handler       = "a.b"
  filename      = "${path.root}/function.zip"
  publish       = true
}

resource "aws_lambda_permission" "current_version_triggers" {
  for_each = var.allowed_triggers

  function_name = aws_lambda_function.this[0].function_name
  qualifier     = aws_lambda_function.this[0].version
  # The stand-in has one policy for all versions, and no id twice in it.
  statement_id = "${each.key}-version"
  action       = "lambda:InvokeFunction"
  principal    = "events.amazonaws.com"
  source_arn   = each.value.source_arn
}

resource "aws_lambda_permission" "unqualified_alias_triggers" {
  for_each = var.allowed_triggers

  function_name = aws_lambda_function.this[0].function_name
  statement_id  = each.key
  action        = "lambda:InvokeFunction"
  principal     = "events.amazonaws.com"
  source_arn    = each.value.source_arn
}

output "lambda_function_arn" {
  value = aws_lambda_function.this[0].arn
}
