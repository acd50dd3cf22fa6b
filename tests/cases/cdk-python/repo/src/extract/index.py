import os

import boto3
from openai import OpenAI


def handler(event, context):
    secret = boto3.client("secretsmanager").get_secret_value(SecretId=os.environ["OPENAI_SECRET"])
    client = OpenAI(api_key=secret["SecretString"])
    return client.responses.create(model=os.environ["EXTRACT_MODEL"], input=event["text"])
