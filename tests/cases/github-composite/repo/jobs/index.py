import argparse
import os

from openai import OpenAI

parser = argparse.ArgumentParser()
parser.add_argument("--model", default=os.environ.get("INDEX_MODEL"))
OpenAI().embeddings.create(model=parser.parse_args().model, input="x")
