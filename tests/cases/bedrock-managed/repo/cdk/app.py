import aws_cdk as cdk
from aws_cdk import aws_bedrock as bedrock
from constructs import Construct


class AgentStack(cdk.Stack):
    def __init__(self, scope: Construct, construct_id: str, model: str) -> None:
        super().__init__(scope, construct_id)
        bedrock.CfnAgent(self, "Guide", agent_name="guide", foundation_model=model)
        bedrock.CfnKnowledgeBase(
            self,
            "Shelf",
            name="shelf",
            role_arn="arn:aws:iam::123456789012:role/shelf",
            knowledge_base_configuration=bedrock.CfnKnowledgeBase.KnowledgeBaseConfigurationProperty(
                type="VECTOR",
                vector_knowledge_base_configuration=bedrock.CfnKnowledgeBase.VectorKnowledgeBaseConfigurationProperty(
                    embedding_model_arn="arn:aws:bedrock:us-east-1::foundation-model/amazon.titan-embed-text-v1",
                ),
            ),
        )


app = cdk.App()
AgentStack(app, "Agents", model="us.amazon.nova-micro-v1:0")
app.synth()
