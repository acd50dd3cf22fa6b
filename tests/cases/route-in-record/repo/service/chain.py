from langchain_core.prompts import ChatPromptTemplate
from langchain_openai import ChatOpenAI

prompt = ChatPromptTemplate.from_template("{question}")
chain = prompt | ChatOpenAI(model="gpt-4o-mini")
