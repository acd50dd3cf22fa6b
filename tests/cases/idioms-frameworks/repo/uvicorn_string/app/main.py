from fastapi import FastAPI
from openai import OpenAI
app = FastAPI()
@app.get("/")
def root():
    return OpenAI().chat.completions.create(model="gpt-4o", messages=[])
