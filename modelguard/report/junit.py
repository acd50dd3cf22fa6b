"""JUnit XML, as Jenkins, GitLab, Azure Pipelines and CircleCI read it: one test a change and a finding."""

from __future__ import annotations

import re
from xml.sax.saxutils import escape, quoteattr

from modelguard.report.reported import Found, Reported
from modelguard.report.words import safe

_NOT_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def render(report: Reported) -> str:
    """One suite. An error that nobody accepted is a failure unless the report passes; all else is a test that passed."""
    cases = [_case(report, finding) for finding in report.findings]
    if not cases:
        cases = ['    <testcase classname="modelguard" name="no finding"/>\n']
    failures = sum("<failure" in case for case in cases)
    skipped = sum("<skipped" in case for case in cases)
    counts = f'tests="{len(cases)}" failures="{failures}" errors="0" skipped="{skipped}"'
    return (
        '<?xml version="1.0" encoding="UTF-8"?>\n'
        f"<testsuites {counts}>\n"
        f'  <testsuite name="modelguard" {counts}>\n'
        f"{''.join(cases)}  </testsuite>\n</testsuites>\n"
    )


def _case(report: Reported, finding: Found) -> str:
    path = report.root + finding.path if finding.path else ""
    name = f"{finding.rule} {finding.message}"
    place = f" file={_attribute(path)}" if path else ""
    place += f' line="{finding.line}"' if finding.line else ""
    head = f"    <testcase classname={_attribute(f'modelguard.{finding.rule}')} name={_attribute(name)}{place}"
    at = f"{path}:{finding.line}\n" if path else ""
    body = _text(f"{at}{finding.message}\n{finding.why}\nfix: {finding.help}")
    if finding.suppressed is not None:
        return f"{head}>\n      <skipped message={_attribute(finding.suppressed.reason)}/>\n    </testcase>\n"
    if finding.level == "error" and report.verdict == "fail":
        message = _attribute(finding.message)
        return f"{head}>\n      <failure type={_attribute(finding.level)} message={message}>{body}</failure>\n    </testcase>\n"
    return f"{head}>\n      <system-out>{body}</system-out>\n    </testcase>\n"


def _attribute(text: str) -> str:
    return quoteattr(_NOT_XML.sub("�", safe(text)))


def _text(text: str) -> str:
    lines = (safe(line) for line in text.split("\n"))
    return escape(_NOT_XML.sub("�", "\n".join(lines)))
