from openai import OpenAI
class C:
    model = "gpt-4o-mini"
    def ask(self):
        return OpenAI().chat.completions.create(model=self.model, messages=[])
c = C()
c.model = "gpt-4o"
c.ask()
