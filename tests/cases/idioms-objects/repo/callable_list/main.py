from openai import OpenAI
class Step:
    def __init__(self, model):
        self.model = model
    def __call__(self, x):
        return OpenAI().chat.completions.create(model=self.model, messages=[])
steps = [Step("gpt-4o")]
for s in steps:
    s("x")
