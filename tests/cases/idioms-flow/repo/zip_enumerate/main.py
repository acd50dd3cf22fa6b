from openai import OpenAI
MODELS = ["gpt-4o", "gpt-4o-mini"]
for i, (m, q) in enumerate(zip(MODELS, ["a", "b"])):
    OpenAI().chat.completions.create(model=m, messages=[])
