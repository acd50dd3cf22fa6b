"""Costs as a table for a terminal."""

from __future__ import annotations

import textwrap

from modelguard.cost.model import CostReport
from modelguard.report.words import dollars, model, safe


def render(report: CostReport) -> str:
    """A line a consumer, the known total, and why."""
    if not report.rows:
        return "no consumer's model changes\n"
    names = max(len(r.name) for r in report.rows)
    names = max(names, len("known total"))
    lines = [f"{'':{names}}  {'today':>10}  {'steady':>10}  {'first day':>10}"]
    for row in report.rows:
        figures = (row.before.expected, row.steady.expected, row.first_day.expected)
        text = "  ".join(dollars(f).rjust(10) for f in figures)
        lines.append(f"{safe(row.name):{names}}  {text}   {model(row.from_raw)} → {model(row.to_raw)}")
        lines += textwrap.wrap(safe(row.why), 90, initial_indent="    ", subsequent_indent="    ")
    total = (report.before.expected, report.steady.expected, report.first_day.expected)
    lines.append(f"{'known total':{names}}  " + "  ".join(dollars(f).rjust(10) for f in total) + "   USD a day")
    if report.unknown:
        lines.append(f"unknown, and not in the total: {', '.join(map(safe, report.unknown))}")
    lines.append(f"prices: {report.price_source}; LiteLLM's map of {report.as_of} where that has none")
    return "\n".join(lines) + "\n"
