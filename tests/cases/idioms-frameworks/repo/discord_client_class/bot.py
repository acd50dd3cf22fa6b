import discord
from openai import OpenAI
class MyClient(discord.Client):
    async def on_message(self, message):
        OpenAI().chat.completions.create(model="gpt-4o", messages=[])
MyClient(intents=None).run("x")
