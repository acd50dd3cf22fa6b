import boto3


def lambda_handler(event, context):
    return boto3.client("bedrock-runtime").invoke_model(modelId="amazon.titan-embed-text-v2:0", body="{}")
