"""After a change has landed: what was forecast beside what was paid, consumer by consumer, and whether intervals held."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal, InvalidOperation
from typing import Any

from modelguard.catalog.identity import identify
from modelguard.cost.billing import billed
from modelguard.cost.measured import STEADY_DAYS
from modelguard.cost.prices import Prices
from modelguard.cost.records import ConsumerCost, Interval
from modelguard.cost.series import cycle_days, parse_day
from modelguard.errors import InputError
from modelguard.usage.rollup import Rollup, Row, match_consumers

SCHEMA = "modelguard.review/1"


@dataclass(frozen=True, slots=True)
class Forecasted:
    """What was forecast for a consumer's switch."""

    name: str
    to_raw: str
    steady: Interval
    first_day: Interval
    warm_after_hours: float | None = None
    aliases: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Reviewed:
    """A forecast beside what was paid; USD a day. None is not known (yet), and `why` says why.

    `first_held` and `steady_held` say whether the 90 % interval holds what was paid.
    """

    forecast: Forecasted
    first_on: date | None
    first_day: Decimal | None
    steady: Decimal | None
    steady_days: int
    first_held: bool | None
    steady_held: bool | None
    why: str = ""


def forecasted(rows: Sequence[ConsumerCost], aliases: Mapping[str, tuple[str, ...]]) -> tuple[Forecasted, ...]:
    """The forecasts in a report that is made now."""
    return tuple(
        Forecasted(r.name, r.to_raw, r.steady, r.first_day, r.warm_after_hours, aliases.get(r.name, ()))
        for r in rows
        if r.to_raw is not None
    )


def read_forecast(document: Any, path: str) -> tuple[Forecasted, ...]:
    """The forecasts in a modelguard.cost/1 document. Raises InputError where it is none."""
    if not isinstance(document, dict) or document.get("schema") != "modelguard.cost/1":
        raise InputError("not a modelguard.cost/1 document; make one with modelguard cost --format json", path=path)
    try:
        return tuple(
            Forecasted(
                str(c["name"]), str(c["to"]), _interval(c["steady_per_day"]), _interval(c["first_day"]),
                None if c.get("warm_after_hours") is None else float(c["warm_after_hours"]),
            )
            for c in document["consumers"] if c.get("to") is not None
        )  # fmt: skip
    except (KeyError, TypeError, ValueError, InvalidOperation) as error:
        raise InputError(f"not a modelguard.cost/1 document: {error}", path=path) from error


def _interval(values: Mapping[str, Any]) -> Interval:
    parts = (None if values[k] is None else Decimal(str(values[k])) for k in ("low", "expected", "high"))
    return Interval(*parts)


def review(forecasts: Sequence[Forecasted], rollup: Rollup, prices: Prices) -> tuple[Reviewed, ...]:
    """Every forecast beside the newer rollup."""
    names = match_consumers(sorted({r.consumer for r in rollup.rows}), [(f.name, f.aliases) for f in forecasts])
    return tuple(_reviewed(f, names, rollup, prices) for f in forecasts)


def _reviewed(forecast: Forecasted, names: Mapping[str, tuple[str, str]], rollup: Rollup, prices: Prices) -> Reviewed:
    target = identify(forecast.to_raw).name
    by_day: dict[date, list[Row]] = {}
    for row in rollup.rows:
        day = parse_day(row.day)
        mine = names.get(row.consumer, ("",))[0] == forecast.name
        if mine and day is not None and target in (identify(row.model).name, identify(row.raw or row.model).name):
            by_day.setdefault(day, []).append(row)
    if not by_day:
        return _nothing(forecast, f"no usage of {target} is recorded for it from {rollup.since} to {rollup.until}")
    paid = {day: _paid(rows, prices, rollup) for day, rows in by_day.items()}
    start = min(by_day)
    first = _first_24_hours(start, by_day, paid)
    warm_from = start + timedelta(days=cycle_days(forecast.warm_after_hours))
    end = parse_day(rollup.until) or max(by_day)
    last = min(end, warm_from + timedelta(days=STEADY_DAYS - 1))
    days = [warm_from + timedelta(days=n) for n in range(max(0, (last - warm_from).days + 1))]
    amounts = [paid.get(d, Decimal(0)) for d in days]
    known = [a for a in amounts if a is not None]
    steady = sum(known, Decimal(0)) / len(known) if known and len(known) == len(amounts) else None
    why = "" if days else f"the caches are taken to be warm from {warm_from} on, after the rollup ends"
    return Reviewed(
        forecast, start, first, steady, len(days),
        _held(forecast.first_day, first), _held(forecast.steady, steady), why,
    )  # fmt: skip


def _paid(rows: Sequence[Row], prices: Prices, rollup: Rollup) -> Decimal | None:
    """What a day cost; at list prices times the calibration where it isn't recorded."""
    total = Decimal(0)
    for row in rows:
        day = parse_day(row.day)
        price = prices.price_of(identify(row.raw or row.model), day or date.today())
        amount = row.cost if row.cost is not None else billed(row, price, rollup.calibration)
        if amount is None:
            return None
        total += amount
    return total


def _first_24_hours(
    start: date, by_day: Mapping[date, list[Row]], paid: Mapping[date, Decimal | None]
) -> Decimal | None:
    """The cost of 24 hours from the first call on: the first day's, and of the next the hours that it lacks."""
    first = paid[start]
    hour = _first_hour(by_day[start])
    following = start + timedelta(days=1)
    if first is None or not hour or following not in by_day:
        return first
    more, share = paid[following], _share_until(by_day[following], hour)
    return None if more is None else first + more * Decimal(str(round(share, 6)))


def _calls_by_hour(rows: Sequence[Row]) -> list[float] | None:
    hours = [r.hours.calls for r in rows if r.hours is not None and r.hours.calls is not None]
    return [sum(each) for each in zip(*hours, strict=True)] if len(hours) == len(rows) and hours else None


def _first_hour(rows: Sequence[Row]) -> int | None:
    hours = _calls_by_hour(rows)
    return next((n for n, calls in enumerate(hours) if calls), None) if hours else None


def _share_until(rows: Sequence[Row], hour: int) -> float:
    hours = _calls_by_hour(rows)
    return sum(hours[:hour]) / sum(hours) if hours and sum(hours) else hour / 24


def _held(interval: Interval, actual: Decimal | None) -> bool | None:
    if actual is None or interval.low is None or interval.high is None:
        return None
    return interval.low <= actual <= interval.high


def _nothing(forecast: Forecasted, why: str) -> Reviewed:
    return Reviewed(forecast, None, None, None, 0, None, None, why)


def as_document(rows: Sequence[Reviewed]) -> dict[str, Any]:
    """The review as modelguard.review/1; amounts are unrounded decimal strings, null where not known."""
    from modelguard.cost.document import interval, text

    return {
        "schema": SCHEMA,
        "currency": "USD",
        "consumers": [
            {
                "name": r.forecast.name,
                "to": r.forecast.to_raw,
                "first_on": r.first_on.isoformat() if r.first_on else None,
                "first_day": {
                    "forecast": interval(r.forecast.first_day),
                    "paid": text(r.first_day),
                    "held": r.first_held,
                },
                "steady_per_day": {
                    "forecast": interval(r.forecast.steady),
                    "paid": text(r.steady),
                    "held": r.steady_held,
                    "days": r.steady_days,
                },
                "why": r.why,
            }
            for r in rows
        ],
    }
