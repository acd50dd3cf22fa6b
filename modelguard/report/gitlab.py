"""GitLab's code quality report, which merge requests show beside the lines.

https://docs.gitlab.com/ci/testing/code_quality/#code-quality-report-format. The note for the merge request is the
Markdown report: GitLab's Markdown takes the same (report/markdown.py).
"""

from __future__ import annotations

from typing import Any

from modelguard.report.reported import Found, Reported
from modelguard.report.words import safe

_SEVERITIES = {"error": "critical", "warning": "major", "note": "info"}


def document(report: Reported) -> list[dict[str, Any]]:
    """Open findings, ready for json.dumps. A fingerprint comes once: GitLab takes two with the same for one."""
    seen: dict[str, int] = {}
    shown = []
    for finding in report.open():
        seen[finding.fingerprint] = again = seen.get(finding.fingerprint, 0) + 1
        mark = finding.fingerprint if again == 1 else f"{finding.fingerprint}-{again}"
        shown.append(_issue(report, finding, mark))
    return shown


def _issue(report: Reported, finding: Found, mark: str) -> dict[str, Any]:
    place = finding.primary
    path, line = (place.path, place.line) if place else (finding.path or "budgets.yaml", finding.line or 1)
    return {
        "description": safe(f"{finding.rule} {finding.message}. {finding.help}"),
        "check_name": safe(f"{finding.rule} {finding.name}".strip()),
        "fingerprint": mark,
        "severity": _SEVERITIES[finding.level],
        "location": {"path": safe(report.root + path), "lines": {"begin": line}},
    }
