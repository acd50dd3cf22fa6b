"""Why a switch costs what it costs, in sentences."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from decimal import Decimal

from modelguard.cost.records import ConsumerCost
from modelguard.policy.check import CostedChange
from modelguard.report.words import count, dollars, safe

_A_CENT = Decimal("0.01")


def reasons(entry: CostedChange) -> Iterator[str]:
    """One paragraph each: what is unknown and why; what prices alone would say and what the caches do to that."""
    whys: dict[str, list[str]] = {}
    for spend in entry.spends:
        if spend.cost.source == "unknown":
            whys.setdefault(spend.cost.why, []).append(spend.change.consumer.name)
    for why, names in whys.items():
        yield f"Unknown for {', '.join(map(safe, names))}: {safe(why).rstrip('.')}."
    measured = [s.cost for s in entry.spends if s.cost.source != "unknown" and s.change.after is not None]
    report = entry.cost
    if not measured or report.prices_only is None:
        return
    text = f"Prices alone would say {'+' if report.prices_only >= 0 else '-'}{dollars(abs(report.prices_only))} a day."
    cached = [r for r in measured if r.cached and r.requests and r.calls is not None]
    if cached:
        requests = sum(r.requests or 0 for r in cached)
        share = 100 * (1 - sum(r.calls or 0 for r in cached) / requests)
        text += (
            f" The response cache answered {share:.0f} % of {requests:,.0f} requests a day and is keyed by model,"
            " so the first day pays for all of them."
        )
        text += _warm(cached)
    days = max(r.days for r in measured)
    until = safe(report.until)
    yield f"{text} ({measured[0].source}, {count(days, 'day')} of usage to {until}; prices: {report.price_source})"


def _warm(rows: Sequence[ConsumerCost]) -> str:
    """How long until calls are near their usual number, where how caches fill is known; else until they are full at the latest.

    And what a grace period of the ledger makes of the first day.
    """
    near = [
        r.warming.warm_after_hours for r in rows if r.warming is not None and r.warming.warm_after_hours is not None
    ]
    latest = [r.warm_after_hours for r in rows if r.warm_after_hours is not None]
    text = ""
    if len(near) == len(rows):
        text = f" Near its usual calls again after {_duration(max(near))}."
    elif len(latest) == len(rows):
        text = f" Warm again after {_duration(max(latest))} at the latest."
    softer = [(r.first_day.expected, r.graced.expected) for r in rows if r.graced is not None]
    saved = sum((full - soft for full, soft in softer if full is not None and soft is not None), Decimal(0))
    return f"{text} The ledger's grace period takes {dollars(saved)} off the first day." if saved >= _A_CENT else text


def _duration(hours: float) -> str:
    return count(round(hours / 24), "day") if hours >= 48 else count(round(hours), "hour")
