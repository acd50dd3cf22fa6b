import cmd
from openai import OpenAI
class Shell(cmd.Cmd):
    def do_ask(self, line):
        OpenAI().chat.completions.create(model="gpt-4o", messages=[])
Shell().cmdloop()
