import config
from openai import OpenAI

client = OpenAI(api_key=config.API_KEY)
print(client.responses.create(model=config.MODEL_NAME, input="hello"))
