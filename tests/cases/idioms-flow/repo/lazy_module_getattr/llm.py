from openai import OpenAI
MODEL = "gpt-4o"
def client():
    return OpenAI()
