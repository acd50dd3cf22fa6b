from openai import OpenAI
def ask(q):
    for model in ("gpt-4o", "gpt-4o-mini"):
        try:
            return OpenAI().chat.completions.create(model=model, messages=[])
        except Exception:
            continue
ask("x")
