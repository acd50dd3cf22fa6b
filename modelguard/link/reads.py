"""Reads: the places where visited code takes a value out of configuration or the environment."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Set
from dataclasses import dataclass

from modelguard.extract import facts as f
from modelguard.extract.mentions import called_name
from modelguard.link.forward import selects_model
from modelguard.link.frames import Frame
from modelguard.link.relevance import Relevance
from modelguard.link.resolve import Resolver
from modelguard.link.runners import Runner
from modelguard.link.values import Outcome, Outcomes
from modelguard.link.walk import Walked

_LOOKUPS = frozenset({"getenv", "get", "setdefault", "pop", "getattr", "config"})
MAX_READ_STEPS = 20_000
"""Most evaluations for the reads of one consumer that no call follows; beyond it they are reported as cut."""
MAX_ALL_READ_STEPS = 1_000_000
"""The same for all consumers together."""


@dataclass(frozen=True, eq=False)
class Read:
    """A place where code takes a value out of configuration or the environment, and what it may be there."""

    runner: Runner | None
    frame: Frame
    outcomes: Outcomes


class Reading:
    """What may be a read: of one of `words`, or of a name that selects a model."""

    def __init__(self, relevance: Relevance, words: Set[str]) -> None:
        self._relevance = relevance
        self._words = words
        self._known: dict[int, bool] = {}

    def is_notable(self, scope: f.Scope) -> bool:
        """Whether a scope may read anything, by the names that it mentions and what it looks up."""
        if id(scope) not in self._known:
            self._known[id(scope)] = any(map(self._wanted, scope.mentions)) or any(map(self._looks_up, scope.calls))
        return self._known[id(scope)]

    def look(self, resolver: Resolver, frame: Frame) -> bool:
        """Evaluate what an activation reads; one that is given the same reads the same."""
        for _ in self.of(resolver, frame):
            pass
        return True

    def of(self, resolver: Resolver, frame: Frame) -> Iterator[Outcomes]:
        """What is read in a visited frame, of whatever may be a field or token by its name."""
        for expr in self._relevance.expressions(frame.scope):
            name = ""
            if isinstance(expr, f.Get) and isinstance(expr.key, f.Lit):
                name = str(expr.key.value)
            elif isinstance(expr, f.Var):
                name = expr.name.split("#", 1)[0]
            if name and self._wanted(name):
                yield from _read_here(frame, resolver.evaluate(expr, frame), expr.at)
        for call in frame.scope.calls:
            if self._looks_up(call):
                yield from _read_here(frame, resolver.calls.value(call, frame), call.at)

    def _wanted(self, name: str) -> bool:
        return name in self._words or selects_model(name)

    def _looks_up(self, call: f.Call) -> bool:
        if called_name(call) not in _LOOKUPS:
            return False
        return any(self._wanted(str(a.value.value)) for a in call.args if isinstance(a.value, f.Lit))


def all_reads(resolver: Resolver, reading: Reading, walked: Walked) -> tuple[Read, ...]:
    """The reads of every visit; each frame is looked at once, however many consumers share it."""
    known: dict[int, tuple[Outcomes, ...]] = {}
    spent: Counter[int] = Counter()
    total = 0
    found: list[Read] = []
    for visit in walked.visits:
        key, who = id(visit.frame), id(visit.runner)
        if key not in known:
            if spent[who] > MAX_READ_STEPS or total > MAX_ALL_READ_STEPS:
                if visit.runner is not None and visit.runner not in walked.cut:
                    walked.cut.append(visit.runner)
                continue
            before = resolver.steps
            known[key] = tuple(reading.of(resolver, visit.frame))
            steps = resolver.steps - before
            spent[who] += steps
            total += steps
        found.extend(Read(visit.runner, visit.frame, outcomes) for outcomes in known[key])
    return tuple(found)


def _read_here(frame: Frame, outcomes: Outcomes, at: f.Span) -> Iterator[Outcomes]:
    """Only what is read at this very place; elsewhere it was read before and only travels on."""
    here = tuple(o for o in outcomes if o.trail and _is_read(o, frame.path, at))
    if here:
        yield here


def _is_read(outcome: Outcome, path: str, at: f.Span) -> bool:
    step = outcome.trail[0]
    return step.kind == "read" and step.path == path and (step.line, step.column) == at
