try:
    from openai import OpenAI
except ImportError:
    OpenAI = None
def ask():
    if OpenAI is None:
        return
    OpenAI().chat.completions.create(model="gpt-4o", messages=[])
ask()
