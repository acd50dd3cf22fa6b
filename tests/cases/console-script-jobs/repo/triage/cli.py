import click
import yaml
from openai import OpenAI


@click.command()
@click.option("--config", required=True)
@click.option("--dry-run", is_flag=True)
def run(config, dry_run):
    with open(config) as stream:
        settings = yaml.safe_load(stream)
    OpenAI().chat.completions.create(model=settings["engine"]["model"], messages=[])


if __name__ == "__main__":
    run()
