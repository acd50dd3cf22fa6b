import random
from openai import OpenAI
MODELS = ["gpt-4o", "gpt-4o-mini"]
OpenAI().chat.completions.create(model=random.choice(MODELS), messages=[])
