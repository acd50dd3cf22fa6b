"""Findings: what the rules say about a graph, a change and the ledger. One cause is one finding."""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from modelguard.policy.rules import LEVELS, Level, Rule, RuleFailed

RULE_FAILED = "MG700"
"""The finding about a rule that could not be evaluated. It is no rule itself, and no configuration turns it off."""


@dataclass(frozen=True, slots=True)
class Suppressed:
    """That a finding was accepted: why, until when (ISO date, None for good), and where that is written."""

    reason: str
    expires: str | None = None
    where: str = ""


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing to say. `inside` are rules of the same family on the same node that it stands for, too.

    `fingerprint` tells it from others whatever line it moves to. One that is `suppressed` does not fail the gate.
    """

    rule: str
    name: str
    level: Level
    message: str
    why: str
    help: str
    path: str | None
    line: int | None
    column: int | None
    consumers: tuple[str, ...]
    fingerprint: str
    inside: tuple[str, ...] = ()
    suppressed: Suppressed | None = None
    key: str = ""
    """What it is about, whatever line that moves to: a node's id, an entry of the ledger."""


@dataclass(frozen=True)
class Subject:
    """What a rule looks at: its kind, its facts, where it stands and what it is called whatever line it moves to.

    `anchor` is what an ignore comment beside it covers: the field, for a change of it; the key unless given.
    """

    kind: str
    key: str
    facts: Mapping[str, Any]
    path: str | None = None
    line: int | None = None
    column: int | None = None
    consumers: tuple[str, ...] = ()
    anchor: str = ""

    @property
    def about(self) -> str:
        """The anchor, or the key where none was given."""
        return self.anchor or self.key


@dataclass
class _Failures:
    """Rules that raised: how often, and the first reason."""

    found: dict[str, tuple[Rule, str, int]] = field(default_factory=dict)

    def add(self, rule: Rule, why: str) -> None:
        _, first, count = self.found.get(rule.id, (rule, why, 0))
        self.found[rule.id] = (rule, first, count + 1)

    def findings(self) -> list[Finding]:
        return [_broken(rule, why, count) for rule, why, count in self.found.values()]


Accept = Callable[[str, Subject], Suppressed | None]
"""Why a finding of a rule about a subject was accepted, None where it was not."""


def find(
    rules: Sequence[Rule],
    subjects: Iterable[Subject],
    thresholds: Mapping[str, float] | None = None,
    accept: Accept | None = None,
) -> list[Finding]:
    """Everything the rules report: by node and family the severest, the others named inside it.

    What was accepted stands by itself, so that it hides no other rule of its family.

    A rule that can't be evaluated for a subject is a finding of its own, an error: what it would have said is not known.
    """
    by_kind: dict[str, list[Rule]] = defaultdict(list)
    for rule in rules:
        by_kind[rule.over].append(rule)
    grouped: dict[tuple[str, str, Suppressed | None], list[tuple[Rule, Subject]]] = defaultdict(list)
    failed = _Failures()
    for subject in subjects:
        for rule in by_kind[subject.kind]:
            try:
                if rule.holds(subject.facts, thresholds):
                    accepted = accept(rule.id, subject) if accept is not None else None
                    grouped[subject.key, rule.family, accepted].append((rule, subject))
            except RuleFailed as problem:
                failed.add(rule, str(problem))
    found = [_finding(entries, accepted) for (_, _, accepted), entries in grouped.items()]
    return sorted([*found, *failed.findings()], key=order)


def fingerprint(rule: str, key: str) -> str:
    """16 hex digits that stay the same while the subject keeps its name, wherever its lines move."""
    return hashlib.sha256(f"{rule}\0{key}".encode()).hexdigest()[:16]


def _finding(entries: list[tuple[Rule, Subject]], accepted: Suppressed | None) -> Finding:
    rule, subject = min(entries, key=lambda e: (LEVELS.index(e[0].level), e[0].id))
    return Finding(
        rule=rule.id,
        name=rule.name,
        level=rule.level,
        message=rule.text(subject.facts),
        why=rule.why,
        help=rule.text_of(rule.remedy, subject.facts),
        path=subject.path,
        line=subject.line,
        column=subject.column,
        consumers=subject.consumers,
        fingerprint=fingerprint(rule.id, subject.key),
        inside=tuple(sorted({r.id for r, _ in entries} - {rule.id})),
        suppressed=accepted,
        key=subject.key,
    )


def _broken(rule: Rule, why: str, count: int) -> Finding:
    things = f"a {rule.over}" if count == 1 else f"{count} subjects ({rule.over})"
    return Finding(
        rule=RULE_FAILED,
        name="rule-failed",
        level="error",
        message=f"{rule.id} can't be evaluated for {things}: {why}",
        why="A rule that fails has not said that all is well.",
        help=f"ask for what is unknown first, as in `cost.known && …`; modelguard rules test runs {rule.id}'s examples",
        path=rule.path or None,
        line=rule.line or None,
        column=None,
        consumers=(),
        fingerprint=fingerprint(RULE_FAILED, rule.id),
        key=rule.id,
    )


def order(finding: Finding) -> tuple[object, ...]:
    """Severest first, then by place."""
    place = (finding.path or "", finding.line or 0)
    return (LEVELS.index(finding.level), *place, finding.rule, finding.fingerprint)


def caused(findings: list[Finding], before: list[Finding]) -> list[Finding]:
    """Findings that were not there before, by fingerprint and how often; one that got severer was not.

    One that only moved to another file, with nobody new in it, was there before. A rule that failed is always told:
    nobody knows what it would have said of the change.
    """
    left: dict[tuple[str, str], list[Finding]] = defaultdict(list)
    for finding in before:
        left[finding.fingerprint, finding.level].append(finding)
    fresh = []
    for finding in findings:
        same = left[finding.fingerprint, finding.level]
        if same and finding.rule != RULE_FAILED:
            same.pop()
        else:
            fresh.append(finding)
    gone = [finding for rest in left.values() for finding in rest]
    return [finding for finding in fresh if finding.rule == RULE_FAILED or not _moved(finding, gone)]


def _moved(finding: Finding, gone: list[Finding]) -> bool:
    """Whether one that is gone was the same, in another file; that one is used up."""
    for old in gone:
        alike = (old.rule, old.level, _without_path(old)) == (finding.rule, finding.level, _without_path(finding))
        if alike and old.path != finding.path and set(finding.consumers) <= set(old.consumers):
            gone.remove(old)
            return True
    return False


def _without_path(finding: Finding) -> str:
    return finding.key.replace(finding.path, "") if finding.path else finding.key
