variable "model_id" {
  default = "gpt-3.5-turbo"
}

resource "aws_lambda_function" "bot" {
  function_name = "bot"
  handler       = "app.handler"
  filename      = "${path.module}/src"
  environment {
    variables = { MODEL_ID = var.model_id }
  }
}
