import os

import boto3
from openai import OpenAI

client = boto3.client("bedrock-runtime")


def review(event, context):
    client.converse(modelId=os.environ["DRAFT_MODEL"], messages=[])
    client.converse(modelId=os.environ["REVIEW_MODEL"], messages=[])
    OpenAI().chat.completions.create(model="gpt-4o", messages=[])
