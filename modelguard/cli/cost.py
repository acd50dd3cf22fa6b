"""`modelguard cost`: what a change of models costs, without a verdict; `cost review`: what it did cost."""

from __future__ import annotations

import re
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from modelguard.cli.cost_review import review
from modelguard.cli.inputs import (
    as_json,
    check_inputs,
    config_of,
    emit,
    graph_of,
    ledger_of,
    path_argument,
    rollup_of,
    today,
)
from modelguard.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from modelguard.budget.ledger import Ledger
    from modelguard.cost.extras import GracePeriod
    from modelguard.cost.model import CostReport, Switch
    from modelguard.graph.query import Index
    from modelguard.workspace import Tree

_GRACE = re.compile(r"(\d+(?:\.\d+)?)(?::(\d+))?\Z")
_AT = re.compile(r"(\d{4}-\d{2}-\d{2})(?:T([01]\d|2[0-3])(?::00)?Z?)?\Z")


class _WithReview(click.Command):
    """The command itself, but for `cost review`."""

    def make_context(
        self, info_name: str | None, args: list[str], parent: click.Context | None = None, **extra: Any
    ) -> click.Context:
        """The context of `review` where that is asked for; a folder of that name is ./review."""
        if args and args[0] == "review":
            return review.make_context(f"{info_name} review", args[1:], parent=parent, **extra)
        return super().make_context(info_name, args, parent=parent, **extra)


@click.command(
    "cost", cls=_WithReview, epilog="modelguard cost review --help: forecasts beside what was paid afterwards"
)
@path_argument
@click.option("--base", metavar="REF", help="cost what changed since REF")
@click.option("--set", "settings", metavar="FIELD=MODEL", multiple=True, help="cost a field set to another model")
@click.option(
    "--compare", metavar="MODEL,MODEL,…", help="several models beside each other; --set FIELD says for which fields"
)
@click.option("--at", metavar="DATE[THH]", help="when the switch happens, UTC: 2026-12-01 or 2026-12-01T14")
@click.option("--grace", metavar="HOURS[:PER_MINUTE]", help="serve old answers for so long, renewing so many a minute")
@click.option("--usage", type=click.Path(path_type=Path), help="usage rollup, instead of modelguard-usage.jsonl")
@click.option("--format", "kind", type=click.Choice(("text", "json")), default="text", show_default=True)
@click.option("--output", type=click.Path(path_type=Path), help="write to a file")
def command(
    path: Path,
    base: str | None,
    settings: tuple[str, ...],
    compare: str | None,
    at: str | None,
    grace: str | None,
    usage: Path | None,
    kind: str,
    output: Path | None,
) -> None:
    """Say what a switch of models costs each consumer: a day now, a steady day after, and the first, cold day."""
    if compare is None and (base is None) == (not settings):
        raise click.UsageError("give --base REF or --set FIELD=MODEL")
    if compare is not None and base is not None:
        raise click.UsageError("--compare goes with --set, not with --base")
    switched, hour = _when(at)
    if compare is not None:
        _compared(path, settings, compare, usage, (switched, hour), kind, output)
        return
    report = _report(path, base, settings, usage, (switched, hour), grace)
    if kind == "json":
        from modelguard.cost.document import as_document

        emit(as_json(as_document(report)), output)
        return
    from modelguard.report.cost_text import render

    emit(render(report), output)


def _report(
    path: Path,
    base: str | None,
    settings: tuple[str, ...],
    usage: Path | None,
    when: tuple[date | None, int],
    grace: str | None,
) -> CostReport:
    from modelguard.cost.model import cost_of

    if base is not None:
        switches, inputs = changed(path, base, usage)
        graces = _graces(inputs.ledger, grace)
        return cost_of(
            switches, inputs.rollup, inputs.prices, inputs.on, when[0], hour=when[1], curves=True, graces=graces
        )
    from modelguard.workspace import open_working

    tree = open_working(path)
    switches = _switches(tree, _pairs(settings))
    prices, rollup = config_of(tree).prices, rollup_of(tree, usage)
    graces = _graces(ledger_of(tree), grace)
    return cost_of(switches, rollup, prices, today(), when[0], hour=when[1], curves=True, graces=graces)


def changed(path: Path, base: str, usage: Path | None) -> tuple[list[Switch], Any]:
    """The switches that a change makes, and what a check reads."""
    from modelguard.cost.model import Switch
    from modelguard.graph.query import Index
    from modelguard.policy.check import costed_changes

    inputs = check_inputs(path, base, usage=usage)
    index = Index(inputs.head)
    switches = [
        Switch(
            s.change.consumer.name,
            s.change.consumer.aliases,
            s.change.before,
            s.change.after,
            s.change.consumer.account,
            s.change.consumer.instances,
            _fallbacks(index, s.change.consumer.id, c.change.field.id),
        )
        for c in costed_changes(inputs)
        for s in c.spends
    ]
    return switches, inputs


