from openai import OpenAI

client = OpenAI(base_url="http://proxy:4000", api_key="unused")


def ask(model, prompt):
    return client.chat.completions.create(model=model, messages=[{"role": "user", "content": prompt}])


class Writer:
    def __init__(self, model="gpt-4o-mini"):
        self.model = model

    def write(self):
        return ask(self.model, "write")


Writer("gpt-4o").write()
