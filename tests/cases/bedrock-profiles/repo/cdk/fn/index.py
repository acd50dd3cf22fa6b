import json
import os

import boto3

bedrock = boto3.client("bedrock-runtime")
PROFILE = os.environ["PROFILE_ARN"]


def handler(event, context):
    bedrock.invoke_model(modelId=os.environ["EMBED"], body=json.dumps({}))
    return bedrock.converse(modelId=PROFILE, messages=[])
