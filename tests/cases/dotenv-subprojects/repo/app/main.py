import os

from dotenv import load_dotenv
from openai import OpenAI

load_dotenv()
OpenAI(api_key=os.environ["OPENAI_API_KEY"]).responses.create(model=os.environ["CHAT_MODEL"], input="x")
