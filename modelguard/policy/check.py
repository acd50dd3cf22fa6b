"""The check: a tree by itself, or what a change does, judged by ledger and rules."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Literal

from modelguard.budget.graces import grace_periods
from modelguard.budget.ledger import Judged, Ledger, Need, judge
from modelguard.catalog.identity import identify
from modelguard.cost.model import ConsumerCost, CostReport, Switch, cost_of
from modelguard.cost.prices import Prices
from modelguard.graph.diff import Change, ConsumerChange, changes, reached
from modelguard.graph.model import Consumer, Graph
from modelguard.graph.query import Index
from modelguard.policy.change_subjects import change_subjects, lost_subjects
from modelguard.policy.findings import Finding, Subject, caused, find, order
from modelguard.policy.gateway import gateway_subjects
from modelguard.policy.ledger_subjects import LedgerView, ledger_subjects
from modelguard.policy.model_subjects import World, model_subjects, rows_by_consumer
from modelguard.policy.owners import Owners, Review
from modelguard.policy.rules import Level, Rule
from modelguard.policy.settings import Settings
from modelguard.policy.subjects import tree_subjects
from modelguard.policy.suppress import Acceptances, Accepted, Ignore, added
from modelguard.policy.trust import ignore_subjects, setting_subjects
from modelguard.usage.rollup import Rollup


@dataclass(frozen=True)
class Side:
    """What one tree holds beside its graph: the ledger, the gateway's files, what decides the gate, ignore comments."""

    ledger: Ledger | None = None
    gateways: Mapping[str, bytes] = field(default_factory=dict)
    settings: Mapping[str, bytes | None] = field(default_factory=dict)
    ignores: tuple[Ignore, ...] = ()


@dataclass(frozen=True)
class Inputs:
    """Everything a check looks at. `base` None judges the tree by itself; ledgers are None where there is no file.

    `ledger` is the one that counts. `settings`, `rules`, `owners`, `accepted` and `ignores` are those of the base's tip
    where there is a base; `tip` is the graph they belong to, None where that is the base's.
    """

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
    settings: Settings = field(default_factory=Settings)
    owners: Owners = field(default_factory=Owners)
    accepted: tuple[Accepted, ...] = ()
    ignores: tuple[Ignore, ...] = ()
    tip: Graph | None = None
    head_side: Side = field(default_factory=Side)
    base_side: Side = field(default_factory=Side)
    review: Review | None = None
    others: tuple[tuple[str, Ledger], ...] = ()
    fail_on: Level | None = None
    live: tuple[Subject, ...] = ()


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
    """The verdict and everything it rests on. Findings that were accepted are among the others, with the reason."""

    verdict: Literal["pass", "fail"]
    inputs: Inputs
    changes: tuple[CostedChange, ...]
    findings: tuple[Finding, ...]

    @property
    def told(self) -> tuple[Finding, ...]:
        """The findings that were not accepted."""
        return tuple(f for f in self.findings if f.suppressed is None)


def check(inputs: Inputs) -> CheckReport:
    """Judge a tree, or a change. Findings that a change did not cause are not reported with it."""
    costed = costed_changes(inputs) if inputs.base is not None else ()
    index = Index(inputs.head)
    mine = [s for s in _standing(inputs, inputs.head, index, inputs.ledger, inputs.head_side, costed) if _own(s)]
    accepted = _acceptances(inputs, mine)
    thresholds = inputs.settings.thresholds
    found = find(inputs.rules, mine, thresholds, accepted.of)
    if inputs.base is not None:
        standing = _standing(inputs, inputs.base, Index(inputs.base), inputs.base_ledger, inputs.base_side, ())
        before = [s for s in standing if _own(s)]
        found = caused(found, find(inputs.rules, before, thresholds, accepted.of))
        found += find(inputs.rules, _moving(inputs, inputs.base, costed), thresholds, accepted.of)
    else:
        found += find(inputs.rules, accepted.subjects(r.id for r in inputs.rules), thresholds)
    found += find(inputs.rules, inputs.live, thresholds, accepted.of)
    found.sort(key=order)
    failed = any(f.suppressed is None and inputs.settings.fails(f.level, inputs.fail_on) for f in found)
    return CheckReport("fail" if failed else "pass", inputs, costed, tuple(found))


def _own(subject: Subject) -> bool:
    """Whether it is of this tree, not of a repository whose graph was joined to it: that one has a gate of its own."""
    return not (subject.path or "").startswith("../")


def _standing(
    inputs: Inputs, graph: Graph, index: Index, ledger: Ledger | None, side: Side, costed: tuple[CostedChange, ...]
) -> Iterator[Subject]:
    """What stands in a tree whether something changes or not. With a base, what can get lost is told by the change."""
    compared = inputs.base is not None
    world = World(graph, inputs.on, inputs.prices, inputs.settings, inputs.rollup, ledger)
    for subject in tree_subjects(graph, index):
        if not compared or subject.kind not in ("unresolved", "gap"):
            yield subject
    if compared and graph is inputs.head:
        assert inputs.base is not None
        yield from lost_subjects(inputs.base, graph)
    elif compared:
        yield from (s for s in tree_subjects(graph, index) if s.kind in ("unresolved", "gap"))
    yield from model_subjects(world, index, rows_by_consumer(world))
    yield from gateway_subjects(side.gateways, inputs.prices, inputs.on)
    yield from _ledger(inputs, graph, ledger, costed, raised=compared and graph is inputs.head)
    rollup = inputs.rollup
    if rollup is not None and _day(rollup.until) is not None:
        until = _day(rollup.until)
        assert until is not None
        yield Subject(
            "usage", "usage", {"exists": True, "until": rollup.until, "age": (inputs.on - until).days}, rollup.path, 1
        )
    elif rollup is None:
        yield Subject("usage", "usage", {"exists": False, "until": "", "age": 0})


