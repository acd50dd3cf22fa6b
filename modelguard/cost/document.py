"""Costs as modelguard.cost/1: a view of the records; amounts are unrounded decimal strings, null where unknown."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from modelguard.cost.records import ConsumerCost, CostReport, Interval

SCHEMA = "modelguard.cost/1"


def row_document(row: ConsumerCost) -> dict[str, Any]:
    """A consumer's row of modelguard.cost/1."""
    document: dict[str, Any] = {
        "name": row.name,
        "from": row.from_raw,
        "to": row.to_raw,
        "source": row.source,
        "before_per_day": interval(row.before),
        "steady_per_day": interval(row.steady),
        "first_day": interval(row.first_day),
        "warm_after_hours": row.warm_after_hours,
        "why": row.why,
        "notes": list(row.notes),
    }
    if row.bounded:
        document["bounded"] = True
    if row.graced is not None:
        document["first_day_with_grace"] = interval(row.graced)
    if row.exposure is not None:
        document["exposure"] = text(row.exposure)
    if row.graced_exposure is not None:
        document["exposure_with_grace"] = text(row.graced_exposure)
    if row.worst is not None:
        document["worst_steady_per_day"] = text(row.worst)
    if row.warming is not None:
        warming = row.warming
        document["warming"] = {
            "calls_by_hour": [round(c, 2) for c in warming.calls],
            "steady_calls_per_hour": round(warming.steady_per_hour, 2),
            "warm_after_hours": warming.warm_after_hours,
            "peak_hour": warming.peak_hour,
            "peak_calls_per_minute": round(warming.peak_calls_per_minute, 3),
            "peak_tokens_per_minute": None
            if warming.peak_tokens_per_minute is None
            else round(warming.peak_tokens_per_minute),
            "quota": warming.quota,
        }
    return document


def as_document(report: CostReport) -> dict[str, Any]:
    """The whole as modelguard.cost/1."""
    return {
        "schema": SCHEMA,
        "currency": "USD",
        "prices": {"source": report.price_source, "as_of": report.as_of},
        "switched": report.switched.isoformat() if report.switched else None,
        "consumers": [row_document(r) for r in report.rows],
        "total": {
            "before_per_day": interval(report.before),
            "steady_per_day": interval(report.steady),
            "first_day": interval(report.first_day),
            "prices_only_per_day": text(report.prices_only),
            "unknown": list(report.unknown),
        },
    }


def interval(found: Interval) -> dict[str, str | None]:
    """An interval's three figures."""
    return {"low": text(found.low), "expected": text(found.expected), "high": text(found.high)}


def text(amount: Decimal | None) -> str | None:
    """An amount in full, without an exponent."""
    return None if amount is None else f"{amount:f}"
