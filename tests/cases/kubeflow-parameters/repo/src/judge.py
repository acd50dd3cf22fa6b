import argparse

from openai import OpenAI

parser = argparse.ArgumentParser()
parser.add_argument("--model", default="gpt-4o-mini")
args = parser.parse_args()
OpenAI().responses.create(model=args.model, input="labels")
