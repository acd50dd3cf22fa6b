from openai import OpenAI
CLIENTS = {"openai": OpenAI()}
def ask(provider):
    return CLIENTS[provider].chat.completions.create(model="gpt-4o", messages=[])
ask("openai")
