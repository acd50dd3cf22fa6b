from openai import OpenAI
client = OpenAI()
def search(q):
    return client.chat.completions.create(model="gpt-4o", messages=[])
TOOLS = {"search": search}
def dispatch(name, args):
    return TOOLS[name](**args)
dispatch("search", {"q": "x"})
