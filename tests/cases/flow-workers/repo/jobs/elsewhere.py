import os

from openai import OpenAI
from prefect import flow


@flow
def elsewhere():
    return OpenAI().responses.create(model=os.environ.get("FLOW_MODEL", "gpt-4o"), input="x")


if __name__ == "__main__":
    elsewhere()
