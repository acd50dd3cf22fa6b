import os

from openai import OpenAI

client = OpenAI(api_key=os.environ["PROXY_KEY"], base_url="http://proxy")
client.chat.completions.create(model="gpt-4o-mini", messages=[])
