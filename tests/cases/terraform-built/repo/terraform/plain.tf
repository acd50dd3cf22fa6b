data "archive_file" "plain" {
  type        = "zip"
  source_dir  = "../packages/plain/dist"
  output_path = "plain.zip"
}

resource "aws_lambda_function" "plain" {
  function_name = "plain"
  filename      = data.archive_file.plain.output_path
  handler       = "index.handler"
  runtime       = "nodejs20.x"
  role          = "arn:aws:iam::123456789012:role/plain"
  environment {
    variables = {
      MODEL = "gpt-5-nano"
    }
  }
}
