import environ
from openai import OpenAI
env = environ.Env()
environ.Env.read_env()
OpenAI(api_key=env("OPENAI_API_KEY")).chat.completions.create(model=env("MODEL", default="gpt-3.5-turbo"), messages=[])
