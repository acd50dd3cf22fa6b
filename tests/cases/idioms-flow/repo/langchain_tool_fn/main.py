from langchain_core.tools import tool
from langchain_openai import ChatOpenAI
from langgraph.prebuilt import create_react_agent
@tool
def summarise(text: str) -> str:
    """x"""
    return ChatOpenAI(model="gpt-4o-mini").invoke(text).content
agent = create_react_agent(ChatOpenAI(model="gpt-4o"), [summarise])
agent.invoke({})
