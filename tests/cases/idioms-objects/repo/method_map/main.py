import sys
from openai import OpenAI
class App:
    def __init__(self):
        self.commands = {"ask": self.ask, "quit": self.quit}
    def ask(self):
        OpenAI().chat.completions.create(model="gpt-4o", messages=[])
    def quit(self):
        pass
    def run(self, name):
        self.commands[name]()
App().run(sys.argv[1])
