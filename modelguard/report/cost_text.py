"""Costs for a terminal: the table, why each figure is what it is, how the caches fill, models beside each other."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator, Sequence
from decimal import Decimal

from modelguard.cost.records import ConsumerCost, CostReport, Interval
from modelguard.cost.review import Reviewed
from modelguard.report.words import count, dollars, model, safe

_WIDTH = 96
_BLOCKS = " ▁▂▃▄▅▆▇█"


def render(report: CostReport) -> str:
    """A line a consumer, the known total, and why."""
    if not report.rows:
        return "no consumer's model changes\n"
    names = max([len(r.name) for r in report.rows] + [len("known total")])
    lines = [f"{'':{names}}  {'today':>10}  {'steady':>10}  {'first day':>10}"]
    for row in report.rows:
        figures = (row.before.expected, row.steady.expected, row.first_day.expected)
        text = "  ".join(dollars(f).rjust(10) for f in figures)
        lines.append(f"{safe(row.name):{names}}  {text}   {model(row.from_raw)} → {model(row.to_raw)}")
        lines += _details(row)
    total = (report.before.expected, report.steady.expected, report.first_day.expected)
    lines.append(f"{'known total':{names}}  " + "  ".join(dollars(f).rjust(10) for f in total) + "   USD a day")
    ends = [_between(i) for i in (report.before, report.steady, report.first_day)]
    if all(ends[1:]):
        lines.append(f"90 % intervals: steady {ends[1]} (the mean of two weeks), first day {ends[2]}")
    if report.unknown:
        lines += _wrapped(f"unknown, and not in the total: {', '.join(map(safe, report.unknown))}", "")
    if report.switched is not None:
        lines.append(f"first day: as if the switch happened on {report.switched:%A, %Y-%m-%d}; another with --at")
    lines.append(f"prices: {report.price_source}; LiteLLM's map of {report.as_of} where that has none")
    return "\n".join(lines) + "\n"


def _details(row: ConsumerCost) -> Iterator[str]:
    steady, first = _between(row.steady), _between(row.first_day)
    if steady and first:
        yield f"    90 %: steady {steady}, first day {first}"
    yield from _wrapped(safe(row.why), "    ")
    if row.warming is not None:
        yield from _curve(row)
    if row.exposure is not None and row.exposure >= Decimal("0.01"):
        yield from _wrapped(
            f"Until the caches are warm the switch costs {dollars(row.exposure)} above steady days.", "    "
        )
    if row.graced is not None and row.graced_exposure is not None:
        yield from _wrapped(
            f"With the grace period: first day {dollars(row.graced.expected)}, and until the caches are warm"
            f" {dollars(row.graced_exposure)} above steady days.",
            "    ",
        )
    if row.worst is not None:
        yield from _wrapped(f"At worst, with every try and fallback billed: {dollars(row.worst)} a steady day.", "    ")
    for note in row.notes:
        yield from _wrapped(safe(note), "    ")


def _curve(row: ConsumerCost) -> Iterator[str]:
    warming = row.warming
    if warming is None:
        return
    hours = warming.calls[:48]
    top = max(hours) or 1.0
    bars = "".join(_BLOCKS[round(c / top * (len(_BLOCKS) - 1))] for c in hours)
    warm = (
        ""
        if warming.warm_after_hours is None
        else f" Near its usual calls again after {warming.warm_after_hours:.0f} hours."
    )
    yield f"    billed calls, 48 hours: {bars}".rstrip()
    tokens = warming.peak_tokens_per_minute
    peak = f"peak in hour {warming.peak_hour + 1}: {warming.peak_calls_per_minute:,.1f} calls"
    peak += f" and {tokens:,.0f} tokens a minute" if tokens is not None else " a minute"
    quota = f", {warming.quota}" if warming.quota else ""
    yield from _wrapped(f"{peak}{quota}.{warm}", "    ")


def render_compare(reports: Sequence[tuple[str, CostReport]]) -> str:
    """Models beside each other: the known totals, and each consumer's steady and first day below."""
    names = max([len(model(m)) for m, _ in reports] + [len("model")])
    lines = [f"{'':{names}}  {'today':>10}  {'steady':>10}  {'first day':>10}  unknown"]
    for raw, report in reports:
        figures = (report.before.expected, report.steady.expected, report.first_day.expected)
        text = "  ".join(dollars(f).rjust(10) for f in figures)
        gaps = count(len(report.unknown), "consumer") if report.unknown else "none"
        lines.append(f"{model(raw):{names}}  {text}  {gaps}")
    lines.append("")
    consumers = list(dict.fromkeys(r.name for _, report in reports for r in report.rows))
    wide = max([len(c) for c in consumers] + [8])
    columns = [max(21, len(model(m))) for m, _ in reports]
    heads = "  ".join(model(m).rjust(w) for (m, _), w in zip(reports, columns, strict=True))
    lines.append(f"{'steady / first day':{wide}}  {heads}")
    for name in consumers:
        cells = []
        for (_, report), width in zip(reports, columns, strict=True):
            row = next((r for r in report.rows if r.name == name), None)
            cells.append(_pair(row).rjust(width))
        lines.append(f"{safe(name):{wide}}  " + "  ".join(cells))
    unknown = [r for _, report in reports for r in report.rows if r.source == "unknown"]
    reasons: dict[str, dict[str, None]] = {}
    for row in unknown:
        reasons.setdefault(row.why, {})[row.name] = None
    for why, whose in reasons.items():
        lines += _wrapped(f"unknown for {', '.join(map(safe, whose))}: {safe(why)}", "")
    lines.append("USD a day; the known totals only")
    return "\n".join(line.rstrip() for line in lines) + "\n"


