import json

import boto3
from openai import OpenAI

vault = boto3.client("secretsmanager")
key = json.loads(vault.get_secret_value(SecretId="prod/openai")["SecretString"])["key"]
client = OpenAI(api_key=key)
client.chat.completions.create(model="gpt-4o", messages=[])
