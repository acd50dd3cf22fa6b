variable "chat_model" {
  type    = string
  default = "gpt-3.5-turbo"
}

variable "extra" {
  type    = map(string)
  default = { EMBED_MODEL = "text-embedding-3-small" }
}

data "aws_secretsmanager_secret" "openai" {
  name = "prod/openai"
}

resource "aws_ecs_task_definition" "api" {
  family = "assistant-api"
  container_definitions = jsonencode([
    {
      name    = "api"
      image   = "registry/assistant:1"
      command = ["python", "-m", "app.api"]
      environment = concat(
        [{ name = "CHAT_MODEL", value = var.chat_model }],
        [for k, v in var.extra : { name = k, value = v }],
      )
      secrets = [{ name = "OPENAI_API_KEY", valueFrom = data.aws_secretsmanager_secret.openai.arn }]
    },
    {
      name  = "proxy"
      image = "envoy:1"
    },
  ])
}

resource "google_cloud_run_v2_service" "judge" {
  name = "judge"
  template {
    containers {
      image   = "registry/assistant:1"
      command = ["python"]
      args    = ["-m", "app.judge"]
      dynamic "env" {
        for_each = { JUDGE_MODEL = "o3-mini", LOG_LEVEL = "info" }
        content {
          name  = env.key
          value = env.value
        }
      }
      env {
        name = "OPENAI_API_KEY"
        value_source {
          secret_key_ref {
            secret  = "judge-openai"
            version = "latest"
          }
        }
      }
    }
  }
}

module "tag" {
  source        = "terraform-aws-modules/lambda/aws"
  version       = "~> 7.0"
  function_name = "assistant-tag"
  handler       = "tag.handler"
  source_path   = "${path.module}/fn"
  environment_variables = {
    TAG_MODEL = var.chat_model
  }
}
