import os

import boto3


def lambda_handler(event, context):
    return boto3.client("bedrock-runtime").converse(modelId=os.environ["CHAT_MODEL"], messages=[])
