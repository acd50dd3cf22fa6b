resource "aws_lambda_function" "talk" {
  function_name = "talk"
  handler       = "app.talk"
  filename      = "src"
  environment {
    variables = { CHAT_MODEL = "gpt-4o" }
  }
}

resource "aws_lambda_function" "list_items" {
  function_name = "list_items"
  handler       = "app.list_items"
  filename      = "src"
  environment {
    variables = { CHAT_MODEL = "gpt-4o" }
  }
}

