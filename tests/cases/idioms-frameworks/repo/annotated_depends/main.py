from typing import Annotated
from fastapi import Depends, FastAPI
from openai import OpenAI
class LLM:
    def __init__(self):
        self.client = OpenAI()
        self.model = "gpt-4o"
    def ask(self, q):
        return self.client.chat.completions.create(model=self.model, messages=[])
def get_llm() -> LLM:
    return LLM()
app = FastAPI()
@app.post("/")
def post(q: str, llm: Annotated[LLM, Depends(get_llm)]):
    return llm.ask(q)
