from openai import AsyncOpenAI
class Assistant:
    def __init__(self):
        self.client = AsyncOpenAI()
    async def answer(self, q):
        return await self.client.chat.completions.create(model="gpt-4o", messages=[])
