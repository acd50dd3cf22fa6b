import click
import openai


@click.command()
@click.option("--model", "-m", default="text-embedding-3-small", show_default=True)
def run(model):
    openai.OpenAI().embeddings.create(model=model, input="x")


run()
