from openai import OpenAI
for model in ["gpt-4o", "gpt-4o-mini"]:
    OpenAI().chat.completions.create(model=model, messages=[])
