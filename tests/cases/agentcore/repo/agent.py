import os

import boto3
from bedrock_agentcore import BedrockAgentCoreApp

app = BedrockAgentCoreApp()


@app.entrypoint
def invoke(payload):
    return boto3.client("bedrock-runtime").converse(modelId=os.environ["AGENT_MODEL"], messages=[])


if __name__ == "__main__":
    app.run()
