import asyncio, os, aiohttp
async def ask():
    async with aiohttp.ClientSession() as session:
        async with session.post("https://api.openai.com/v1/chat/completions", headers={"Authorization": f"Bearer {os.environ['K']}"}, json={"model": "gpt-4o", "messages": []}) as r:
            return await r.json()
asyncio.run(ask())
