variable "model" {}

resource "aws_lambda_function" "answers" {
  function_name = "answers-${terraform.workspace}"
  filename      = "${path.module}/../../src"
  handler       = "answers.handler"
  runtime       = "python3.12"
  environment {
    variables = {
      ANSWER_MODEL = var.model
      STRICT       = terraform.workspace == "prod" && var.model != "" ? "yes" : "no"
    }
  }
}
