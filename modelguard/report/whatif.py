"""What each consumer costs today, and would on other models, with what the ledger would say: worked out beforehand, for
a page that asks nobody. Amounts are USD a day; unknown is None with the reason, never zero.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from modelguard.budget.ledger import Judged, Ledger, Need, judge
from modelguard.catalog.identity import identify
from modelguard.catalog.peers import peers, written_as
from modelguard.cost.model import ConsumerCost, Interval, Switch, cost_of
from modelguard.cost.prices import Prices
from modelguard.graph.diff import models_of
from modelguard.graph.model import Consumer, Graph
from modelguard.graph.query import Index
from modelguard.usage.rollup import Rollup, match_consumers

MOST_CHOICES = 24
NO_USAGE = "no usage is recorded"


@dataclass(frozen=True)
class Money:
    """What belongs to the graph's tree: recorded usage, the ledger, prices, and the day they are taken of."""

    prices: Prices
    on: date
    rollup: Rollup | None = None
    ledger: Ledger | None = None


@dataclass(frozen=True, slots=True)
class Choice:
    """What a consumer would cost on a model, and the ledger's word for it; `allowed` is USD a day."""

    steady: Interval
    first_day: Interval
    verdict: str
    allowed: Decimal
    owner: str | None
    why: str


@dataclass(frozen=True, slots=True)
class Outlook:
    """One consumer on one model that it reaches: today's cost, and each choice in the order of `WhatIf.models`."""

    consumer: str
    raw: str
    today: Interval
    source: str
    why: str
    choices: tuple[Choice, ...]


@dataclass(frozen=True, slots=True)
class WhatIf:
    """Canonical names to choose from, and the outlooks by (consumer id, raw model)."""

    models: tuple[str, ...]
    outlooks: tuple[Outlook, ...]


def outlooks(graph: Graph, money: Money, *, choices: bool = True) -> WhatIf:
    """Every consumer on every model that it reaches through a field, today and, where asked, with each other choice."""
    index = Index(graph)
    pairs = sorted(
        {
            (edge.source, raw)
            for edge in graph.edges
            if edge.kind == "uses" and not edge.dormant
            for raw in models_of(index, edge.target)
            if isinstance(index.nodes.get(edge.source), Consumer)
        }
    )
    models = _choices(sorted({raw for _, raw in pairs}), money) if choices else ()
    measured = _measured(graph, money.rollup)
    found = []
    for consumer, raw in pairs:
        node = index.nodes[consumer]
        assert isinstance(node, Consumer)
        found.append(_outlook(node, raw, models, money, measured))
    return WhatIf(models, tuple(found))


def _choices(raws: Sequence[str], money: Money) -> tuple[str, ...]:
    """Canonical names: those in use, those the ledger and the usage name, then peers, newest names last; bounded."""
    names = dict.fromkeys(identify(r).name for r in raws)
    if money.ledger is not None:
        names |= dict.fromkeys(a.model for a in money.ledger.allocations if not set("*?[") & set(a.model))
    if money.rollup is not None:
        names |= dict.fromkeys(sorted({identify(r.model).name for r in money.rollup.rows}))
    near = sorted({identify(p).name for r in raws for p in peers(identify(r))} - names.keys(), reverse=True)
    return tuple(sorted([*names, *near][:MOST_CHOICES]))


def _measured(graph: Graph, rollup: Rollup | None) -> tuple[Consumer, ...]:
    """The consumers that usage is recorded of. The others need no arithmetic."""
    if rollup is None:
        return ()
    consumers = [n for n in graph.nodes if isinstance(n, Consumer)]
    names = match_consumers(sorted({r.consumer for r in rollup.rows}), [(c.name, c.aliases) for c in consumers])
    there = {consumer for consumer, _ in names.values()}
    return tuple(c for c in consumers if c.name in there)


def _outlook(
    node: Consumer, raw: str, models: tuple[str, ...], money: Money, measured: tuple[Consumer, ...]
) -> Outlook:
    old = identify(raw)
    today = _costs(node, raw, raw, money, measured)
    choices = []
    for name in models:
        target = raw if name == old.name else written_as(old, name) or name
        row = _costs(node, raw, target, money, measured)
        judged = _judged(node, target, row, money)
        why = row.why if row.source == "unknown" else judged.why
        choices.append(Choice(row.steady, row.first_day, judged.verdict, judged.allocated_per_day, judged.owner, why))
    return Outlook(node.id, raw, today.before, today.source, today.why, tuple(choices))


def _costs(node: Consumer, old: str, new: str, money: Money, measured: tuple[Consumer, ...]) -> ConsumerCost:
    if node not in measured:
        nothing = Interval()
        return ConsumerCost(node.name, old, new, "unknown", nothing, nothing, nothing, None, NO_USAGE)
    others = [Switch(c.name, c.aliases, None, None) for c in measured if c.name != node.name]
    mine = Switch(node.name, node.aliases, old, new, node.account, node.instances)
    return cost_of([mine, *others], money.rollup, money.prices, money.on).rows[0]


def _judged(node: Consumer, raw: str, row: ConsumerCost, money: Money) -> Judged:
    identity = identify(raw)
    need = Need(
        consumer=node.name,
        model=identity.name,
        steady_per_day=row.steady.expected,
        first_day=row.first_day.expected if new_model(row) else row.steady.expected,
        aliases=node.aliases,
        account=node.account,
        stage=node.stage,
        provider=identity.provider,
        region=identity.region,
    )
    return judge(money.ledger or Ledger(), need, money.on)


def new_model(row: ConsumerCost) -> bool:
    """Whether a row is a switch at all: who stays on a model has no first, cold day."""
    return row.from_raw != row.to_raw
