"""Usage and its reconciliation as a person reads them, and as JSON."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from modelguard.report.words import safe
from modelguard.usage.reconcile import Reconciled
from modelguard.usage.rollup import Rollup
from modelguard.usage.summary import Line, Whom


def show_document(rollup: Rollup, lines: Sequence[Line], names: Sequence[Whom]) -> dict[str, Any]:
    """What `usage show` prints, as modelguard.usage-summary/1."""
    return {
        "schema": "modelguard.usage-summary/1",
        "from": rollup.since,
        "to": rollup.until,
        "calibration": float(rollup.calibration),
        "sources": [{"kind": s.kind, "rows": s.rows, "sha256": s.sha256} for s in rollup.sources],
        "lines": [
            {
                "consumer": each.consumer, "account": each.account, "model": each.model, "days": each.days,
                "requests_per_day": each.requests, "calls_per_day": each.calls, "tokens_in_per_day": each.tokens_in,
                "tokens_out_per_day": each.tokens_out, "cost_per_day": None if each.cost is None else f"{each.cost:f}",
                "source": each.source, "origin": each.origin,
            }
            for each in lines
        ],
        "names": [{"name": n.name, "consumer": n.consumer or None, "how": n.how, "certainty": n.certainty or None} for n in names],
        "caches": [
            {"consumer": c.consumer, "ttl_hours": {"low": c.ttl_hours.low, "high": c.ttl_hours.high}, "why": c.why}
            for c in rollup.caches
        ],
    }  # fmt: skip


def show(rollup: Rollup, lines: Sequence[Line], names: Sequence[Whom]) -> str:
    """A table of mean days, what the names stand for, and what is known of caches."""
    kinds: dict[str, int] = {}
    for source in rollup.sources:
        kinds[source.kind] = kinds.get(source.kind, 0) + source.rows
    listed = ", ".join(f"{kind} ({rows:,} rows)" for kind, rows in sorted(kinds.items())) or "no source is named"
    out = [f"{rollup.since} to {rollup.until}, a mean day of each   {listed}", ""]
    wide = max(len("consumer"), *(len(safe(_name(each))) for each in lines), 0)
    model = max(len("model"), *(len(safe(each.model)) for each in lines), 0)
    out.append(
        f"  {'consumer':<{wide}}  {'model':<{model}}  {'days':>4}  {'requests':>9}  {'billed':>8}  {'cached':>6}  {'cost':>9}"
    )
    for each in lines:
        cached = ""
        if each.requests and each.calls is not None:
            cached = f"{100 * max(0.0, 1 - each.calls / each.requests):.0f} %"
        cost = "unknown" if each.cost is None else f"${each.cost:,.2f}"
        mark = "  attributed" if each.source == "attributed" else "  declared" if each.source == "declared" else ""
        out.append(
            f"  {safe(_name(each)):<{wide}}  {safe(each.model):<{model}}  {each.days:>4}  {_count(each.requests):>9}  "
            f"{_count(each.calls):>8}  {cached:>6}  {cost:>9}{mark}"
        )
    named = [n for n in names if n.consumer and (n.how != "its name" or n.certainty == "likely")]
    unnamed = [n for n in names if not n.consumer]
    if named:
        out += ["", "names"]
        out += [f"  {safe(n.consumer)}: {safe(n.how)} ({n.certainty})" for n in named]
    if unnamed:
        out += ["", "names that are no consumer's of the graph; they keep their own row"]
        out += [f"  {safe(n.name)}" for n in unnamed[:20]]
        if len(unnamed) > 20:
            out.append(f"  and {len(unnamed) - 20} more")
        out.append("  give them one in modelguard.yaml:  consumers: {NAME: {aliases: [PATTERN]}}")
    if rollup.caches:
        out += ["", "caches"]
        out += [
            f"  {safe(c.consumer)}: keeps answers {_hours(c.ttl_hours.low, c.ttl_hours.high)}, {safe(c.why)}"
            for c in rollup.caches
        ]
    return "\n".join(out) + "\n"


def _name(line: Line) -> str:
    return line.consumer if line.account is None else f"{line.consumer} ({line.account})"


def _hours(low: float, high: float) -> str:
    return f"{low:g} hours" if low == high else f"{low:g} to {high:g} hours"


def _count(value: float | None) -> str:
    return "unknown" if value is None else f"{value:,.0f}" if value >= 10 else f"{value:.3g}"


def reconcile_document(found: Reconciled) -> dict[str, Any]:
    """What `usage reconcile` prints, as modelguard.reconciliation/1; amounts are unrounded decimal strings."""
    return {
        "schema": "modelguard.reconciliation/1",
        "days": list(found.days),
        "paid": f"{found.paid:f}",
        "known": f"{found.known:f}",
        "unexplained": f"{found.paid - found.known:f}",
        "models": [
            {
                "model": m.model, "paid": f"{m.paid:f}", "known": None if m.known is None else f"{m.known:f}",
                "paid_tokens": m.paid_tokens, "known_tokens": m.known_tokens, "why": m.why,
            }
            for m in found.models
        ],
        "only_in_bill": list(found.only_bill),
        "only_in_rollup": list(found.only_rollup),
        "accounts_not_in_rollup": list(found.accounts),
        "without_price": list(found.unpriced),
    }  # fmt: skip


def reconcile(found: Reconciled) -> str:
    """The totals beside each other, and where the difference lies."""
    if not found.days:
        return "the bill and the rollup have no day in common: nothing can be compared\n"
    out = [f"{found.days[0]} to {found.days[-1]}, {len(found.days)} days that both have", ""]
    wide = max(len("unexplained"), *(len(safe(m.model)) for m in found.models))
    out.append(f"  {'model':<{wide}}  {'bill':>12}  {'rollup':>12}  {'difference':>12}")
    for m in found.models:
        known = "unknown" if m.known is None else f"${m.known:,.2f}"
        difference = "" if m.known is None else _signed(m.paid - m.known)
        out.append(f"  {safe(m.model):<{wide}}  {_usd(m.paid):>12}  {known:>12}  {difference:>12}")
    share = f" ({100 * (found.paid - found.known) / found.paid:+.1f} %)" if found.paid else ""
    out.append(
        f"  {'total':<{wide}}  {_usd(found.paid):>12}  {_usd(found.known):>12}  {_signed(found.paid - found.known):>12}{share}"
    )
    reasons = [f"  {safe(m.model)}: {m.why}" for m in found.models if m.why]
    if reasons:
        out += ["", "unexplained", *reasons]
    for text, values in (
        ("days that only the bill has", found.only_bill),
        ("days that only the rollup has", found.only_rollup),
        ("accounts of the bill that the rollup has nothing of", found.accounts),
    ):
        if values:
            more = f" and {len(values) - 6} more" if len(values) > 6 else ""
            out.append(f"  {text}: {', '.join(safe(v) for v in values[:6])}{more}")
    return "\n".join(out) + "\n"


def _usd(amount: Decimal) -> str:
    return f"-${-amount:,.2f}" if amount < 0 else f"${amount:,.2f}"


def _signed(amount: Decimal) -> str:
    return f"-${-amount:,.2f}" if amount < 0 else f"+${amount:,.2f}"
