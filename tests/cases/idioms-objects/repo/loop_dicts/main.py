from openai import OpenAI
MODELS = [{"name": "a", "id": "gpt-4o"}, {"name": "b", "id": "gpt-4o-mini"}]
for m in MODELS:
    OpenAI().chat.completions.create(model=m["id"], messages=[])
