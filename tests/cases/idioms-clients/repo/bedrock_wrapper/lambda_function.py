import json, os, boto3
client = boto3.client("bedrock-runtime", region_name="us-east-1")
MODEL_ID = os.environ.get("MODEL_ID", "anthropic.claude-3-haiku-20240307-v1:0")
def invoke(prompt, model_id=MODEL_ID):
    body = json.dumps({"messages": [{"role": "user", "content": prompt}]})
    return client.invoke_model(modelId=model_id, body=body)
def lambda_handler(event, context):
    return invoke(event["q"])
if __name__ == "__main__":
    lambda_handler({"q": "x"}, None)
