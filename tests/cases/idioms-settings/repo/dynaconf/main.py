from config import settings
from openai import OpenAI
OpenAI().chat.completions.create(model=settings.LLM_MODEL, messages=[])
