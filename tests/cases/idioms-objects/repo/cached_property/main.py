from functools import cached_property
from langchain_openai import ChatOpenAI
class A:
    @cached_property
    def llm(self):
        return ChatOpenAI(model="gpt-4o")
    def run(self):
        return self.llm.invoke("x")
A().run()
