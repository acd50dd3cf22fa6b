import asyncio
from openai import AsyncOpenAI
async def ask(m):
    return await AsyncOpenAI().chat.completions.create(model=m, messages=[])
async def main():
    async with asyncio.TaskGroup() as tg:
        tg.create_task(ask("gpt-4o"))
asyncio.run(main())
