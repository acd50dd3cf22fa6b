import chainlit as cl
from langchain_openai import ChatOpenAI
@cl.on_chat_start
async def start():
    cl.user_session.set("llm", ChatOpenAI(model="gpt-4o"))
@cl.on_message
async def main(m):
    llm = cl.user_session.get("llm")
    await llm.ainvoke(m.content)
