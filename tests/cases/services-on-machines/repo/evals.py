import argparse
import os

from openai import OpenAI

if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--judge-model", default="gpt-4.1-nano")
    args = parser.parse_args()
    client = OpenAI()
    client.chat.completions.create(model=os.environ["EVAL_MODEL"], messages=[])
    client.responses.create(model=args.judge_model, input="")
