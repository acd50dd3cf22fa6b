import typer
from cli.llm import ask
app = typer.Typer()
@app.command()
def chat(q: str, model: str = typer.Option("gpt-4o", "--model")):
    ask(q, model)
