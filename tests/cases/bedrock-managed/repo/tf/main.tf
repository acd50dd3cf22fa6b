variable "agent_model" {
  default = "us.amazon.nova-lite-v1:0"
}

resource "aws_bedrockagent_agent" "helper" {
  agent_name       = "helper"
  foundation_model = var.agent_model
}

resource "awscc_bedrock_knowledge_base" "library" {
  name = "library"
  knowledge_base_configuration = {
    type = "VECTOR"
    vector_knowledge_base_configuration = {
      embedding_model_arn = "arn:aws:bedrock:us-east-1::foundation-model/cohere.embed-english-v3"
    }
  }
}

resource "aws_bedrockagent_data_source" "plain" {
  name = "plain"
}
