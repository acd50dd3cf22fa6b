variable "model" {
  type = string
}

variable "openai_api_key" {
  type      = string
  sensitive = true
}

resource "aws_lambda_function" "writer" {
  function_name = "writer"
  filename      = "${path.module}/../src"
  handler       = "writer.handler"
  environment {
    variables = {
      WRITER_MODEL   = var.model
      OPENAI_API_KEY = var.openai_api_key
    }
  }
}
