variable "chat_model" {
  default = "gpt-4o"
}

locals {
  settings = {
    CHAT_MODEL  = var.chat_model
    GUARD_MODEL = "gpt-4.1-nano"
  }
}

resource "aws_ecs_task_definition" "chat" {
  family = "chat"
  container_definitions = templatefile("${path.module}/templates/chat.json.tftpl", {
    settings = local.settings
    debug    = false
    command  = ["python", "app/chat.py"]
  })
}

resource "aws_sfn_state_machine" "digest" {
  name     = "digest"
  role_arn = aws_iam_role.digest.arn
  definition = templatefile("${path.module}/templates/digest.asl.json", {
    model = "anthropic.claude-3-haiku-20240307-v1:0"
  })
}
