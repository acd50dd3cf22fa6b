"""An attribution as a person reads it, as JSON, and as a picture of a day."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from modelguard.report.words import safe
from modelguard.usage.attribution.days import UNEXPLAINED, Attribution, Part
from modelguard.usage.attribution.picture import blocks, svg

SCHEMA = "modelguard.attribution/1"


def document(found: Attribution) -> dict[str, Any]:
    """The whole as modelguard.attribution/1; amounts are unrounded decimal strings."""
    return {
        "schema": SCHEMA,
        "shared": list(found.shared),
        "parts": [_part(part) for part in found.parts],
        "alike": [
            {"model": model, "consumers": list(each.consumers), "from": each.since, "to": each.until, "why": each.why}
            for model, each in found.alike
        ],
        "clocks": [
            {"model": model, "consumer": consumer, "minutes": round(60 * shift)}
            for (model, consumer), shift in sorted(found.shifts.items())
        ],
        "silent": list(found.silent),
        "notes": list(found.notes),
    }


def _part(part: Part) -> dict[str, Any]:
    share = part.share
    return {
        "day": part.day,
        "model": part.model,
        "consumer": share.consumer,
        "how": how(part),
        "calls": {"low": round(share.low, 1), "expected": round(share.calls, 1), "high": round(share.high, 1)},
        "cost": {"low": _usd(part.cost_low), "expected": _usd(part.cost), "high": _usd(part.cost_high)},
        "rate": round(share.rate, 6),
        "signal": share.signal,
        "anchors": share.anchors,
        "hours": [round(h, 1) for h in share.hours],
    }


def how(part: Part) -> str:
    """exact, inferred or unexplained."""
    return "unexplained" if part.share.consumer == UNEXPLAINED else "exact" if part.share.exact else "inferred"


def _usd(amount: Decimal | None) -> str | None:
    return None if amount is None else f"{amount:f}"


def text(found: Attribution, day: str | None = None) -> str:
    """Tables by day and model, the picture of each, and what can't be told. `day` is the only one shown."""
    lines: list[str] = []
    groups: dict[tuple[str, str], list[Part]] = {}
    for part in found.parts:
        if day is None or part.day == day:
            groups.setdefault((part.day, part.model), []).append(part)
    for (on, model), parts in groups.items():
        lines += [f"{on}  {safe(model)}", ""]
        width = max(len("consumer"), *(len(safe(p.share.consumer)) for p in parts))
        lines.append(f"  {'consumer':<{width}}  {'calls':>7}  {'90 %':>13}  {'cost':>8}  {'90 %':>17}")
        lines += [_line(p, width) for p in parts]
        calls = sum(p.share.calls for p in parts)
        costs = [p.cost for p in parts]
        total = "unknown" if any(c is None for c in costs) else f"${sum((c for c in costs if c), Decimal(0)):,.2f}"
        lines += [f"  {'billed':<{width}}  {calls:>7,.0f}  {'':>13}  {total:>8}", ""]
        lines += [f"  {line}" for line in blocks(hours_of(parts))]
        lines += ["", *(f"  {safe(p.share.consumer):<{width}}  {_rests_on(p)}" for p in parts), ""]
    for model, each in found.alike:
        one, two = map(safe, each.consumers)
        when = each.since if each.since == each.until else f"{each.since} to {each.until}"
        lines.append(f"{one} and {two} can't be told apart on {safe(model)} ({when}): {safe(each.why)}.")
    for (model, consumer), shift in sorted(found.shifts.items()):
        lines.append(
            f"the clock of {safe(consumer)}'s signal is taken to be {60 * shift:+.0f} minutes off ({safe(model)})."
        )
    if found.silent:
        lines.append(
            f"no sign of activity is known of {', '.join(map(safe, found.silent))}: what they call is unexplained."
        )
    lines += [f"note: {safe(note)}" for note in found.notes]
    return "\n".join(lines).rstrip() + "\n"


def _line(part: Part, width: int) -> str:
    share = part.share
    certain = part.share.exact or share.consumer == UNEXPLAINED
    calls = "" if certain else f"{share.low:,.0f}–{share.high:,.0f}"
    cost = "unknown" if part.cost is None else f"${part.cost:,.2f}"
    ends = "" if certain or part.cost_low is None else f"${part.cost_low:,.2f}–${part.cost_high:,.2f}"
    return f"  {safe(share.consumer):<{width}}  {share.calls:>7,.0f}  {calls:>13}  {cost:>8}  {ends:>17}".rstrip()


def _rests_on(part: Part) -> str:
    """What a consumer's figure rests on, in words."""
    share = part.share
    if how(part) == "unexplained":
        return "more calls than anybody's activity explains"
    if share.exact:
        return f"exact: the calls name it ({safe(share.signal)})"
    alone = f"; in {share.anchors} hours nobody else was active" if share.anchors else ""
    return f"inferred from {safe(share.signal)}, {_rate(share.rate)} calls each{alone}"


def _rate(rate: float) -> str:
    return f"{rate:,.0f}" if rate >= 100 else f"{rate:.3g}"


def hours_of(parts: list[Part]) -> Mapping[str, tuple[float, ...]]:
    """A day's hours by consumer, the largest first."""
    return {safe(p.share.consumer): p.share.hours for p in parts}


def pictures(found: Attribution, day: str | None = None) -> dict[tuple[str, str], str]:
    """An SVG for each day and model."""
    groups: dict[tuple[str, str], list[Part]] = {}
    for part in found.parts:
        if day is None or part.day == day:
            groups.setdefault((part.day, part.model), []).append(part)
    return {key: svg(hours_of(parts), f"Calls of {key[1]} by hour, {key[0]}") for key, parts in groups.items()}
