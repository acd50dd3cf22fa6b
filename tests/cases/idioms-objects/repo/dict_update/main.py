from openai import OpenAI
params = {"temperature": 0}
params.update({"model": "gpt-4o"})
OpenAI().chat.completions.create(messages=[], **params)
