import sys
from openai import OpenAI
class App:
    def do_ask(self):
        OpenAI().chat.completions.create(model="gpt-4o", messages=[])
    def run(self, name):
        getattr(self, f"do_{name}")()
App().run(sys.argv[1])
