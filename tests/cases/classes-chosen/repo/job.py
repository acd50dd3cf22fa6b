import asyncio
import os
from concurrent.futures import ThreadPoolExecutor
from functools import partial

from langchain_anthropic import ChatAnthropic
from langchain_openai import ChatOpenAI
from openai import OpenAI

KEY = os.environ["OPENAI_API_KEY"]
CLASSES = {"openai": ChatOpenAI, "anthropic": ChatAnthropic}


def chosen(name):
    cls = ChatOpenAI if name == "openai" else ChatAnthropic
    return cls(model="gpt-4o", api_key=os.environ["KEY"])


def from_table(name):
    return CLASSES[name](model="gpt-4.1")


class Robin:
    def __init__(self, models):
        self.models = models
        self.next = 0

    def pick(self):
        model = self.models[self.next % len(self.models)]
        self.next += 1
        return model


class GPT:
    def __init__(self, key, name):
        self.name = name
        self.client = OpenAI(api_key=key)

    def ask(self, text):
        return self.client.chat.completions.create(model=self.name, messages=[text])


def score(item, model):
    return model.ask(item)


async def gathered(robin):
    loop = asyncio.get_running_loop()
    with ThreadPoolExecutor() as pool:
        def one(item):
            return score(item, robin.pick())
        await asyncio.gather(*(loop.run_in_executor(pool, one, i) for i in range(3)))
        pool.submit(partial(score, model=GPT(KEY, "o3")), 1)
        list(pool.map(lambda item: score(item, GPT(KEY, "o4-mini")), [1, 2]))


if __name__ == "__main__":
    chosen("openai").invoke("hi")
    from_table("anthropic").invoke("hi")
    asyncio.run(gathered(Robin([GPT(KEY, "gpt-4o-mini")])))
