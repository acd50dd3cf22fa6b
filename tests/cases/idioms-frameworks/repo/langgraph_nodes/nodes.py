from langchain_openai import ChatOpenAI
def classify(state):
    return ChatOpenAI(model="gpt-4o-mini").invoke("x")
def answer(state):
    return ChatOpenAI(model="gpt-4o").invoke("x")
