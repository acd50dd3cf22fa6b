"""The check for a terminal, in the order a reviewer asks: does it pass, what moves, whom, how much, why, what now."""

from __future__ import annotations

import textwrap
from collections.abc import Iterable, Iterator

from modelguard.budget.ledger import suggest
from modelguard.graph.diff import ConsumerChange
from modelguard.graph.model import Field
from modelguard.graph.query import Index
from modelguard.policy.check import CheckReport, CostedChange, Spend
from modelguard.policy.findings import Finding
from modelguard.report.reasons import reasons
from modelguard.report.words import biller, count, dollars, model, platform, safe

WIDTH = 80
_BUDGET_RULES = frozenset({"MG301", "MG302", "MG303"})
"""Told by the table of a change, so not repeated below it."""
_BUDGET_WORDS = {"covered": "funded ✓", "missing": "none ✗", "exceeded": "over ✗", "unknown": "unchecked"}


def render(report: CheckReport) -> str:
    """The whole report; plain text, nothing of it is a terminal's escape."""
    if report.inputs.base is not None and not report.changes and not report.findings:
        where = f"{safe(report.inputs.head_name)} → {safe(report.inputs.base_name)}"
        return f"{report.verdict.upper()}  {where}   changes no model, token, call, budget or rule\n"
    lines = [*_headline(report), ""]
    for change in report.changes:
        if change.spends:
            lines += [*_change(report, change), ""]
    lines += _findings(report)
    lines += _coverage(report)
    return "\n".join(lines).rstrip() + "\n"


def _headline(report: CheckReport) -> Iterator[str]:
    verdict = report.verdict.upper()
    inputs = report.inputs
    if inputs.base is None:
        errors = sum(1 for f in report.told if f.level == "error")
        warnings = sum(1 for f in report.told if f.level == "warning")
        yield f"{verdict}  {count(errors, 'error')}, {count(warnings, 'warning')}"
        return
    moved = [s for c in report.changes for s in c.spends]
    where = f"{safe(inputs.head_name)} → {safe(inputs.base_name)}"
    if not moved:
        yield f"{verdict}  {where}   no consumer's model changes"
        return
    consumers = {s.change.consumer.id: s.change.consumer for s in moved}
    instances = sum(c.instances for c in consumers.values())
    funded = sum(1 for s in moved if s.judged is None or s.judged.verdict == "covered")
    fields = count(len({c.change.field.id for c in report.changes if c.spends}), "model field")
    who = f"{count(len(consumers), 'consumer')} ({count(instances, 'instance')})"
    yield f"{verdict}  {where}   {fields} changed · {who} · {funded} funded"


# -- a change --------------------------------------------------------------------------------------------------------------


def _change(report: CheckReport, entry: CostedChange) -> Iterator[str]:
    change = entry.change
    yield f"{safe(change.field.path)}:{change.field.line}   {safe(change.field.name)}"
    billed = biller(change.after or change.before)
    arrow = f"  {model(change.before)}  →  {model(change.after)}"
    yield f"{arrow}      ({billed})" if billed else arrow
    yield ""
    yield from _table(entry)
    yield ""
    yield from _reasons(entry)
    yield from _unreached(report, change.field)
    yield from _evidence(entry)
    yield from _remedies(report, entry)


def _table(entry: CostedChange) -> Iterator[str]:
    names = max([len(s.change.consumer.name) for s in entry.spends] + [len("known total")])
    kinds = max([len(platform(s.change.consumer)) for s in entry.spends] + [len("runs as")])
    width = max(9, *(len(dollars(s.cost.first_day.expected)) for s in entry.spends)) + 1
    yield f"  {'read by':{names}}  {'runs as':{kinds}}  {'today':>{width}}  {'steady':>{width}}  {'first day':>{width}}  budget"
    for spend in entry.spends:
        yield _row(spend, names, kinds, width)
    total = entry.cost
    if total.steady.expected is not None and len(entry.spends) > 1:
        yield "  " + "─" * (names + kinds + 3 * width + 15)
        figures = (total.before.expected, total.steady.expected, total.first_day.expected)
        shown = "  ".join(dollars(f).rjust(width) for f in figures)
        yield f"  {'known total':{names}}  {'':{kinds}}  {shown}  a day"


def _row(spend: Spend, names: int, kinds: int, width: int) -> str:
    consumer = spend.change.consumer
    start = f"  {safe(consumer.name):{names}}  {platform(consumer):{kinds}}  "
    budget = _BUDGET_WORDS[spend.judged.verdict] if spend.judged is not None else "gone"
    if spend.cost.source == "unknown":
        return start + "unknown".rjust(width) + " " * (2 * width + 4) + f"  {budget}"
    figures = (spend.cost.before.expected, spend.cost.steady.expected, spend.cost.first_day.expected)
    return start + "  ".join(dollars(f).rjust(width) for f in figures) + f"  {budget}"


