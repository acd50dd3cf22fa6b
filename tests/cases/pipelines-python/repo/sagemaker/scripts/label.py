import argparse
import os

from openai import OpenAI

if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--model")
    args = parser.parse_args()
    OpenAI().responses.create(model=os.environ["GUARD_MODEL"], input="rows")
    OpenAI().responses.create(model=args.model, input="rows")
