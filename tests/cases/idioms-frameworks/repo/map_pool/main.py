from concurrent.futures import ThreadPoolExecutor
from openai import OpenAI
def ask(q):
    return OpenAI().chat.completions.create(model="gpt-4o", messages=[])
with ThreadPoolExecutor() as ex:
    list(ex.map(ask, ["a", "b"]))
