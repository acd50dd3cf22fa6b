import argparse

import anthropic


def parse():
    parser = argparse.ArgumentParser()
    parser.add_argument("--limit", type=int, default=10)
    parser.add_argument("-m", "--model-name", default="claude-3-5-haiku-20241022")
    parser.add_argument("--judge", required=True)
    return parser.parse_args()


def main():
    args = parse()
    client = anthropic.Anthropic()
    client.messages.create(model=args.model_name, max_tokens=args.limit, messages=[])
    client.messages.create(model=args.judge, max_tokens=1, messages=[])


if __name__ == "__main__":
    main()
