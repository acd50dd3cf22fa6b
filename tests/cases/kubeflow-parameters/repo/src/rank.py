import argparse
import os

from openai import OpenAI

parser = argparse.ArgumentParser()
parser.add_argument("--model", required=True)
args = parser.parse_args()
OpenAI().responses.create(model=os.environ["GUARD_MODEL"], input="rows")
OpenAI().responses.create(model=args.model, input="rows")
