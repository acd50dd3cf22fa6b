import os

import boto3


def handler(event, context):
    client = boto3.client("bedrock-runtime")
    return client.converse(modelId=os.environ["RANK_MODEL_ID"], messages=event["messages"])
