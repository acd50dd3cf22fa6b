import click
from openai import OpenAI


@click.command()
@click.option("--model", default="gpt-5-mini")
@click.option("--judge", default="gpt-5-nano")
def report(model, judge):
    client = OpenAI()
    client.responses.create(model=model, input="x")
    client.responses.create(model=judge, input="x")


if __name__ == "__main__":
    report()
