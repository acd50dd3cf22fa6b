import argparse

import openai

parser = argparse.ArgumentParser()
parser.add_argument("--model", default="gpt-4o-mini")
openai.OpenAI().responses.create(model=parser.parse_args().model, input="x")
