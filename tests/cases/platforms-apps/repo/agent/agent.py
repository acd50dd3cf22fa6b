import os

from langchain_openai import ChatOpenAI

model = ChatOpenAI(model=os.environ["AGENT_MODEL"])
graph = model.invoke("x")
