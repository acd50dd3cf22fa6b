from fastapi import FastAPI, WebSocket
from openai import AsyncOpenAI
class Manager:
    def __init__(self):
        self.client = AsyncOpenAI()
    async def handle(self, ws):
        await self.client.chat.completions.create(model="gpt-4o", messages=[])
app = FastAPI()
m = Manager()
@app.websocket("/ws")
async def ws(ws: WebSocket):
    await m.handle(ws)
