import os

import boto3
from openai import OpenAI

bedrock = boto3.client("bedrock-runtime")


def handler(event, context):
    text = bedrock.converse(modelId=os.environ["SUMMARY_MODEL"], messages=event["messages"])
    return OpenAI().responses.create(model=os.environ["JUDGE_MODEL"], input=str(text))
