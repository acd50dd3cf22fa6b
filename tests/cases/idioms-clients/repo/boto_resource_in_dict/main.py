import boto3
kwargs = {"modelId": "anthropic.claude-3-haiku-20240307-v1:0", "messages": []}
boto3.client("bedrock-runtime").converse(**kwargs)
