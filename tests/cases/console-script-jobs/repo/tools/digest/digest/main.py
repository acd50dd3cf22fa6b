import argparse

from openai import OpenAI


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--model", default="gpt-4o")
    args = parser.parse_args()
    OpenAI().chat.completions.create(model=args.model, messages=[])
