from fastapi import FastAPI, Request
from openai import OpenAI
class H:
    def __init__(self, model): self.model = model; self.c = OpenAI()
    def ask(self, q): return self.c.chat.completions.create(model=self.model, messages=[])
app = FastAPI()
@app.on_event("startup")
def start():
    app.state.h = H("gpt-4o")
@app.get("/")
def root(request: Request):
    return request.app.state.h.ask("x")
