import os

from fastapi import FastAPI
from openai import OpenAI

app = FastAPI()


@app.get("/")
def ask():
    return OpenAI().chat.completions.create(model=os.environ["WEB_MODEL"], messages=[])