def _ledger(
    inputs: Inputs, graph: Graph, ledger: Ledger | None, costed: tuple[CostedChange, ...], raised: bool
) -> Iterator[Subject]:
    proposed = inputs.head_side.ledger if raised else None
    if ledger is None and proposed is None and inputs.base is not None:
        return  # it is said by what is unfunded
    by_consumer: dict[str, set[str]] = defaultdict(set)
    for (consumer, _), models in reached(graph).items():
        by_consumer[consumer] |= {identify(m).name for m in models}
    moved = {
        (s.change.consumer.name, identify(s.change.after).name) for c in costed for s in c.spends if s.change.after
    }
    yield from ledger_subjects(
        LedgerView(
            ledger=ledger,
            graph=graph,
            reached={k: frozenset(v) for k, v in by_consumer.items()},
            on=inputs.on,
            base=inputs.base_ledger,
            proposed=proposed,
            owners=inputs.owners,
            review=inputs.review,
            others=inputs.others,
            moved=frozenset(moved),
        )
    )


def _moving(inputs: Inputs, base: Graph, costed: tuple[CostedChange, ...]) -> Iterator[Subject]:
    """What only a change has: what it moves, and what it touches of the gate itself."""
    yield from change_subjects(costed, inputs.prices, inputs.on, inputs.ledger)
    yield from setting_subjects(inputs.base_side.settings, inputs.head_side.settings)
    yield from ignore_subjects(added(inputs.base_side.ignores, inputs.head_side.ignores))


def _acceptances(inputs: Inputs, mine: list[Subject]) -> Acceptances:
    """What was accepted, by the subjects of the tree that says so."""
    if inputs.base is None:
        return Acceptances(inputs.ignores, inputs.accepted, mine, inputs.on)
    theirs: list[Subject] = []
    if inputs.ignores:
        tip = inputs.tip or inputs.base
        theirs = list(_standing(inputs, tip, Index(tip), inputs.base_ledger, inputs.base_side, ()))
    return Acceptances(inputs.ignores, inputs.accepted, theirs, inputs.on)


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text[:10])
    except ValueError:
        return None


# -- costs -------------------------------------------------------------------------------------------------------------


def costed_changes(inputs: Inputs) -> tuple[CostedChange, ...]:
    """What changes between base and head, costed, and judged by the head's ledger."""
    assert inputs.base is not None
    lost = _lost(inputs.head)
    kept = (_without(change, lost) for change in changes(inputs.base, inputs.head))
    return tuple(_costed(inputs, change) for change in kept if change is not None)


def _lost(head: Graph) -> frozenset[str]:
    """Names of consumers that reach no model that is known, and some call that is not: they are not gone."""
    names = {n.id: n.name for n in head.nodes if isinstance(n, Consumer)}
    known = {names[consumer] for consumer, _ in reached(head)}
    return frozenset(c for left in head.unresolved for c in left.consumers) - known


def _without(change: Change, lost: frozenset[str]) -> Change | None:
    """A change without the consumers whose model is only not known any more: that is told by itself, and is no saving."""
    kept = tuple(c for c in change.consumers if c.after is not None or c.consumer.name not in lost)
    return replace(change, consumers=kept) if kept or not change.consumers else None


def _costed(inputs: Inputs, change: Change) -> CostedChange:
    aliases = inputs.settings.aliases
    switches = [
        Switch(
            c.consumer.name,
            (*c.consumer.aliases, *aliases.get(c.consumer.name, ())),
            c.before,
            c.after,
            c.consumer.account,
            c.consumer.instances,
        )
        for c in change.consumers
    ]
    graces = grace_periods(inputs.ledger)
    report = cost_of(switches, inputs.rollup, inputs.prices, inputs.on, curves=True, graces=graces)
    spends = tuple(
        Spend(c, row, _judged(inputs, c, row) if c.after is not None else None)
        for c, row in zip(change.consumers, report.rows, strict=True)
    )
    return CostedChange(change, spends, report)


def _judged(inputs: Inputs, change: ConsumerChange, row: ConsumerCost) -> Judged:
    """What the ledger says; whom to ask is what configuration, ledger or CODEOWNERS say, in this order."""
    identity, consumer = identify(change.after or ""), change.consumer
    need = Need(
        consumer=consumer.name,
        model=identity.name,
        steady_per_day=row.steady.expected,
        first_day=row.first_day.expected,
        aliases=(*consumer.aliases, *inputs.settings.aliases.get(consumer.name, ())),
        account=consumer.account,
        stage=consumer.stage,
        provider=identity.provider,
        region=identity.region,
    )
    judged = judge(inputs.ledger or Ledger(), need, inputs.on)
    owner = (
        inputs.settings.owners.get(consumer.name) or judged.owner or next(iter(inputs.owners.of(consumer.path)), None)
    )
    return judged if owner == judged.owner else replace(judged, owner=owner)
