"""The check: a tree by itself, or what a change does, judged by ledger and rules."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Literal

from modelguard.budget.ledger import Judged, Ledger, Need, caps_exceeded, judge, raises
from modelguard.catalog.identity import identify
from modelguard.cost.model import ConsumerCost, CostReport, Switch, cost_of
from modelguard.cost.prices import Prices
from modelguard.graph.diff import Change, ConsumerChange, changes
from modelguard.graph.model import Graph
from modelguard.policy.findings import Finding, Subject, caused, find, tree_subjects
from modelguard.policy.rules import Rule
from modelguard.usage.rollup import Rollup


@dataclass(frozen=True)
class Inputs:
    """Everything a check looks at. `base` None judges the tree by itself; ledgers are None where there is no file."""

    head: Graph
    rules: tuple[Rule, ...]
    on: date
    base: Graph | None = None
    ledger: Ledger | None = None
    base_ledger: Ledger | None = None
    rollup: Rollup | None = None
    prices: Prices = field(default_factory=Prices)
    base_commit: str | None = None
    head_commit: str | None = None
    base_name: str = ""
    head_name: str = ""


@dataclass(frozen=True, slots=True)
class Spend:
    """A consumer that a change moves to another model: what it costs, and what the ledger says (None: it is gone)."""

    change: ConsumerChange
    cost: ConsumerCost
    judged: Judged | None


@dataclass(frozen=True, slots=True)
class CostedChange:
    """A change with what it costs whom."""

    change: Change
    spends: tuple[Spend, ...]
    cost: CostReport


@dataclass(frozen=True)
class CheckReport:
    """The verdict and everything it rests on."""

    verdict: Literal["pass", "fail"]
    inputs: Inputs
    changes: tuple[CostedChange, ...]
    findings: tuple[Finding, ...]


def check(inputs: Inputs) -> CheckReport:
    """Judge a tree, or a change. Findings that a change did not cause are not reported with it."""
    costed = costed_changes(inputs) if inputs.base is not None else ()
    found = find(inputs.rules, tree_subjects(inputs.head))
    if inputs.base is not None:
        found = caused(found, find(inputs.rules, tree_subjects(inputs.base)))
    found += find(inputs.rules, _change_subjects(inputs, costed))
    found.sort(key=lambda f: (["error", "warning", "note"].index(f.level), f.rule, f.path or "", f.line or 0))
    failed = any(f.level == "error" for f in found)
    return CheckReport("fail" if failed else "pass", inputs, costed, tuple(found))


def costed_changes(inputs: Inputs) -> tuple[CostedChange, ...]:
    """What changes between base and head, costed, and judged by the head's ledger."""
    assert inputs.base is not None
    return tuple(_costed(inputs, change) for change in changes(inputs.base, inputs.head))


def _costed(inputs: Inputs, change: Change) -> CostedChange:
    switches = [
        Switch(c.consumer.name, c.consumer.aliases, c.before, c.after, c.consumer.account, c.consumer.instances)
        for c in change.consumers
    ]
    report = cost_of(switches, inputs.rollup, inputs.prices, inputs.on)
    ledger = inputs.ledger or Ledger()
    spends = tuple(
        Spend(c, row, judge(ledger, _need(c, row), inputs.on) if c.after is not None else None)
        for c, row in zip(change.consumers, report.rows, strict=True)
    )
    return CostedChange(change, spends, report)


def _need(change: ConsumerChange, row: ConsumerCost) -> Need:
    identity = identify(change.after or "")
    consumer = change.consumer
    return Need(
        consumer=consumer.name,
        model=identity.name,
        steady_per_day=row.steady.expected,
        first_day=row.first_day.expected,
        aliases=consumer.aliases,
        account=consumer.account,
        stage=consumer.stage,
        provider=identity.provider,
        region=identity.region,
    )


# -- subjects of rules ---------------------------------------------------------------------------------------------------


def _change_subjects(inputs: Inputs, costed: Sequence[CostedChange]) -> Iterator[Subject]:
    for entry in costed:
        yield from _spends(entry)
        change = entry.change
        facts = {"users": len(change.consumers), "from": _words(change.before), "to": _words(change.after)}
        field = change.field
        yield Subject("change", f"{field.id}:{change.after}", facts, field.path, field.line, field.column)
    ledger = inputs.ledger
    if ledger is None:
        fields = sum(1 for n in inputs.head.nodes if n.id.startswith("field:"))
        # With a base it says so by what is unfunded.
        if inputs.base is None:
            yield Subject("ledger", "ledger", {"exists": False, "fields": fields})
        return
    yield from _ledger_subjects(inputs, ledger)


def _spends(entry: CostedChange) -> Iterator[Subject]:
    """One subject for each verdict on a changed field: what five consumers lack is one finding that names them."""
    by_verdict: dict[str, list[Spend]] = defaultdict(list)
    for spend in entry.spends:
        if spend.judged is not None:
            by_verdict[spend.judged.verdict].append(spend)
    edited, target = entry.change.field, entry.change.after or ""
    identity = identify(target)
    for verdict, spends in by_verdict.items():
        names = tuple(s.change.consumer.name for s in spends)
        facts = {
            "verdict": verdict,
            "to": target,
            "to_name": identity.name,
            "known": identity.known,
            "consumers": ", ".join(names),
            "owners": ", ".join(sorted({s.judged.owner for s in spends if s.judged and s.judged.owner})),
        }
        key = f"{edited.id}:{target}:{verdict}"
        yield Subject("spend", key, facts, edited.path, edited.line, edited.column, names)


def _ledger_subjects(inputs: Inputs, ledger: Ledger) -> Iterator[Subject]:
    if inputs.base is not None:
        for more in raises(inputs.base_ledger or Ledger(), ledger):
            facts = {
                "consumer": more.consumer,
                "model": more.model,
                "before": _number(more.before_per_day),
                "after": _number(more.after_per_day),
                "owner": more.owner or "an owner, which it does not name",
            }
            key = f"raise:{more.consumer}:{more.model}:{more.line}"
            yield Subject("raise", key, facts, ledger.path, more.line, None, (more.consumer,))
    for entry in ledger.allocations:
        expired = entry.expires is not None and entry.expires < inputs.on
        if expired and inputs.base is None:
            facts = {"expired": True, "consumer": entry.consumer, "model": entry.model, "expires": str(entry.expires)}
            key = f"allocation:{entry.consumer}:{entry.model}:{entry.expires}"
            yield Subject("allocation", key, facts, ledger.path, entry.line, None, (entry.consumer,))
    broken_before = {c for c, _ in caps_exceeded(inputs.base_ledger)} if inputs.base_ledger else set()
    for cap, total in caps_exceeded(ledger):
        if inputs.base is None or cap not in broken_before:
            facts = {"total": _number(total), "limit": _number(cap.per_day)}
            yield Subject("cap", f"cap:{cap.owner}:{cap.consumer}:{cap.model}", facts, ledger.path, cap.line)


def _number(amount: object) -> float | int:
    """USD as a rule compares and shows them: whole dollars as such, else cents."""
    value = round(float(str(amount)), 2)
    return int(value) if value == int(value) else value


def _words(raw: str | None) -> str:
    return identify(raw).name if raw else "none"
