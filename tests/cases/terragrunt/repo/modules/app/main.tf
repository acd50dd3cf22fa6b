variable "model" {}

resource "aws_lambda_function" "app" {
  function_name = "app"
  filename      = "${path.module}/../../src"
  handler       = "app.handler"
  environment {
    variables = { APP_MODEL = var.model }
  }
}
