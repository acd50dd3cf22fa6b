import boto3, os
from langchain_openai import AzureChatOpenAI
from settings import OTHERS

P = {"temperature": 0, **OTHERS}
AzureChatOpenAI(**P, deployment_name=os.environ.get("CHAT_DEPLOYMENT", "gpt-4")).invoke("x")
rt = boto3.client("bedrock-runtime")
m = "anthropic.claude-3-sonnet-20240229-v1:0"
rt.converse(modelId="arn:aws:bedrock:{}::foundation-model/{}".format("us-east-1", m), messages=[])
region = os.environ["AWS_REGION_OF_MODELS"]
lite = "amazon.nova-lite-v1:0"
rt.converse(modelId="arn:aws:bedrock:{}::foundation-model/{}".format(region, lite), messages=[])


class Retriever:
    def __init__(self, owner=None, model="amazon.nova-pro-v1:0"):
        self.name = owner.model if owner else model


rt.converse(modelId=Retriever().name, messages=[])
