import argparse

from openai import OpenAI

parser = argparse.ArgumentParser()
parser.add_argument("--model", default="gpt-4.1")
args = parser.parse_args()
OpenAI().chat.completions.create(model=args.model, messages=[])
