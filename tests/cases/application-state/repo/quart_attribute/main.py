from quart import Quart
from openai import OpenAI
class H:
    def __init__(self, model): self.model = model; self.c = OpenAI()
    def ask(self, q): return self.c.chat.completions.create(model=self.model, messages=[])
app = Quart(__name__)
@app.before_serving
async def start():
    app.h = H("gpt-4o")
@app.route("/")
async def root():
    return app.h.ask("x")
