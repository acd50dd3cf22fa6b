from contextlib import contextmanager
from openai import OpenAI
@contextmanager
def client():
    yield OpenAI()
with client() as c:
    c.chat.completions.create(model="gpt-4o", messages=[])
