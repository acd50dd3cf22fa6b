import argparse
import json
from pathlib import Path

from openai import OpenAI


def options():
    parser = argparse.ArgumentParser()
    parser.add_argument("--model", default="gpt-4o-mini", help="what answers")
    parser.add_argument("--turns", type=int, default=1)
    return parser.parse_args()


def answer(model, text):
    return OpenAI().chat.completions.create(model=model, messages=[{"role": "user", "content": text}])


def embed(text):
    return OpenAI().embeddings.create(model="text-embedding-3-small", input=text)


def save(results, args):
    name = f"talks-{args.model}-{args.turns}.json"
    Path(name).write_text(json.dumps(results))


def main():
    args = options()
    results = [str(answer(args.model, "hi")) for _ in range(args.turns)]
    embed("hi")
    save(results, args)


if __name__ == "__main__":
    main()
