import boto3


def chat(text, model_id="us.anthropic.claude-haiku-4-5-20251001-v1:0"):
    bedrock = boto3.Session(region_name="us-east-1").client("bedrock-runtime")
    return bedrock.converse(modelId=model_id, messages=[{"role": "user", "content": [{"text": text}]}])


chat("hello")
