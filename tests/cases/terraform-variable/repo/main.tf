variable "model_id" {
  default = "anthropic.claude-3-haiku-20240307-v1:0"
}

resource "aws_lambda_function" "summary" {
  count         = 3
  function_name = "summary-${count.index}"
  handler       = "app.handler"
  filename      = "src"
  environment {
    variables = {
      MODEL_ID = var.model_id
    }
  }
}
