import os

from fastapi import FastAPI
from openai import OpenAI

app = FastAPI()


@app.post("/ask")
def ask(question: str):
    return OpenAI().chat.completions.create(model=os.environ["LLM_MODEL"], messages=[{"role": "user", "content": question}])
