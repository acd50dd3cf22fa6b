"""The check as a modelguard.report/1 document."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from modelguard.cost.model import row_document
from modelguard.policy.check import CheckReport, CostedChange, Spend
from modelguard.policy.findings import Finding
from modelguard.report.details import Evidences, of_change, of_consumer, of_finding
from modelguard.report.graph_json import coverage
from modelguard.report.places import Places

SCHEMA = "modelguard.report/1"


def document(report: CheckReport, places: Places | None = None) -> dict[str, Any]:
    """The whole report, ready for json.dumps. Amounts are unrounded decimal strings, null where unknown.

    With `places`, each finding says at which line of the diff to show it.
    """
    evidences = Evidences(report)
    return {
        "schema": SCHEMA,
        "verdict": report.verdict,
        "base": report.inputs.base_commit,
        "head": report.inputs.head_commit,
        "base_name": report.inputs.base_name,
        "head_name": report.inputs.head_name,
        "root": places.root if places else "",
        "changes": [_change(entry) | of_change(report, entry) for entry in report.changes],
        "findings": [_finding(finding) | of_finding(finding, evidences, places) for finding in report.findings],
        "coverage": coverage(report.inputs.head.coverage),
    }


def _change(entry: CostedChange) -> dict[str, Any]:
    change = entry.change
    return {
        "field": change.field.id,
        "path": change.field.path,
        "line": change.field.line,
        "from": change.before,
        "to": change.after,
        "consumers": [_spend(spend) for spend in entry.spends],
        "prices_only_per_day": None if entry.cost.prices_only is None else f"{entry.cost.prices_only:f}",
    }


def _spend(spend: Spend) -> dict[str, Any]:
    change, judged = spend.change, spend.judged
    budget = None
    if judged is not None:
        needed = judged.need.steady_per_day
        budget = {
            "allocated_per_day": f"{judged.allocated_per_day:f}",
            "needed_per_day": None if needed is None else f"{needed:f}",
            "verdict": judged.verdict,
            "owner": judged.owner,
            "why": judged.why,
        }
    return {
        "name": change.consumer.name,
        "instances": change.consumer.instances,
        "account": change.consumer.account,
        "certainty": change.certainty,
        "why": change.why,
        "via": [list(place) for place in change.via],
        # The curve by hour is long, and `modelguard cost` has it.
        "cost": row_document(replace(spend.cost, warming=None)),
        "budget": budget,
        **of_consumer(spend),
    }


def _finding(finding: Finding) -> dict[str, Any]:
    return {
        "rule": finding.rule,
        "level": finding.level,
        "message": finding.message,
        "help": finding.help,
        "path": finding.path,
        "line": finding.line,
        "column": finding.column,
        "consumers": list(finding.consumers),
        "inside": list(finding.inside),
        "fingerprint": finding.fingerprint,
        "suppressed": None
        if finding.suppressed is None
        else {
            "reason": finding.suppressed.reason,
            "expires": finding.suppressed.expires,
            "where": finding.suppressed.where,
        },
    }
