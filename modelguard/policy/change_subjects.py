"""What there is to judge about a change: fields that say another model, whom that moves, what is not known any more."""

from __future__ import annotations

import fnmatch
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from modelguard.budget.ledger import Ledger
from modelguard.catalog.identity import identify
from modelguard.cost.prices import Price, Prices
from modelguard.graph.diff import reached
from modelguard.graph.model import Consumer, Field, Graph, Token
from modelguard.policy.findings import Subject
from modelguard.policy.ledger_subjects import number
from modelguard.policy.subjects import unknowns

if TYPE_CHECKING:
    from modelguard.policy.check import CostedChange, Spend


def change_subjects(
    costed: Sequence[CostedChange], prices: Prices, on: date, ledger: Ledger | None
) -> Iterator[Subject]:
    """Each change, and within it the consumers that the ledger gives the same answer to."""
    for entry in costed:
        yield from _spends(entry)
        yield _change(entry, prices, on, ledger)


def _change(entry: CostedChange, prices: Prices, on: date, ledger: Ledger | None) -> Subject:
    change = entry.change
    before, after = identify(change.before or ""), identify(change.after or "")
    facts: dict[str, Any] = {
        "field": change.field.name,
        "path": change.field.path,
        "from": before.name or "none",
        "to": after.name or "none",
        "users": len(change.consumers),
        "provider_moved": bool(before.provider and after.provider and before.provider != after.provider),
        "region_moved": bool(change.before and change.after and before.provider == after.provider)
        and before.region != after.region,
        "region_from": before.region or "no region",
        "region_to": after.region or "no region",
    }
    old, new = prices.price_of(before, on), prices.price_of(after, on)
    known = isinstance(old, Price) and isinstance(new, Price) and old.output > 0
    facts["price_known"] = known and bool(change.before)
    if known:
        assert isinstance(old, Price)
        assert isinstance(new, Price)
        facts["price_ratio"] = float(new.output / old.output)
    facts |= _cold(entry.spends, before.name, after.name, ledger)
    field = change.field
    names = tuple(c.consumer.name for c in change.consumers)
    return Subject(
        "change",
        f"{field.id}:{change.before}:{change.after}",
        facts,
        field.path,
        field.line,
        field.column,
        names,
        field.id,
    )


def _cold(spends: Sequence[Spend], before: str, after: str, ledger: Ledger | None) -> dict[str, Any]:
    """What the first day costs beyond a steady one, over the consumers whose cache goes cold."""
    cached = [s for s in spends if s.cost.cached and s.change.after is not None]
    names = [s.change.consumer.name for s in cached]
    grace = bool(cached) and all(_graced(ledger, name, before, after) for name in names)
    facts: dict[str, Any] = {"cached": names, "grace": grace, "cold_known": False}
    firsts = [s.cost.first_day.expected for s in cached]
    steadies = [s.cost.steady.expected for s in cached]
    if cached and all(v is not None for v in (*firsts, *steadies)):
        first, steady = (sum((v or Decimal(0) for v in vs), Decimal(0)) for vs in (firsts, steadies))
        ratio = float(first / steady) if steady else 0.0
        facts |= {"cold_known": True, "cold_usd": number(first - steady), "cold_ratio": round(ratio, 1)}
    return facts


def _graced(ledger: Ledger | None, consumer: str, before: str, after: str) -> bool:
    """Whether the ledger lets the proxy answer from the old model's cache for a while (its `grace:`)."""
    return any(
        fnmatch.fnmatchcase(consumer, g.consumer)
        and fnmatch.fnmatchcase(before, g.old)
        and fnmatch.fnmatchcase(after, g.new)
        for g in (ledger.grace if ledger is not None else ())
    )


def _spends(entry: CostedChange) -> Iterator[Subject]:
    """One subject for each verdict on a changed field: what five consumers lack is one finding that names them."""
    by_verdict: dict[str, list[Spend]] = defaultdict(list)
    for spend in entry.spends:
        if spend.judged is not None:
            by_verdict[spend.judged.verdict].append(spend)
    edited, target = entry.change.field, entry.change.after or ""
    for verdict, spends in by_verdict.items():
        names = tuple(s.change.consumer.name for s in spends)
        steady = [s.cost.steady.expected for s in spends]
        facts: dict[str, Any] = {
            "verdict": verdict,
            "to": target,
            "to_name": identify(target).name,
            "consumers": ", ".join(names),
            "owners": ", ".join(sorted({s.judged.owner for s in spends if s.judged and s.judged.owner})),
            "steady_known": all(amount is not None for amount in steady),
        }
        if facts["steady_known"]:
            facts["steady"] = number(sum((a or Decimal(0) for a in steady), Decimal(0)))
        key = f"{edited.id}:{target}:{verdict}"
        yield Subject("spend", key, facts, edited.path, edited.line, edited.column, names, edited.id)


# -- what is not known any more ----------------------------------------------------------------------------------------


def lost_subjects(base: Graph, head: Graph) -> Iterator[Subject]:
    """What could not be determined and what could not be read, as the change left it: with what was known in the base."""
    old, new = _models(base), _models(head)
    for (path, kind, why), (line, names) in unknowns(head).items():
        gone = [n for n in names if old.get(n) and not new.get(n)]
        had = sorted({m for n in gone for m in old[n]})
        facts = {"kind": kind, "why": why, "path": path, "lost": bool(gone), "had": had}
        yield Subject("unresolved", f"{path}:{kind}:{why}", facts, path, line, None, tuple(gone) or names)
    unread_before = {gap.path for gap in base.coverage.failed}
    stood: dict[str, int] = defaultdict(int)
    for node in base.nodes:
        if isinstance(node, (Field, Token, Consumer)):
            stood[node.path] += 1
    for gap in head.coverage.failed:
        was = gap.path not in unread_before and stood[gap.path] > 0
        facts = {"path": gap.path, "why": gap.why, "was_read": was, "fields": stood[gap.path]}
        yield Subject("gap", gap.path, facts, gap.path)


def _models(graph: Graph) -> Mapping[str, frozenset[str]]:
    """Canonical models by the name of the consumer that reaches them."""
    names = {n.id: n.name for n in graph.nodes if isinstance(n, Consumer)}
    found: dict[str, frozenset[str]] = defaultdict(frozenset)
    for (consumer, _), models in reached(graph).items():
        found[names[consumer]] |= frozenset(identify(m).name for m in models)
    return found
