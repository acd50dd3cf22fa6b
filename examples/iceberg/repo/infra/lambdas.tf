# The entity matchers: one function a tenant in dev, one a market in prod, all from one package.

variable "litellm_api_key" {
  description = "Bearer token of the LiteLLM proxy"
  type        = string
  sensitive   = true
}

locals {
  project   = yamldecode(file("${path.module}/../config/project.yaml"))
  llm_model = local.project.llm.llm_model_name

  dev_names = formatlist("tenant-%02d", range(1, 33))
  prod_names = [
    "at", "au", "be", "br", "ca", "ch", "de", "dk", "es",
    "fi", "fr", "gb", "ie", "in", "it", "nl", "se", "us",
  ]
}

data "archive_file" "matcher" {
  type        = "zip"
  source_dir  = "${path.module}/../lambdas/matcher"
  output_path = "${path.module}/build/matcher.zip"
}

resource "aws_lambda_function" "matcher_dev" {
  provider = aws.dev
  for_each = toset(local.dev_names)

  function_name    = "rampart-dev-${each.key}"
  role             = aws_iam_role.matcher_dev.arn
  runtime          = "python3.12"
  handler          = "handler.handler"
  filename         = data.archive_file.matcher.output_path
  source_code_hash = data.archive_file.matcher.output_base64sha256
  layers           = [var.requests_layer.dev]
  timeout          = 60

  environment {
    variables = {
      LLM_MODEL        = local.llm_model
      LITELLM_BASE_URL = "https://llm.dev.rampart.example"
      LITELLM_API_KEY  = var.litellm_api_key
    }
  }
}

resource "aws_lambda_function" "matcher_prod" {
  provider = aws.prod
  for_each = toset(local.prod_names)

  function_name    = "rampart-prod-${each.key}"
  role             = aws_iam_role.matcher_prod.arn
  runtime          = "python3.12"
  handler          = "handler.handler"
  filename         = data.archive_file.matcher.output_path
  source_code_hash = data.archive_file.matcher.output_base64sha256
  layers           = [var.requests_layer.prod]
  timeout          = 60

  environment {
    variables = {
      LLM_MODEL        = local.llm_model
      LITELLM_BASE_URL = "https://llm.rampart.example"
      LITELLM_API_KEY  = var.litellm_api_key
    }
  }
}
