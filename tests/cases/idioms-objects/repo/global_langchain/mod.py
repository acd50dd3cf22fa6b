from langchain_openai import ChatOpenAI
mm = ChatOpenAI(model="gpt-4o")
