from fastapi import FastAPI
from openai import OpenAI


def create_app():
    return FastAPI()


app = create_app()


@app.post("/ask")
def ask(q: str):
    return OpenAI().chat.completions.create(model="gpt-4o", messages=[{"role": "user", "content": q}])
