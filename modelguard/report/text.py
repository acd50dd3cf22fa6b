"""The check for a terminal, in the order a reviewer asks: does it pass, what moves, whom, how much, why, what now."""

from __future__ import annotations

import shlex
import textwrap
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from decimal import Decimal

from modelguard.budget.ledger import suggest
from modelguard.cost.model import ConsumerCost, CostReport, Interval
from modelguard.graph.diff import ConsumerChange
from modelguard.graph.model import Field
from modelguard.graph.query import Index
from modelguard.policy.check import CheckReport, CostedChange, Spend
from modelguard.policy.findings import Finding
from modelguard.report.reasons import reasons
from modelguard.report.words import biller, count, dollars, model, platform, remedy, safe, widest

WIDTH = 80
_ALWAYS = frozenset({"MG304", "MG314", "MG701"})
"""Notes that somebody has to agree to: never folded."""
MOST_NOTES = 3
"""How many notes of one rule are shown in full; what matters must not drown."""
_BUDGET_RULES = frozenset({"MG301", "MG302", "MG303"})
"""Told by the table of a change, so not repeated below it."""
_BUDGET_WORDS = {"covered": "funded ✓", "missing": "none ✗", "exceeded": "over ✗", "unknown": "funded ?"}
_MONEY = ("today", "steady", "first day")
MOST_ROWS = 60
MOST_TRAILS = 20
"""How many consumers of one change are listed, and with their evidence; the JSON has all."""


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
    what = f"{fields} changed · {who} · {funded} funded"
    line = f"{verdict}  {where}  {what}"
    yield from [line] if len(line) <= WIDTH else [f"{verdict}  {where}", f"      {what}"]


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
    """The dearest first, then those whose cost is unknown; no wider than a terminal, whatever things are called."""
    spends = sorted(entry.spends, key=_cost)
    shown = spends[:MOST_ROWS]
    amounts = [[dollars(part.expected) for part in _parts(s.cost)] for s in spends if s.cost.source != "unknown"]
    total = entry.cost if len(spends) > 1 and entry.cost.steady.expected is not None else None
    if any(s.cost.source == "unknown" for s in shown):
        amounts.append(["unknown", "", ""])
    if total is not None:
        amounts.append([dollars(part.expected) for part in _parts(total)])
    money = [max([len(title), *(len(row[i]) for row in amounts)]) for i, title in enumerate(_MONEY)]
    left = WIDTH - 2 - sum(money) - 2 * len(money) - 2 - max(len(word) for word in _BUDGET_WORDS.values()) - 2
    kinds = min(max([len("runs as"), *(len(platform(s.change.consumer)) for s in shown)]), max(left - 12, 8), 24)
    names = min(max([len("known total"), *(len(safe(s.change.consumer.name)) for s in shown)]), max(left - kinds, 12))

    def line(name: str, kind: str, cells: Sequence[str], last: str) -> str:
        figures = "  ".join(cell.rjust(width) for cell, width in zip(cells, money, strict=True))
        return f"  {_cut(name, names):{names}}  {_cut(kind, kinds):{kinds}} {figures}  {last}".rstrip()

    yield line("read by", "runs as", _MONEY, "budget")
    for spend in shown:
        unknown = spend.cost.source == "unknown"
        cells = ("unknown", "", "") if unknown else [dollars(part.expected) for part in _parts(spend.cost)]
        budget = _BUDGET_WORDS[spend.judged.verdict] if spend.judged is not None else "gone"
        yield line(safe(spend.change.consumer.name), platform(spend.change.consumer), cells, budget)
    if len(spends) > len(shown):
        yield f"  and {len(spends) - len(shown)} more: --format json lists all of them"
    if total is not None:
        yield "  " + "─" * (names + kinds + sum(money) + 2 * len(money) + 9)
        yield line("known total", "", [dollars(part.expected) for part in _parts(total)], "a day")


def _cost(spend: Spend) -> tuple[bool, Decimal, str]:
    first = spend.cost.first_day.expected
    return first is None, -(first or Decimal(0)), spend.change.consumer.name


def _parts(cost: ConsumerCost | CostReport) -> tuple[Interval, Interval, Interval]:
    return cost.before, cost.steady, cost.first_day


