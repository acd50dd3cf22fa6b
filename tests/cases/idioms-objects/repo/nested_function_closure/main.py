from openai import OpenAI
def make(model):
    client = OpenAI()
    def ask(q):
        return client.chat.completions.create(model=model, messages=[])
    return ask
make("gpt-4o")("x")