def _reasons(entry: CostedChange) -> Iterator[str]:
    for reason in reasons(entry):
        yield from _wrapped(reason, "  ")
        yield ""


def _unreached(report: CheckReport, field: Field) -> Iterator[str]:
    sites = Index(report.inputs.head).unreached_reads(field.id)
    if sites:
        places = ", ".join(f"{safe(s.path)}:{s.line}" for s in sites[:5])
        more = f" and {len(sites) - 5} more" if len(sites) > 5 else ""
        yield from _wrapped(f"Also read by {places}{more}, which no entry point reaches.", "  ")
        yield ""


def _evidence(entry: CostedChange) -> Iterator[str]:
    yield "  how each gets it"
    for spend in entry.spends:
        change = spend.change
        yield f"    {safe(change.consumer.name)}" + (
            f"   {change.certainty}: {safe(change.why)}" if _doubtful(change) else ""
        )
        steps = " → ".join(f"{safe(path)}:{line}" for path, line in change.via)
        yield from textwrap.wrap(
            steps,
            WIDTH + 20,
            initial_indent="      ",
            subsequent_indent="      ",
            break_long_words=False,
            break_on_hyphens=False,
        )
    yield ""


def _doubtful(change: ConsumerChange) -> bool:
    return change.certainty != "certain" and bool(change.why)


def _remedies(report: CheckReport, entry: CostedChange) -> Iterator[str]:
    judged = [s.judged for s in entry.spends if s.judged is not None]
    lacking = [j for j in judged if j.verdict in ("missing", "exceeded")]
    if not lacking:
        return
    yield "  To let it through, one of"
    owners: dict[str, list[str]] = {}
    for entry_judged in lacking:
        if entry_judged.owner:
            owners.setdefault(entry_judged.owner, []).append(entry_judged.need.consumer)
    yield f"    fund it     {count(len(lacking), 'entry', 'entries')} under allocations: in budgets.yaml"
    if owners:
        who = ", ".join(f"{safe(o)} ({', '.join(map(safe, names))})" for o, names in owners.items())
        yield from _wrapped(f"who to ask: {who}", "                ", WIDTH + 10)
    if len(judged) > 1:
        yield from _wrapped(
            f"narrow it   give the one that needs {model(entry.change.after)} a field of its own and leave"
            f" {safe(entry.change.field.name)} as it is for the others",
            "    ",
            WIDTH,
            "                ",
        )
    for line in lacking:
        if line.why and line.why != "no allocation":
            yield f"    {safe(line.need.consumer)}: {safe(line.why)}"
    yield ""
    yield from suggest(lacking).rstrip("\n").split("\n")


# -- findings ----------------------------------------------------------------------------------------------------------------


def _findings(report: CheckReport) -> Iterator[str]:
    told = _BUDGET_RULES if report.changes else frozenset()
    shown = [f for f in report.told if f.rule not in told]
    for finding in shown:
        yield from _finding(finding)


def _finding(finding: Finding) -> Iterator[str]:
    yield f"{finding.level:8} {finding.rule}  {safe(finding.message)}"
    if finding.path is not None:
        place = f"{safe(finding.path)}:{finding.line}" if finding.line else safe(finding.path)
        yield f"  {place}"
    if finding.consumers and finding.level != "note":
        yield from _wrapped("used by " + ", ".join(map(safe, finding.consumers)), "  ")
    if finding.why and finding.level != "note":
        yield from _wrapped(f"why   {finding.why}", "  ", WIDTH, "        ")
    if finding.help and finding.level != "note":
        yield from _wrapped(f"fix   {finding.help}", "  ", WIDTH, "        ")
    yield ""


def _coverage(report: CheckReport) -> Iterator[str]:
    coverage = report.inputs.head.coverage
    known = f"{coverage.calls_resolved} of {count(coverage.calls, 'model call')} resolved"
    gaps = f", {count(len(coverage.failed), 'file')} could not be read" if coverage.failed else ""
    accepted = len(report.findings) - len(report.told)
    also = f", {count(accepted, 'finding')} accepted before" if accepted else ""
    yield f"{count(coverage.files, 'file')} looked at, {coverage.parsed} read, {known}{gaps}{also}"


def _wrapped(text: str, indent: str, width: int = WIDTH, later: str | None = None) -> Iterable[str]:
    return textwrap.wrap(
        text,
        width,
        initial_indent=indent,
        subsequent_indent=indent if later is None else later,
        break_long_words=False,
        break_on_hyphens=False,
    )
