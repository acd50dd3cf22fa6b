from openai import OpenAI
def stream(q):
    for c in OpenAI().chat.completions.create(model="gpt-4o", messages=[], stream=True):
        yield c
def outer(q):
    yield from stream(q)
for x in outer("x"):
    print(x)
