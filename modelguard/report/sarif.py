"""SARIF 2.1.0 (OASIS), within what GitHub's code scanning takes: result locations in the diff, evidence as related ones.

Limits: https://docs.github.com/en/code-security/code-scanning/integrating-with-code-scanning/sarif-support-for-code-scanning
"""

from __future__ import annotations

import re
from typing import Any

from modelguard import __version__
from modelguard.report.reported import Found, Place, Reported
from modelguard.report.words import address, safe

VERSION = "2.1.0"
SCHEMA = "https://json.schemastore.org/sarif-2.1.0.json"
HOME = "https://github.com/modelguard/modelguard"
MOST_RESULTS = 5_000
"""GitHub shows no more of one run; the severest come first."""
MOST_RELATED = 100
MOST_FLOWS = 20
_LEVELS = {"error": "error", "warning": "warning", "note": "note"}
_BRACKETS = re.compile(r"([\\\[\]])")


def document(report: Reported) -> dict[str, Any]:
    """The report as one SARIF run, ready for json.dumps."""
    shown = report.findings[:MOST_RESULTS]
    rules = {f.rule: f for f in shown}
    order = sorted(rules)
    return {
        "$schema": SCHEMA,
        "version": VERSION,
        "runs": [
            {
                "tool": {"driver": _driver([rules[r] for r in order])},
                "automationDetails": {"id": f"modelguard/{safe(report.root)}"},
                "invocations": [_invocation(report)],
                "originalUriBaseIds": {"%SRCROOT%": {"description": {"text": "the top of the repository"}}},
                "columnKind": "unicodeCodePoints",
                "results": [_result(report, f, order.index(f.rule)) for f in shown],
            }
        ],
    }


def _driver(rules: list[Found]) -> dict[str, Any]:
    return {
        "name": "modelguard",
        "semanticVersion": __version__,
        "informationUri": HOME,
        "rules": [
            {
                "id": rule.rule,
                "name": safe(rule.name) or rule.rule,
                "shortDescription": {"text": safe(rule.name.replace("-", " ")) or rule.rule},
                "fullDescription": {"text": safe(rule.why) or safe(rule.message)},
                "help": {"text": safe(f"{rule.help}. More: modelguard explain {rule.rule}")},
                "defaultConfiguration": {"level": _LEVELS[rule.level]},
                "properties": {"tags": ["llm-spend"]},
            }
            for rule in rules
        ],
    }


def _invocation(report: Reported) -> dict[str, Any]:
    """A file that could not be read is not silence: GitHub shows these notifications in the tool's status."""
    gaps = [
        {
            "level": "warning",
            "message": {"text": _text(f"could not be read: {gap.why}")},
            "locations": [_location(report, (gap.path, 1))],
        }
        for gap in report.coverage.failed[:MOST_RELATED]
    ]
    audits = [
        {"level": "warning", "message": {"text": _text(f"passed by label {a.label} of {a.by}: {a.passed_over}")}}
        for a in report.audit
    ]
    return {"executionSuccessful": True, "toolExecutionNotifications": [*audits, *gaps]}


def _result(report: Reported, finding: Found, index: int) -> dict[str, Any]:
    primary = finding.primary
    own = (finding.path, finding.line or 1) if finding.path else None
    place = (primary.path, primary.line) if primary else own or ("budgets.yaml", 1)
    column = finding.column if place == own else None
    marks = {"modelguardFingerprint/v1": finding.fingerprint}
    if primary is not None and primary.line_hash:
        marks["primaryLocationLineHash"] = primary.line_hash
    result: dict[str, Any] = {
        "ruleId": finding.rule,
        "ruleIndex": index,
        "level": _LEVELS[finding.level],
        "message": {"text": _text(finding.message)},
        "locations": [_location(report, place, column)],
        "partialFingerprints": marks,
    }
    related = _related(report, finding, place)
    if related:
        result["relatedLocations"] = related
    flows = [_flow(report, trail.consumer, trail.via) for trail in finding.evidence[:MOST_FLOWS] if trail.via]
    if flows:
        result["codeFlows"] = flows
    if finding.suppressed is not None:
        result["suppressions"] = [{"kind": "external", "justification": safe(finding.suppressed.reason)}]
    return result


def _related(report: Reported, finding: Found, place: Place) -> list[dict[str, Any]]:
    """The finding's own line, where another is shown for it, then the evidence, each place once."""
    told: dict[Place, str] = {}
    if finding.path and finding.line and (finding.path, finding.line) != place:
        told[finding.path, finding.line] = "what this is about"
    for trail in finding.evidence:
        for at in trail.via:
            told.setdefault(at, f"on the way to {trail.consumer}")
    kept = list(told.items())[:MOST_RELATED]
    return [
        {**_location(report, at), "id": number, "message": {"text": _text(words)}}
        for number, (at, words) in enumerate(kept, 1)
    ]


def _flow(report: Reported, consumer: str, via: tuple[Place, ...]) -> dict[str, Any]:
    steps = [{"location": _location(report, at)} for at in via[:MOST_RELATED]]
    return {"message": {"text": _text(consumer)}, "threadFlows": [{"locations": steps}]}


def _location(report: Reported, place: Place, column: int | None = None) -> dict[str, Any]:
    path, line = place
    region: dict[str, Any] = {"startLine": line} | ({"startColumn": column} if column else {})
    artifact = {"uri": address(report.root + path), "uriBaseId": "%SRCROOT%"}
    return {"physicalLocation": {"artifactLocation": artifact, "region": region}}


def _text(text: str) -> str:
    """A message's text: brackets are escaped, which would be links otherwise (SARIF 2.1.0, 3.11.6)."""
    return _BRACKETS.sub(r"\\\1", safe(text))
