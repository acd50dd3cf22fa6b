import os

from dotenv import load_dotenv
from openai import OpenAI

load_dotenv()

if __name__ == "__main__":
    client = OpenAI(api_key=os.environ["OPENAI_API_KEY"])
    client.chat.completions.create(model=os.environ["CHAT_MODEL"], messages=[])
