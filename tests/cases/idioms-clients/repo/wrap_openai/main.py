from langsmith.wrappers import wrap_openai
from openai import OpenAI
client = wrap_openai(OpenAI())
client.chat.completions.create(model="gpt-4o", messages=[])