def _cut(text: str, width: int) -> str:
    return text if len(text) <= width else text[: width - 1] + "…"


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
    spends = sorted(entry.spends, key=_cost)
    for spend in spends[:MOST_TRAILS]:
        change = spend.change
        doubt = f"   {change.certainty}: {safe(change.why)}" if _doubtful(change) else ""
        yield from _wrapped(f"{safe(change.consumer.name)}{doubt}", "    ", WIDTH, "      ")
        yield from _steps([f"{safe(path)}:{line}" for path, line in change.via])
    if len(spends) > MOST_TRAILS:
        yield f"    and {len(spends) - MOST_TRAILS} more: modelguard graph --why CONSUMER {_word(entry.change.field.name)}"
    yield ""


def _steps(places: Sequence[str]) -> Iterator[str]:
    """Places with arrows between them, broken before an arrow, never inside a path."""
    line = ""
    for place in places:
        more = f"{line} → {place}" if line else f"      {place}"
        if line and len(more) > WIDTH:
            yield line
            more = f"        → {place}"
        line = more
    if line:
        yield line


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
    lines = count(len(lacking), "entry", "entries")
    yield f"    fund it     add the {lines} below to budgets.yaml; to print only them:"
    yield f"                modelguard budget check --base {_word(report.inputs.base_name)} --suggest"
    if owners:
        who = ", ".join(f"{safe(o)} ({', '.join(map(safe, names))})" for o, names in owners.items())
        yield from _wrapped(f"who to ask: {who}", "                ")
    if len(judged) > 1:
        wanted = model(entry.change.after)
        yield from _wrapped(
            f"narrow it   to those that need {wanted}, by a field of their own:", "    ", WIDTH, "                "
        )
        yield f"                modelguard split {_word(entry.change.field.name)}"
    for line in lacking:
        if line.why and line.why != "no allocation":
            yield from _wrapped(f"{safe(line.need.consumer)}: {safe(line.why)}", "    ")
    yield ""
    for row in suggest(lacking[:MOST_ROWS]).rstrip("\n").split("\n"):
        yield safe(row)
    if len(lacking) > MOST_ROWS:
        yield f"  # and {len(lacking) - MOST_ROWS} more"


def _word(text: str) -> str:
    """A name as one word of a shell, so that a command can be pasted whatever it is called."""
    return shlex.quote(safe(text))


# -- findings ----------------------------------------------------------------------------------------------------------------


def _findings(report: CheckReport) -> Iterator[str]:
    told = _BUDGET_RULES if report.changes else frozenset()
    shown = list(widest(f for f in report.told if f.rule not in told))
    notes = Counter(f.rule for f in shown if f.level == "note" and f.rule not in _ALWAYS)
    told_of: Counter[str] = Counter()
    for finding in shown:
        if finding.level != "note" or notes[finding.rule] <= MOST_NOTES + 1:
            yield from _finding(finding)
            continue
        told_of[finding.rule] += 1
        if told_of[finding.rule] <= MOST_NOTES:
            yield from _finding(finding)
        elif told_of[finding.rule] == notes[finding.rule]:
            more = notes[finding.rule] - MOST_NOTES
            yield f"note     {finding.rule}  and {more} more like that; --format json lists all"
            yield ""


def _finding(finding: Finding) -> Iterator[str]:
    yield from _wrapped(f"{finding.level:8} {finding.rule}  {safe(finding.message)}", "", WIDTH, " " * 16)
    if finding.path is not None:
        place = f"{safe(finding.path)}:{finding.line}" if finding.line else safe(finding.path)
        yield f"  {place}"
    if finding.level != "note":
        yield from _details(finding)
    yield ""


def _details(finding: Finding) -> Iterator[str]:
    if finding.consumers:
        shown = ", ".join(map(safe, finding.consumers[:MOST_ROWS]))
        more = f" and {len(finding.consumers) - MOST_ROWS} more" if len(finding.consumers) > MOST_ROWS else ""
        yield from _wrapped(f"used by {shown}{more}", "  ")
    if finding.why:
        yield from _wrapped(f"why   {safe(finding.why)}", "  ", WIDTH, "        ")
    words, command = remedy(finding.help)
    if words:
        yield from _wrapped(f"fix   {safe(words)}", "  ", WIDTH, "        ")
    if command:
        yield f"        {command}"


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
