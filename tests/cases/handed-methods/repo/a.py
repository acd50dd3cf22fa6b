import asyncio, functools
from flask import Flask, request
from openai import OpenAI

app = Flask(__name__)
client = OpenAI()


@app.post("/chat")
def chat():
    data = request.get_json()
    model = data.get("model", "gpt-4o")
    return client.chat.completions.create(model=model, messages=[]).json()


def handle(body):
    return client.chat.completions.create(model=body.get("model", "gpt-4.1"), messages=[])


async def threaded():
    return await asyncio.to_thread(client.chat.completions.create, model="gpt-4o-mini", messages=[])


class G:
    def execute(self, name, func, **kwargs):
        return func(**kwargs)


def gateway():
    return G().execute("openai", client.chat.completions.create, model="gpt-4.1-mini", messages=[])


def part():
    ask = functools.partial(client.chat.completions.create, model="gpt-4.1-nano")
    return ask(messages=[])


def lamb(event, context):
    import json
    body = json.loads(event["body"])
    m = body.get("model") or "gpt-3.5-turbo"
    n = event.get("model", "o4-mini")
    client.responses.create(model=m, input="x")
    client.responses.create(model=n, input="x")


handle({}); asyncio.run(threaded()); gateway(); part(); lamb({}, None)
