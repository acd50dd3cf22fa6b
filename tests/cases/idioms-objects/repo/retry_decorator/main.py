from tenacity import retry, stop_after_attempt
from openai import OpenAI
@retry(stop=stop_after_attempt(3))
def ask(q):
    return OpenAI().chat.completions.create(model="gpt-4o", messages=[])
ask("x")
