import os, openai
openai.api_key = os.getenv("OPENAI_API_KEY")
openai.ChatCompletion.create(model="gpt-4", messages=[])
