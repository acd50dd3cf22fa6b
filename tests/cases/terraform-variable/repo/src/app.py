import json
import os

import boto3

bedrock = boto3.client("bedrock-runtime")


def handler(event, context):
    return bedrock.invoke_model(modelId=os.environ["MODEL_ID"], body=json.dumps(event))
