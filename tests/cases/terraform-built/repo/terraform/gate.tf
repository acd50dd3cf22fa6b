data "archive_file" "gate" {
  type        = "zip"
  source_dir  = "../packages/gate/dist"
  output_path = "gate.zip"
}

resource "aws_lambda_function" "gate" {
  function_name = "gate"
  filename      = data.archive_file.gate.output_path
  handler       = "index.handler"
  runtime       = "nodejs20.x"
  role          = "arn:aws:iam::123456789012:role/gate"
  environment {
    variables = {
      MODEL = "gpt-5-mini"
    }
  }
}
