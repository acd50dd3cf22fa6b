from fastapi import BackgroundTasks, FastAPI
from openai import OpenAI
app = FastAPI()
def work(q):
    OpenAI().chat.completions.create(model="gpt-4o", messages=[])
@app.post("/")
def post(q: str, bt: BackgroundTasks):
    bt.add_task(work, q)
