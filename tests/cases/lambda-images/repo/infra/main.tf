variable "image_uri" {}

resource "aws_lambda_function" "answers" {
  function_name = "answers-prod"
  package_type  = "Image"
  image_uri     = var.image_uri
  environment {
    variables = { ANSWER_MODEL = "gpt-4o" }
  }
}

resource "aws_lambda_function" "unclear" {
  function_name = "something"
  package_type  = "Image"
  image_uri     = var.image_uri
  environment {
    variables = { ANSWER_MODEL = "gpt-5" }
  }
}
