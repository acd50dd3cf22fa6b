locals {
  teams = {
    red  = "gpt-4o"
    blue = "gpt-4o-mini"
  }
}

resource "aws_lambda_function" "team" {
  for_each      = local.teams
  function_name = "team-${each.key}"
  handler       = "app.handler"
  filename      = "src"
  environment {
    variables = {
      CHAT_MODEL = each.value
    }
  }
}
