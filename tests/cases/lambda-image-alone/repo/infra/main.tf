variable "image_uri" {}
variable "key" {}

resource "aws_lambda_function" "this" {
  function_name = "recipes"
  package_type  = "Image"
  image_uri     = var.image_uri
  environment {
    variables = {
      WHO = "gpt-4o"
      KEY = var.key
    }
  }
}
