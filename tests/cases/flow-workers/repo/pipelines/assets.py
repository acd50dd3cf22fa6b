import os

from dagster import asset
from openai import OpenAI


@asset
def answers():
    return OpenAI().responses.create(model=os.environ["ASSET_MODEL"], input="x")
