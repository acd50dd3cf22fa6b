import json
import os

import boto3

client = boto3.client("bedrock-runtime")


def handler(event, context):
    answer = client.converse(modelId="anthropic.claude-3-haiku-20240307-v1:0", messages=event["messages"])
    return {"statusCode": 200, "body": json.dumps(answer["output"]), "region": os.environ["MODEL_ID"]}
