"""Findings: what the rules say about a graph, a change and the ledger. One cause is one finding."""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from modelguard.graph.model import Field, Graph, Token
from modelguard.graph.query import Index
from modelguard.policy.rules import LEVELS, Level, Rule


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing to say. `inside` are rules of the same family on the same node that it stands for, too."""

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


@dataclass(frozen=True)
class Subject:
    """What a rule looks at: its kind, its facts, where it stands and what it is called whatever line it moves to."""

    kind: str
    key: str
    facts: Mapping[str, Any]
    path: str | None = None
    line: int | None = None
    column: int | None = None
    consumers: tuple[str, ...] = ()


def tree_subjects(graph: Graph) -> Iterator[Subject]:
    """Fields, tokens, unresolved calls and gaps of one tree."""
    index = Index(graph)
    for node in graph.nodes:
        if isinstance(node, Field) and not index.targets(node.id, "derives"):
            yield _field(index, node)
        elif isinstance(node, Token):
            yield _token(index, node)
    for left in graph.unresolved:
        facts = {"kind": left.kind, "why": left.why}
        yield Subject("unresolved", f"{left.path}:{left.kind}:{left.why}", facts, left.path, left.line)
    for gap in graph.coverage.failed:
        yield Subject("gap", gap.path, {"path": gap.path, "why": gap.why}, gap.path)


def _field(index: Index, node: Field) -> Subject:
    names = [r.consumer.name for r in index.readers(node.id) if not r.edge.dormant]
    facts = {
        "name": node.name,
        "value": node.value or "",
        "role": node.role,
        "users": len(names),
        "instances": node.instances,
    }
    return Subject("field", node.id, facts, node.path, node.line, node.column, tuple(names))


_BINDINGS = {
    "deploy-time": "baked at deploy time",
    "literal": "written into the repository",
    "runtime": "fetched while running",
    "unknown": "from nowhere that is known",
}


def _token(index: Index, node: Token) -> Subject:
    users = index.readers(node.id)
    holding = {r.consumer.id: r.consumer for r in (*users, *index.readers(node.id, "holds"))}
    platforms = {c.platform for c in holding.values()}
    accounts = sorted({c.account for c in holding.values() if c.account})
    word = "Lambdas" if platforms == {"lambda"} else "instances"
    facts = {
        "name": node.name,
        "binding": node.binding,
        "binding_words": _BINDINGS[node.binding],
        "store": node.store,
        "users": len(users),
        "instances": node.instances,
        "holding": len(holding),
        "holders": node.holders,
        "instances_word": f"{word} in {len(accounts)} accounts" if len(accounts) > 1 else word,
    }
    names = tuple(sorted(c.name for c in holding.values()))
    return Subject("token", node.id, facts, node.path, node.line, node.column, names)


def find(rules: Sequence[Rule], subjects: Iterable[Subject]) -> list[Finding]:
    """Everything the rules report: by node and family the severest, the others named inside it."""
    grouped: dict[tuple[str, str], list[tuple[Rule, Subject]]] = defaultdict(list)
    for subject in subjects:
        for rule in rules:
            if rule.on == subject.kind and rule.holds(subject.facts):
                grouped[subject.key, rule.family].append((rule, subject))
    return sorted((_finding(entries) for entries in grouped.values()), key=_order)


def _finding(entries: list[tuple[Rule, Subject]]) -> Finding:
    rule, subject = min(entries, key=lambda e: (LEVELS.index(e[0].level), e[0].id))
    mark = hashlib.sha256(f"{rule.id}\0{subject.key}".encode()).hexdigest()[:16]
    return Finding(
        rule=rule.id,
        name=rule.name,
        level=rule.level,
        message=rule.text(subject.facts),
        why=rule.why,
        help=rule.help,
        path=subject.path,
        line=subject.line,
        column=subject.column,
        consumers=subject.consumers,
        fingerprint=mark,
        inside=tuple(sorted({r.id for r, _ in entries} - {rule.id})),
    )


def _order(finding: Finding) -> tuple[object, ...]:
    place = (finding.path or "", finding.line or 0)
    return (LEVELS.index(finding.level), *place, finding.rule, finding.fingerprint)


def caused(findings: list[Finding], before: list[Finding]) -> list[Finding]:
    """Findings that were not there before, by fingerprint and how often; one that got severer was not."""
    left: dict[tuple[str, str], int] = defaultdict(int)
    for finding in before:
        left[finding.fingerprint, finding.level] += 1
    fresh = []
    for finding in findings:
        key = (finding.fingerprint, finding.level)
        if left[key]:
            left[key] -= 1
        else:
            fresh.append(finding)
    return fresh
