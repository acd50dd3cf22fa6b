import argparse

from evaluate import Evaluator, ask
from models import Chat

if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--model", default="gpt-4o")
    args = parser.parse_args()
    chat = Chat(name=args.model)
    ask(chat, [])
    Evaluator("game", Chat("gpt-4.1-mini")).run()
