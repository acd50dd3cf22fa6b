import asyncio
from openai import AsyncOpenAI
client = AsyncOpenAI()
async def one(q):
    return await client.chat.completions.create(model="gpt-4o", messages=[])
async def main():
    await asyncio.gather(*[one(q) for q in ["a"]])
asyncio.run(main())
