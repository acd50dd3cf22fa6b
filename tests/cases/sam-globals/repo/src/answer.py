import os

import boto3

bedrock = boto3.client("bedrock-runtime")


def handler(event, context):
    return bedrock.converse(modelId=os.environ["CHAT_MODEL_ID"], messages=event["messages"])
