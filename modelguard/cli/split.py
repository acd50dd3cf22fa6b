"""`modelguard split`: a shared model field, and a consumer that gets one of its own."""

from __future__ import annotations

import difflib
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

import click

from modelguard.cli.inputs import graph_of

if TYPE_CHECKING:
    from modelguard.fix.split import Split, Splitter
    from modelguard.graph.model import Graph
    from modelguard.workspace import Tree


@click.command("split")
@click.argument("field")
@click.argument("path", default=".", type=click.Path(path_type=Path))
@click.option(
    "--for", "consumer", metavar="CONSUMER", help="who gets a field of its own; without it, everybody's way is shown"
)
@click.option("--model", metavar="MODEL", help="what the new field says, instead of what the old one does")
@click.option("--name", metavar="NAME", help="what the new field is called")
@click.option("--write", is_flag=True, help="write the files; without it the difference is shown")
@click.pass_context
def command(
    ctx: click.Context, field: str, path: Path, consumer: str | None, model: str | None, name: str | None, write: bool
) -> None:
    """Split FIELD, a node id, a unique name or path:line: a consumer gets a field of its own that says the same.

    A split is offered only where the analysed result proves it: that consumer no longer reads FIELD, and nobody else's
    fields or models differ. Exit status 1 where the consumer that was asked for can't be split off so.
    """
    from modelguard.graph.model import Consumer
    from modelguard.graph.query import resolve
    from modelguard.workspace import open_working

    if consumer is None and (model or name or write):
        raise click.UsageError("--model, --name and --write need --for CONSUMER")
    tree = open_working(path)
    splitter, graph = _splitter(tree, field)
    if consumer is None:
        _overview(splitter, field)
        return
    who = resolve(graph, consumer, (Consumer,))
    assert isinstance(who, Consumer)
    found = splitter.split(who, model, name)
    if not found.possible:
        click.echo(f"{who.name} can't be split off: {found.why_not}", err=True)
        ctx.exit(1)
    if write:
        from modelguard.cli.write import replace_file

        for file, text in found.files:
            replace_file(path / file, text)
            click.echo(f"changed {file}")
    else:
        _show(found, tree)
    click.echo(found.how, err=True)


def _splitter(tree: Tree, name: str) -> tuple[Splitter, Graph]:
    from modelguard.fix.split import Splitter
    from modelguard.graph.model import Field
    from modelguard.graph.query import resolve
    from modelguard.workspace.overlay import Overlay

    graph = graph_of(tree)
    field = resolve(graph, name, (Field,))
    assert isinstance(field, Field)

    def read(file: str) -> str | None:
        data = tree.read(file)
        try:
            return data.decode("utf-8") if isinstance(data, bytes) else None
        except UnicodeDecodeError:
            return None

    def after(changed: Mapping[str, bytes]) -> Graph:
        return graph_of(Overlay(tree, changed), like=tree)

    python = [e.path for e in tree.entries if e.path.endswith(".py")]
    return Splitter(graph, field, read, after, python), graph


def _overview(splitter: Splitter, field: str) -> None:
    """Everybody's way, or why there is none."""
    from modelguard.report.words import platform, safe

    if not splitter.readers:
        click.echo("nobody is known to read it")
        return
    click.echo(f"{field} is read by {len(splitter.readers)}; each could get a field of its own:\n")
    for reader in splitter.readers:
        found = splitter.split(reader.consumer)
        click.echo(f"  {safe(reader.consumer.name)}   {platform(reader.consumer)}")
        click.echo(f"      {safe(found.how)}" if found.possible else f"      not by itself: {safe(found.why_not)}")
    click.echo(f"\nshow one:  modelguard split {field} --for CONSUMER      make it:  … --write")


def _show(found: Split, tree: Tree) -> None:
    from modelguard.report.words import safe

    for file, text in found.files:
        data = tree.read(file)
        before = data.decode("utf-8").splitlines() if isinstance(data, bytes) else []
        for line in difflib.unified_diff(before, text.splitlines(), f"a/{file}", f"b/{file}", lineterm="", n=2):
            click.echo(safe(line))
