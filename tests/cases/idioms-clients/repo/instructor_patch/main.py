import instructor
from openai import OpenAI
client = instructor.patch(OpenAI())
client.chat.completions.create(model="gpt-4o", response_model=dict, messages=[])
