import boto3
from langchain_openai import ChatOpenAI, OpenAIEmbeddings

chat = ChatOpenAI(temperature=0)
store = OpenAIEmbeddings()
named = ChatOpenAI(model="gpt-4o")


def settings() -> dict:
    return {"temperature": 0}


spread = ChatOpenAI(**settings())

agent = boto3.client("bedrock-agent-runtime")
agent.retrieve_and_generate(
    input={"text": "what is due?"},
    retrieveAndGenerateConfiguration={
        "type": "EXTERNAL_SOURCES",
        "externalSourcesConfiguration": {
            "modelArn": "arn:aws:bedrock:us-east-1::foundation-model/anthropic.claude-haiku-4-5-20251001-v1:0",
            "sources": [],
        },
    },
)
