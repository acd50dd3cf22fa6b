import argparse
from openai import OpenAI
def parse():
    p = argparse.ArgumentParser()
    p.add_argument("--model", default="gpt-4o")
    return p.parse_args()
def main(args):
    run(**vars(args))
def run(model):
    OpenAI().chat.completions.create(model=model, messages=[])
main(parse())
