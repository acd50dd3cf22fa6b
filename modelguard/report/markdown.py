"""The pull request's comment, in the order a reviewer asks: does it pass, how much, whom, why, what now.

Nothing to say is an empty text. GitHub takes 65,536 characters for a comment: a longer report says less of the many,
and how many there are.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal

from modelguard.report.blast import flowchart
from modelguard.report.markup import Links, code, fenced, folded, sentence
from modelguard.report.reported import Found, Moved, Reader, Reported
from modelguard.report.words import count, dollars, model, remedy, widest

LIMIT = 65_000
"""Bytes of UTF-8, so that the characters are fewer however they are counted."""
MARKER = "<!-- modelguard:report -->"
"""First line of every comment: by it the comment is found again and edited."""
BUDGET_RULES = frozenset({"MG301", "MG302", "MG303"})
"""What the table of a change tells, so no finding repeats it."""
_BUDGET = {"covered": "funded", "missing": "**none**", "exceeded": "**over**", "unknown": "unchecked"}


@dataclass(frozen=True, slots=True)
class _Plan:
    """How much of the many is shown: changes, consumers of each, findings, and whether the folded parts are."""

    changes: int
    rows: int
    findings: int
    folds: bool = True


_PLANS = (_Plan(20, 60, 50), _Plan(10, 25, 25), _Plan(5, 10, 10), _Plan(5, 10, 10, False), _Plan(1, 3, 3, False))


def render(report: Reported, links: Links | None = None, footer: str = "", marker: str = MARKER) -> str:
    """The comment, or an empty text. `footer` is Markdown of our own, said last."""
    if not speaks(report):
        return ""
    for plan in _PLANS:
        text = "\n\n".join([marker, *_parts(report, links or Links(), plan), *([footer] if footer else [])]) + "\n"
        if len(text.encode("utf-8", "replace")) <= LIMIT:
            return text
    return f"{marker}\n\n**{headline(report)}**\n\nThe report is too long for a comment; the job's summary has it.\n"


def speaks(report: Reported) -> bool:
    """Whether there is anything to say: a model that moves, a finding, a gate that was passed over."""
    return bool(report.moved or report.open() or report.audit)


def headline(report: Reported) -> str:
    """Verdict and money in one line without markup, for a comment's head and a check's title."""
    verdict = "passes" if report.verdict == "pass" else "fails"
    verdict = "was passed over" if report.audit else verdict
    if not report.moved:
        errors, warnings, notes = (len(report.open(level)) for level in ("error", "warning", "note"))
        told = [count(n, w) for n, w in ((errors, "error"), (warnings, "warning"), (notes, "note")) if n]
        return f"modelguard {verdict}: {', '.join(told)}." if told else f"modelguard {verdict}."
    return f"modelguard {verdict}: {_money(report)} {_funded(report)}"


def _money(report: Reported) -> str:
    readers = [reader for change in report.moved for reader in change.consumers]
    known = [r.cost for r in readers if r.cost is not None and r.cost.first_day.expected is not None]
    unknown = len(readers) - len(known)
    if not known:
        return f"what it costs is unknown for {_all(unknown)}."
    first, steady, today = (
        _rounded(sum((amount for amount in amounts if amount is not None), Decimal(0)))
        for amounts in (
            [c.first_day.expected for c in known],
            [c.steady_per_day.expected for c in known],
            [c.before_per_day.expected for c in known],
        )
    )
    more = f"; unknown for {unknown} of {len(readers)}" if unknown else ""
    return f"{first} on the first day, {steady} a day after (today {today}){more}."


def _all(many: int) -> str:
    return "its one consumer" if many == 1 else f"all {many} consumers"


def _rounded(amount: Decimal) -> str:
    return f"${amount:,.0f}" if amount >= 10 else f"${amount:,.2f}"


def _funded(report: Reported) -> str:
    judged = [r.budget for change in report.moved for r in change.consumers if r.budget is not None]
    funded = sum(1 for b in judged if b.verdict == "covered")
    return f"{funded} of {count(len(judged), 'consumer')} funded." if judged else ""


def _parts(report: Reported, links: Links, plan: _Plan) -> Iterator[str]:
    yield f"**{headline(report)}**"
    for audit in report.audit:
        who = f"{code(audit.by)} passed this over with the label {code(audit.label)} at {code(audit.at)}"
        yield f"{who} for the commit {code(audit.head)}: {sentence(audit.passed_over)}"
    for change in sorted(report.moved, key=_width)[: plan.changes]:
        yield from _change(report, change, links, plan)
    if len(report.moved) > plan.changes:
        yield f"And {count(len(report.moved) - plan.changes, 'more change')} of models."
    yield from _findings(report, links, plan)
    if report.coverage.failed:
        gaps = [f"- {links.place(g.path, None, report.root)}: {sentence(g.why)}" for g in report.coverage.failed]
        many = count(len(gaps), "file")
        yield folded(f"{many} could not be read, so their fields are missing here", _listed(gaps, plan.findings))


def _width(change: Moved) -> tuple[Decimal, int]:
    """The change that costs and reaches most comes first."""
    return -sum((r.first_day or Decimal(0) for r in change.consumers), Decimal(0)), -len(change.consumers)


def _change(report: Reported, change: Moved, links: Links, plan: _Plan) -> Iterator[str]:
    biller = f" ({sentence(change.billed_by)})" if change.billed_by else ""
    place = links.place(change.path, change.line, report.root)
    yield f"{place} {code(change.name)}: {_model(change.from_)} → {_model(change.to)}{biller}"
    yield _table(change, plan)
    yield from _remedies(change)
    if not plan.folds:
        return
    if change.why:
        yield folded("Why it costs that", sentence(change.why))
    yield folded("How each consumer gets it", "\n".join(_evidence(report, change, links, plan)))
    yield folded("Blast radius", fenced(flowchart(change, plan.rows), "mermaid"))
    if change.suggest:
        yield folded("Lines for budgets.yaml that would fund it", _ledger(change, plan))


def _remedies(change: Moved) -> Iterator[str]:
    lacking = [r for r in change.consumers if r.budget is not None and r.budget.verdict in ("missing", "exceeded")]
    if not lacking:
        return
    owners = list(dict.fromkeys(r.budget.owner for r in lacking if r.budget is not None and r.budget.owner))
    ask = f" (ask {', '.join(map(code, owners[:5]))})" if owners else ""
    text = f"To let it through, fund it with the lines below{ask}"
    _, narrow = remedy(f"modelguard split {change.name}")
    if len(change.consumers) > 1 and narrow:
        text += f", or give those that need it a field of their own: {code(narrow)}"
    yield f"{text}."


def _table(change: Moved, plan: _Plan) -> str:
    rows = ["| read by | runs as | today | steady | first day | budget |", "| --- | --- | --: | --: | --: | --- |"]
    shown = change.dearest
    rows += [_row(reader) for reader in shown[: plan.rows]]
    if len(shown) > plan.rows:
        rest = shown[plan.rows :]
        known = sum((r.first_day or Decimal(0) for r in rest), Decimal(0))
        rows.append(f"| and {len(rest)} more | | | | {dollars(known)} where known | |")
    total = change.total
    if total is not None and total.first_day.expected is not None and len(shown) > 1:
        figures = (total.before_per_day, total.steady_per_day, total.first_day)
        rows.append(f"| known total | | {' | '.join(dollars(f.expected) for f in figures)} | a day |")
    return "\n".join(rows)


def _row(reader: Reader) -> str:
    cost = reader.cost
    unknown = cost is None or cost.source == "unknown"
    money = (
        ["unknown", "", ""]
        if unknown or cost is None
        else [dollars(a.expected) for a in (cost.before_per_day, cost.steady_per_day, cost.first_day)]
    )
    budget = _BUDGET[reader.budget.verdict] if reader.budget is not None else "gone"
    doubt = "" if reader.certainty == "certain" else f" ({reader.certainty})"
    return f"| {code(reader.name)}{doubt} | {sentence(reader.runs_as) or '–'} | {' | '.join(money)} | {budget} |"


def _model(raw: str | None) -> str:
    return code(model(raw)) if raw else "none"


def _evidence(report: Reported, change: Moved, links: Links, plan: _Plan) -> Iterator[str]:
    for reader in change.dearest[: plan.rows]:
        doubt = f" ({reader.certainty}: {sentence(reader.why)})" if reader.certainty != "certain" and reader.why else ""
        steps = " → ".join(links.place(path, line, report.root) for path, line in reader.via[:20])
        yield f"- {code(reader.name)}{doubt}: {steps}"
    if change.unreached:
        places = ", ".join(links.place(path, line, report.root) for path, line in change.unreached[:5])
        yield f"- Also read where no entry point leads: {places}"


def _ledger(change: Moved, plan: _Plan) -> str:
    owners: dict[str, list[str]] = {}
    for reader in change.consumers:
        if reader.budget is not None and reader.budget.owner and reader.budget.verdict in ("missing", "exceeded"):
            owners.setdefault(reader.budget.owner, []).append(reader.name)
    lines = change.suggest.split("\n")
    most = 10 * plan.rows
    text = "\n".join(lines[:most]) + ("\n# …" if len(lines) > most else "")
    told = [f"{code(owner)} ({', '.join(map(code, names[:5]))})" for owner, names in list(owners.items())[:10]]
    who = f"Under `allocations:`. Who to ask: {', '.join(told)}." if told else "Under `allocations:`."
    return f"{who}\n\n{fenced(text, 'yaml')}"


def _findings(report: Reported, links: Links, plan: _Plan) -> Iterator[str]:
    told = BUDGET_RULES if report.moved else frozenset()
    shown = widest(f for f in report.open() if f.rule not in told)
    lines = [line for f in shown if f.level != "note" for line in _finding(report, f, links)]
    if lines:
        yield _listed(lines, plan.findings)
    notes = [line for f in shown if f.level == "note" for line in _finding(report, f, links)]
    if notes:
        body = _listed(notes, plan.findings)
        yield body if len(notes) <= 5 else folded(count(len(notes), "note"), body)
    accepted = [f for f in report.findings if f.suppressed is not None]
    if accepted:
        rows = [f"- {f.rule} {sentence(f.message)} – {sentence(f.suppressed.reason)}" for f in accepted if f.suppressed]
        yield folded(count(len(rows), "accepted finding"), _listed(rows, plan.findings))


def _finding(report: Reported, finding: Found, links: Links) -> Iterator[str]:
    at = f" {links.place(finding.path, finding.line, report.root)}" if finding.path else ""
    level = f"**{finding.level}**" if finding.level != "note" else "note"
    text = f"- {level} {finding.rule}{at} {sentence(finding.message)}"
    words, command = remedy(finding.help)
    if finding.level != "note" and (words or command):
        text += f"<br>fix: {sentence(words)}{f' {code(command)}' if command else ''}"
    yield text


def _listed(lines: list[str], most: int) -> str:
    rest = [f"- and {len(lines) - most} more"] if len(lines) > most else []
    return "\n".join([*lines[:most], *rest])
