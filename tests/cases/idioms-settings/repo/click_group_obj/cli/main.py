import click
from openai import OpenAI
@click.group()
@click.option("--model", default="gpt-4o")
@click.pass_context
def cli(ctx, model):
    ctx.ensure_object(dict)
    ctx.obj["model"] = model
@cli.command()
@click.pass_context
def ask(ctx):
    OpenAI().chat.completions.create(model=ctx.obj["model"], messages=[])
