data "archive_file" "packed" {
  type        = "zip"
  source_dir  = "../packages/packed/build"
  output_path = "packed.zip"
}

resource "aws_lambda_function" "packed" {
  function_name = "packed"
  filename      = data.archive_file.packed.output_path
  handler       = "main.handler"
  runtime       = "nodejs20.x"
  role          = "arn:aws:iam::123456789012:role/packed"
  environment {
    variables = {
      MODEL = "o4-mini"
    }
  }
}
