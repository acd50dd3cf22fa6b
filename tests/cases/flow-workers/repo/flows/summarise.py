import os

from openai import OpenAI
from prefect import flow, task


@task
def ask(text):
    return OpenAI().responses.create(model=os.environ["FLOW_MODEL"], input=text)


@flow
def summarise():
    return ask("x")


if __name__ == "__main__":
    summarise()
