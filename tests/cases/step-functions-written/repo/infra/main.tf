variable "digest_model" {
  default = "anthropic.claude-3-5-haiku-20241022-v1:0"
}

resource "aws_sfn_state_machine" "digest" {
  name     = "digest"
  role_arn = "arn:aws:iam::123456789012:role/digest"
  definition = jsonencode({
    StartAt = "Digest"
    States = {
      Digest = {
        Type     = "Task"
        Resource = "arn:aws:states:::bedrock:invokeModel"
        Parameters = {
          ModelId = var.digest_model
          Body    = { "prompt.$" = "$.text" }
        }
        Next = "Title"
      }
      Title = {
        Type       = "Task"
        Resource   = "arn:aws:states:::bedrock:invokeModel"
        Parameters = { ModelId = "amazon.nova-micro-v1:0" }
        End        = true
      }
    }
  })
}
