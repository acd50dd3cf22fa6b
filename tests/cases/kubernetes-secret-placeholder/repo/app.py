import os

from anthropic import Anthropic
from openai import OpenAI

OpenAI(api_key=os.environ["OPENAI_API_KEY"]).responses.create(model="gpt-4o", input="x")
Anthropic(api_key=os.environ["ANTHROPIC_API_KEY"]).messages.create(model="claude-sonnet-4-5", messages=[])
OpenAI(api_key=os.environ["LOCAL_API_KEY"], base_url="http://llm:8000/v1").responses.create(model="gpt-4.1", input="x")
