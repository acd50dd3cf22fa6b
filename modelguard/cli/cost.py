"""`modelguard cost`: what a change of models costs, without a verdict."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from modelguard.cli.inputs import as_json, check_inputs, config_of, emit, path_argument, rollup_of, today

if TYPE_CHECKING:
    from modelguard.cost.model import Switch
    from modelguard.workspace import Tree


@click.command("cost")
@path_argument
@click.option("--base", metavar="REF", help="cost what changed since REF")
@click.option("--set", "settings", metavar="FIELD=MODEL", multiple=True, help="cost a field set to another model")
@click.option("--usage", type=click.Path(path_type=Path), help="usage rollup, instead of modelguard-usage.jsonl")
@click.option("--format", "kind", type=click.Choice(("text", "json")), default="text", show_default=True)
@click.option("--output", type=click.Path(path_type=Path), help="write to a file")
def command(
    path: Path, base: str | None, settings: tuple[str, ...], usage: Path | None, kind: str, output: Path | None
) -> None:
    """Say what a switch of models costs each consumer: a day now, a steady day after, and the first, cold day."""
    from modelguard.cost.model import CostReport, Switch, as_document, cost_of

    if (base is None) == (not settings):
        raise click.UsageError("give --base REF or --set FIELD=MODEL")
    report: CostReport
    if base is not None:
        from modelguard.policy.check import costed_changes

        inputs = check_inputs(path, base, usage=usage)
        switches = [
            Switch(
                s.change.consumer.name,
                s.change.consumer.aliases,
                s.change.before,
                s.change.after,
                s.change.consumer.account,
            )
            for c in costed_changes(inputs)
            for s in c.spends
        ]
        report = cost_of(switches, inputs.rollup, inputs.prices, inputs.on)
    else:
        from modelguard.workspace import open_working

        tree = open_working(path)
        switches = _switches(tree, settings)
        report = cost_of(switches, rollup_of(tree, usage), config_of(tree).prices, today())
    if kind == "json":
        emit(as_json(as_document(report)), output)
        return
    from modelguard.report.cost_text import render

    emit(render(report), output)


def _switches(tree: Tree, settings: tuple[str, ...]) -> list[Switch]:
    """A switch for each consumer that reads a field that is to be set."""
    from modelguard.cost.model import Switch
    from modelguard.errors import InputError
    from modelguard.graph.build import analyse
    from modelguard.graph.diff import models_of
    from modelguard.graph.model import Field
    from modelguard.graph.query import Index, resolve

    graph = analyse(tree)
    index = Index(graph)
    found: list[Switch] = []
    for setting in settings:
        name, equals, model = setting.rpartition("=")
        if not equals or not name or not model:
            raise InputError(f'"{setting}" is not FIELD=MODEL')
        node = resolve(graph, name, (Field,))
        for reader in index.readers(node.id):
            consumer = reader.consumer
            before = sorted(models_of(index, reader.through))
            old = before[0] if len(before) == 1 else None
            found.append(Switch(consumer.name, consumer.aliases, old, model, consumer.account, consumer.instances))
    return found
