# What the matchers stand on: a layer with `requests`, and a role in each account.

variable "requests_layer" {
  description = "ARN of the layer that holds the requests library, by account"
  type        = object({ dev = string, prod = string })
}

locals {
  lambda_trust = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect    = "Allow"
      Action    = "sts:AssumeRole"
      Principal = { Service = "lambda.amazonaws.com" }
    }]
  })
  logs_policy = "arn:aws:iam::aws:policy/service-role/AWSLambdaBasicExecutionRole"
}

resource "aws_iam_role" "matcher_dev" {
  provider           = aws.dev
  name               = "rampart-matcher"
  assume_role_policy = local.lambda_trust
}

resource "aws_iam_role_policy_attachment" "matcher_dev" {
  provider   = aws.dev
  role       = aws_iam_role.matcher_dev.name
  policy_arn = local.logs_policy
}

resource "aws_iam_role" "matcher_prod" {
  provider           = aws.prod
  name               = "rampart-matcher"
  assume_role_policy = local.lambda_trust
}

resource "aws_iam_role_policy_attachment" "matcher_prod" {
  provider   = aws.prod
  role       = aws_iam_role.matcher_prod.name
  policy_arn = local.logs_policy
}
