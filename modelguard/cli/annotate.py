"""`modelguard annotate`: a comment above each shared field and token that says who reads it."""

from __future__ import annotations

from pathlib import Path

import click

from modelguard.cli.inputs import graph_of, path_argument


@click.command("annotate")
@path_argument
@click.option("--check", is_flag=True, help="write nothing; exit 1 where a comment is missing or no longer true")
@click.option("--remove", is_flag=True, help="take all of these comments away again")
@click.pass_context
def command(ctx: click.Context, path: Path, check: bool, remove: bool) -> None:
    """Keep a comment above each shared field and token in PATH: `# modelguard: read by inference-api, 50 Lambdas`.

    In YAML, TOML, Terraform, dotenv and Python. Nothing else in a file changes. Written again when readers change, and
    taken away when a field is no longer shared.
    """
    from modelguard.cli.write import replace_file
    from modelguard.fix.annotate import annotate
    from modelguard.graph.model import Graph
    from modelguard.workspace import open_working

    tree = open_working(path)
    graph = Graph() if remove else graph_of(tree)

    def read(name: str) -> bytes | None:
        data = tree.read(name)
        return data if isinstance(data, bytes) else None

    found = annotate(graph, [e.path for e in tree.entries], read)
    changed = [f for f in found if f.changed]
    for file in changed:
        if not check:
            replace_file(path / file.path, file.after)
        click.echo(f"{'would change' if check else 'changed'} {file.path}")
    for file in found:
        for line, why in file.left:
            click.echo(f"{file.path}:{line}: left alone: {why}", err=True)
    if not changed:
        click.echo("every comment is as it should be")
    ctx.exit(1 if check and changed else 0)
