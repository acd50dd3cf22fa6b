import tomllib
from pathlib import Path
from typing import Annotated

import typer
from openai import OpenAI

app = typer.Typer()
client = OpenAI()


@app.command()
def ask(text: str, model: str = typer.Option("gpt-4o", "--model", envvar="TOOL_MODEL")) -> None:
    client.responses.create(model=model, input=text)


@app.command()
def sum_up(text: str, model: Annotated[str, typer.Option()] = "gpt-4o-mini") -> None:
    client.responses.create(model=model, input=text)


@app.command()
def review(text: str) -> None:
    settings = tomllib.loads(Path("pyproject.toml").read_text())["tool"]["models"]
    client.responses.create(model=settings["review"], input=text)
