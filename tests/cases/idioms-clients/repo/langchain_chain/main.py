from langchain_core.prompts import ChatPromptTemplate
from langchain_openai import ChatOpenAI
def build():
    prompt = ChatPromptTemplate.from_template("x {q}")
    llm = ChatOpenAI(model="gpt-4o", temperature=0)
    return prompt | llm
print(build().invoke({"q": "x"}))
