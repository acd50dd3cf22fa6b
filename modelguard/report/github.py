"""GitHub's workflow commands: annotations beside the lines of a pull request.

https://docs.github.com/en/actions/reference/workflow-commands-for-github-actions; a step shows ten of each kind.
"""

from __future__ import annotations

from modelguard.report.reported import Found, Reported
from modelguard.report.words import count, safe

MOST = 10
_KINDS = {"error": "error", "warning": "warning", "note": "notice"}


def render(report: Reported) -> str:
    """A command a finding, ten of each level at most; what is left out is said. Empty where nothing is to say."""
    lines = []
    for level, kind in _KINDS.items():
        found = report.open(level)
        # The last place of a level says how many there are no places for.
        shown = found if len(found) <= MOST else found[: MOST - 1]
        lines += [_command(report, finding, kind) for finding in shown]
        if len(shown) < len(found):
            more = count(len(found) - len(shown), f"more {kind}")
            lines.append(f"::{kind} title=modelguard::{more}, see the report")
    return "".join(f"{line}\n" for line in lines)


def _command(report: Reported, finding: Found, kind: str) -> str:
    place = finding.primary
    path, line = (place.path, place.line) if place else (finding.path, finding.line)
    fields = {"file": report.root + path} if path else {}
    if path and line:
        fields["line"] = str(line)
    fields["title"] = f"{finding.rule} {finding.name}".strip()
    own = (
        f"{finding.path}:{finding.line} " if place and (place.path, place.line) != (finding.path, finding.line) else ""
    )
    text = f"{own if finding.path else ''}{finding.message}. {finding.help}"
    return f"::{kind} {','.join(f'{k}={_property(v)}' for k, v in fields.items())}::{_data(text)}"


def _data(text: str) -> str:
    return safe(text).replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _data(text).replace(":", "%3A").replace(",", "%2C")
