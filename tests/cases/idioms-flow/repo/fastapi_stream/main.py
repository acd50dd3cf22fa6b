from fastapi import FastAPI
from fastapi.responses import StreamingResponse
from openai import AsyncOpenAI
app = FastAPI()
client = AsyncOpenAI()
async def gen(q):
    async for c in await client.chat.completions.create(model="gpt-4o", messages=[], stream=True):
        yield c
@app.post("/")
async def chat(q: str):
    return StreamingResponse(gen(q), media_type="text/event-stream")
