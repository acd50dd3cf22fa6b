"""`modelguard rotate`: the plan to change a credential, or to give each consumer one of its own."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from modelguard.cli.inputs import as_json, emit, graph_of

if TYPE_CHECKING:
    from modelguard.fix.rotate import To


@click.command("rotate")
@click.argument("token")
@click.argument("path", default=".", type=click.Path(path_type=Path))
@click.option(
    "--to",
    type=click.Choice(("per-consumer", "per-account", "same")),
    default="per-consumer",
    show_default=True,
    help="who gets a key of their own; same: one new key for all",
)
@click.option("--format", "kind", type=click.Choice(("text", "json")), default="text", show_default=True)
@click.option("--output", type=click.Path(path_type=Path), help="write to a file")
def command(token: str, path: Path, to: To, kind: str, output: Path | None) -> None:
    """Say what it takes to change TOKEN, a node id, a unique name or path:line: who has it, where, in which order.

    A plan only: nothing is written, and no value is looked at.
    """
    from modelguard.fix.rotate import as_document, rotation
    from modelguard.fix.rotate_text import render
    from modelguard.graph.model import Token
    from modelguard.graph.query import resolve
    from modelguard.workspace import open_working

    graph = graph_of(open_working(path))
    found = resolve(graph, token, (Token,))
    assert isinstance(found, Token)
    plan = rotation(graph, found, to)
    emit(as_json(as_document(plan)) if kind == "json" else render(plan), output)
