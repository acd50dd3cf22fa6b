import instructor
from openai import AsyncOpenAI
client = instructor.from_openai(AsyncOpenAI(), mode=instructor.Mode.TOOLS)
client.chat.completions.create(model="gpt-4o", response_model=dict, messages=[])
