import os

from openai import OpenAI

client = OpenAI(api_key=os.environ["OPENAI_API_KEY"])
client.chat.completions.create(model=os.environ["CHAT_MODEL"], messages=[])
