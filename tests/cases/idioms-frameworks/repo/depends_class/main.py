from fastapi import Depends, FastAPI
from openai import OpenAI
class LLM:
    def __init__(self):
        self.client = OpenAI()
    def ask(self, q):
        return self.client.chat.completions.create(model="gpt-4o", messages=[])
app = FastAPI()
@app.post("/")
def post(q: str, llm: LLM = Depends()):
    return llm.ask(q)
