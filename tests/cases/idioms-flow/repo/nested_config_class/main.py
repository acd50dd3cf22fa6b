from config import Config
from openai import OpenAI
OpenAI().chat.completions.create(model=Config.LLM.MODEL, messages=[])
