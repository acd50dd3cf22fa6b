resource "aws_bedrock_inference_profile" "bot" {
  name = "tf-bot"
  model_source {
    copy_from = "arn:aws:bedrock:us-east-1:123456789012:inference-profile/us.amazon.nova-pro-v1:0"
  }
}

data "archive_file" "fn" {
  type        = "zip"
  source_dir  = "${path.module}/fn"
  output_path = "fn.zip"
}

resource "aws_lambda_function" "chat" {
  function_name = "chat"
  handler       = "app.handler"
  filename      = data.archive_file.fn.output_path
  environment {
    variables = {
      PROFILE_ARN = aws_bedrock_inference_profile.bot.arn
    }
  }
}

data "aws_bedrock_foundation_model" "embed" {
  model_id = "amazon.titan-embed-text-v1"
}

resource "aws_lambda_function" "embed" {
  function_name = "embed"
  handler       = "app.handler"
  filename      = data.archive_file.fn.output_path
  environment {
    variables = {
      PROFILE_ARN = data.aws_bedrock_foundation_model.embed.model_arn
    }
  }
}