def _pair(row: ConsumerCost | None) -> str:
    if row is None or row.source == "unknown":
        return "unknown"
    return f"{dollars(row.steady.expected)} / {dollars(row.first_day.expected)}"


def render_review(rows: Sequence[Reviewed]) -> str:
    """Forecast beside what was paid, a block a consumer."""
    if not rows:
        return "nothing was forecast\n"
    names = max([len(r.forecast.name) for r in rows] + [8])
    lines = [f"{'':{names}}  {'':9}  {'forecast':>10}  {'paid':>10}  {'off':>7}  90 % interval"]
    for row in rows:
        told = row.forecast
        lines.append(
            f"{safe(told.name):{names}}  " + _beside("first day", told.first_day, row.first_day, row.first_held)
        )
        lines.append(f"{'':{names}}  " + _beside("steady", told.steady, row.steady, row.steady_held))
        when = ""
        if row.first_on is not None:
            when = f"{model(told.to_raw)} since {row.first_on}, steady over {count(row.steady_days, 'day')}"
        for text in filter(None, (when, row.why)):
            lines += _wrapped(safe(text), " " * (names + 2))
    known = [h for r in rows for h in (r.first_held, r.steady_held) if h is not None]
    if known:
        lines.append(f"{sum(known)} of {len(known)} intervals held")
    return "\n".join(lines) + "\n"


def _beside(what: str, forecast: Interval, paid: Decimal | None, held: bool | None) -> str:
    verdict = {True: "held", False: "missed", None: ""}[held]
    figures = f"{dollars(forecast.expected):>10}  {dollars(paid):>10}  {_off(forecast, paid):>7}"
    return f"{what:9}  {figures}  {_between(forecast)} {verdict}".rstrip()


def _off(forecast: Interval, paid: Decimal | None) -> str:
    if forecast.expected is None or not paid:
        return ""
    return f"{float(forecast.expected / paid - 1):+.1%}"


def _between(interval: Interval) -> str:
    """`$9.20 to $9.30`, "" where an end is not known."""
    if interval.low is None or interval.high is None:
        return ""
    return f"{dollars(interval.low)} to {dollars(interval.high)}"


def _wrapped(text: str, indent: str) -> list[str]:
    return textwrap.wrap(text, _WIDTH, initial_indent=indent, subsequent_indent=indent, break_on_hyphens=False)
