import threading
from openai import OpenAI
class Worker(threading.Thread):
    def run(self):
        OpenAI().chat.completions.create(model="gpt-4o", messages=[])
Worker().start()
