from openai import OpenAI
MODELS = ["gpt-4o", "gpt-4o-mini"]
OpenAI().chat.completions.create(model=MODELS[0], messages=[])
