"""`modelguard graph`: the blast radius of every model field and token."""

from __future__ import annotations

import os
import shutil
import sys
from pathlib import Path

import click

from modelguard.cli.inputs import as_json, emit, path_argument


@click.command("graph")
@path_argument
@click.option("--focus", metavar="NAME", help="only what is around this field, token or consumer")
@click.option("--why", nargs=2, metavar="CONSUMER FIELD", help="one link with the lines it rests on")
@click.option("--format", "kind", type=click.Choice(("tree", "json")), default="tree", show_default=True)
@click.option("--output", type=click.Path(path_type=Path), help="write to a file")
def command(path: Path, focus: str | None, why: tuple[str, str] | None, kind: str, output: Path | None) -> None:
    """Show who reads each model field and holds each token in PATH."""
    from modelguard.graph.build import analyse
    from modelguard.graph.query import focus as focused
    from modelguard.graph.query import resolve
    from modelguard.workspace import open_working

    tree = open_working(path)
    graph = analyse(tree)
    if why:
        from modelguard.report.why import render as explain

        def source(name: str) -> bytes | None:
            data = tree.read(name)
            return data if isinstance(data, bytes) else None

        emit(explain(graph, *why, source), output)
        return
    if focus is not None:
        graph = focused(graph, resolve(graph, focus))
    if kind == "json":
        from modelguard.report.graph_json import document

        emit(as_json(document(graph)), output)
        return
    from modelguard.report.tree import render

    on_terminal = output is None and sys.stdout.isatty()
    colour = on_terminal and not os.environ.get("NO_COLOR") and not os.environ.get("CI")
    width = shutil.get_terminal_size((120, 24)).columns if on_terminal else 120
    emit(render(graph, width=max(width, 80), colour=colour), output)
