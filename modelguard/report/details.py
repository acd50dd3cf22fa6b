"""What a report's document says for those who show it: words, evidence, where on the diff, lines to paste."""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal
from typing import Any

from modelguard.budget.ledger import suggest
from modelguard.graph.model import Field, Token
from modelguard.graph.query import Index
from modelguard.policy.check import CheckReport, CostedChange, Spend
from modelguard.policy.findings import Finding
from modelguard.report.places import Place, Places
from modelguard.report.reasons import reasons
from modelguard.report.words import biller, platform

Evidence = list[tuple[str, tuple[Place, ...]]]
MOST_TRAILS = 60
"""Consumers whose way is written down for one finding; its message counts them all."""


def of_change(report: CheckReport, entry: CostedChange) -> dict[str, Any]:
    """A change's name, biller, known totals, reasons, readers that nothing runs, and ledger lines."""
    change, total = entry.change, entry.cost
    lacking = [s.judged for s in entry.spends if s.judged and s.judged.verdict in ("missing", "exceeded")]
    sites = Index(report.inputs.head).unreached_reads(change.field.id)
    return {
        "name": change.field.name,
        "billed_by": biller(change.after or change.before),
        "total": {
            "source": "measured" if total.steady.expected is not None else "unknown",
            "before_per_day": _interval(total.before.expected),
            "steady_per_day": _interval(total.steady.expected),
            "first_day": _interval(total.first_day.expected),
        },
        "why": " ".join(reasons(entry)),
        "unreached": [[site.path, site.line] for site in sites],
        "suggest": suggest(lacking),
    }


def _interval(expected: Decimal | None) -> dict[str, str | None]:
    return {"low": None, "expected": None if expected is None else f"{expected:f}", "high": None}


def of_consumer(spend: Spend) -> dict[str, Any]:
    """What a consumer is, in words."""
    return {"runs_as": platform(spend.change.consumer)}


class Evidences:
    """The ways that findings rest on, looked up in the graph once."""

    def __init__(self, report: CheckReport) -> None:
        self._report = report
        self._index = Index(report.inputs.head)
        self._nodes = {(n.path, n.line, n.column): n for n in report.inputs.head.nodes if isinstance(n, (Field, Token))}

    def of(self, finding: Finding) -> Evidence:
        """For each consumer that a finding names, how it comes to what the finding is about."""
        found = self._of_change(finding) or self._of_node(finding)
        return found[:MOST_TRAILS]

    def _of_change(self, finding: Finding) -> Evidence:
        return [
            (spend.change.consumer.name, spend.change.via)
            for entry in self._report.changes
            if finding.key.startswith(f"{entry.change.field.id}:")
            for spend in entry.spends
            if spend.change.consumer.name in finding.consumers
        ]

    def _of_node(self, finding: Finding) -> Evidence:
        node = self._index.nodes.get(finding.key)
        if not isinstance(node, (Field, Token)):
            return []
        readers = [*self._index.readers(node.id), *self._index.readers(node.id, "holds")]
        return [(r.consumer.name, r.edge.via) for r in readers if r.consumer.name in finding.consumers]


def of_finding(finding: Finding, evidences: Evidences, places: Places | None) -> dict[str, Any]:
    """A finding's name, reason, evidence, and the line of the diff to show it at."""
    evidence = evidences.of(finding)
    shown: dict[str, Any] = {
        "name": finding.name,
        "why": finding.why,
        "evidence": [{"consumer": name, "via": [list(place) for place in via]} for name, via in evidence],
    }
    if places is not None:
        own = (finding.path, finding.line or 1) if finding.path else None
        place = places.primary(own, _in_order(evidence))
        if place is not None:
            shown["primary"] = {"path": place[0], "line": place[1], "line_hash": places.hash(place)}
    return shown


def _in_order(evidence: Evidence) -> Iterable[Place]:
    return (place for _, via in evidence for place in via)
