data "archive_file" "talk" {
  type        = "zip"
  source_dir  = "../packages/talk/dist"
  output_path = "talk.zip"
}

resource "aws_lambda_function" "talk" {
  function_name = "talk"
  filename      = data.archive_file.talk.output_path
  handler       = "index.handler"
  runtime       = "nodejs20.x"
  role          = "arn:aws:iam::123456789012:role/talk"
  environment {
    variables = {
      MODEL = "gpt-5"
    }
  }
}
