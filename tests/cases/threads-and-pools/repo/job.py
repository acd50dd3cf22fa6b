import multiprocessing as mp
import threading
from threading import Thread

from openai import OpenAI


class Writer:
    def __init__(self, name):
        self.name = name

    def answer(self, text):
        return OpenAI().chat.completions.create(model=self.name, messages=[text])


def work(writer, text):
    writer.answer(text)


def direct(model):
    OpenAI().responses.create(model=model, input="")


if __name__ == "__main__":
    mp.Process(target=work, args=(Writer("gpt-4o"), "hello")).start()
    Thread(target=work, kwargs={"writer": Writer("gpt-4.1"), "text": ""}).start()
    threading.Timer(5, direct, args=["gpt-4o-mini"]).start()
    with mp.Pool(2) as pool:
        pool.map(direct, ["o3", "o4-mini"])
        pool.apply_async(direct, ("gpt-5",))
