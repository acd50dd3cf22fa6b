from starlette.config import Config
from openai import OpenAI
config = Config(".env")
MODEL = config("MODEL", default="gpt-4o")
OpenAI().chat.completions.create(model=MODEL, messages=[])
