import os

from openai import AzureOpenAI

client = AzureOpenAI(api_key=os.environ["AZURE_OPENAI_API_KEY"], azure_endpoint=os.environ["AZURE_OPENAI_ENDPOINT"])
client.chat.completions.create(model=os.environ["CHAT_DEPLOYMENT"], messages=[])
