import argparse

from openai import OpenAI

parser = argparse.ArgumentParser()
parser.add_argument("--model", default="gpt-4o")
parser.add_argument("--embed-model", default="text-embedding-3-small")
args = parser.parse_args()
OpenAI().chat.completions.create(model=args.model, messages=[])
OpenAI().embeddings.create(model=args.embed_model, input="x")