def _compared(
    path: Path,
    settings: tuple[str, ...],
    compare: str,
    usage: Path | None,
    when: tuple[date | None, int],
    kind: str,
    output: Path | None,
) -> None:
    """A report for each model."""
    from modelguard.cost.document import as_document
    from modelguard.cost.model import cost_of
    from modelguard.workspace import open_working

    models = [m.strip() for m in compare.split(",") if m.strip()]
    if not models:
        raise InputError("--compare names no model")
    if any("=" in s for s in settings):
        raise InputError("with --compare, --set takes a FIELD alone: the models are those to compare")
    tree = open_working(path)
    prices, rollup = config_of(tree).prices, rollup_of(tree, usage)
    reports = []
    for model in models:
        pairs: list[tuple[str | None, str]] = [(s, model) for s in settings] or [(None, model)]
        switches = _switches(tree, pairs)
        reports.append((model, cost_of(switches, rollup, prices, today(), when[0], hour=when[1])))
    if kind == "json":
        documents = [as_document(report) for _, report in reports]
        beside = [
            {"model": name, "total": each["total"], "consumers": each["consumers"]}
            for (name, _), each in zip(reports, documents, strict=True)
        ]
        emit(as_json({**documents[0], "compare": beside}), output)
        return
    from modelguard.report.cost_text import render_compare

    emit(render_compare(reports), output)


def _when(at: str | None) -> tuple[date | None, int]:
    if at is None:
        return None, 0
    match = _AT.match(at)
    try:
        if match is None:
            raise ValueError
        return date.fromisoformat(match[1]), int(match[2] or 0)
    except ValueError as error:
        raise InputError(f'"{at}" is neither a date like 2026-12-01 nor an hour like 2026-12-01T14') from error


def _graces(ledger: Ledger | None, option: str | None) -> list[GracePeriod]:
    """The option's grace period, for all; else those of the ledger."""
    from modelguard.budget.graces import grace_periods
    from modelguard.cost.extras import GracePeriod

    if option is not None:
        match = _GRACE.match(option)
        if match is None:
            raise InputError(f'"{option}" is not HOURS or HOURS:PER_MINUTE')
        return [GracePeriod("*", "*", "*", float(match[1]), float(match[2]) if match[2] else 0.0)]
    return grace_periods(ledger)


def _pairs(settings: Sequence[str]) -> list[tuple[str | None, str]]:
    pairs: list[tuple[str | None, str]] = []
    for setting in settings:
        name, equals, model = setting.rpartition("=")
        if not equals or not name or not model:
            raise InputError(f'"{setting}" is not FIELD=MODEL')
        pairs.append((name, model))
    return pairs


def _switches(tree: Tree, pairs: Sequence[tuple[str | None, str]]) -> list[Switch]:
    """A switch for each consumer that reads a field that is to be set; without a field, all that consumers read."""
    from modelguard.cost.model import Switch
    from modelguard.graph.diff import models_of
    from modelguard.graph.model import Field
    from modelguard.graph.query import Index, resolve

    graph = graph_of(tree)
    index = Index(graph)
    found: dict[tuple[str, str, str | None], Switch] = {}
    for name, model in pairs:
        named = (
            [resolve(graph, name, (Field,))] if name is not None else [n for n in graph.nodes if isinstance(n, Field)]
        )
        for node in named:
            for reader in index.readers(node.id):
                if name is None and reader.edge.dormant:
                    continue
                consumer = reader.consumer
                before = sorted(models_of(index, reader.through))
                old = before[0] if len(before) == 1 else None
                fallbacks = _fallbacks(index, consumer.id, reader.through)
                key = (consumer.id, old or "", name)
                found.setdefault(
                    key,
                    Switch(
                        consumer.name, consumer.aliases, old, model, consumer.account, consumer.instances, fallbacks
                    ),
                )
    return [s for s in found.values() if pairs[0][0] is not None or s.from_raw is not None]


def _fallbacks(index: Index, consumer: str, field: str) -> tuple[str, ...]:
    """The models of a gateway's routes that stand in for a field that a consumer uses."""
    from modelguard.graph.diff import models_of
    from modelguard.graph.model import Field

    used = set(index.targets(consumer, "uses"))
    near = [n for n in index.deriving(field) if n in used] or [field]
    found: list[str] = []
    for node in near:
        for edge in index.out[node]:
            target = index.nodes.get(edge.target)
            if edge.kind == "derives" and edge.dormant and isinstance(target, Field) and target.role == "route":
                found += sorted(models_of(index, target.id))
    return tuple(dict.fromkeys(found))
