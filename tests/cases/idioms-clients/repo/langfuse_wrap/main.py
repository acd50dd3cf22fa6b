from langfuse.openai import openai
openai.chat.completions.create(model="gpt-4o", messages=[])
