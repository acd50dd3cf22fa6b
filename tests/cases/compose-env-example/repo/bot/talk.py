import os

import anthropic


def main():
    client = anthropic.Anthropic(api_key=os.environ["ANTHROPIC_API_KEY"])
    client.messages.create(model=os.environ["CHAT_MODEL"], max_tokens=100, messages=[])


if __name__ == "__main__":
    main()
