"""What costs are told in: intervals, switches, a consumer's row, the report. Amounts are USD."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal


@dataclass(frozen=True, slots=True)
class Interval:
    """USD a day: expected, and the ends of the 90 % interval; None is unknown (ends of a single day's figure too)."""

    low: Decimal | None = None
    expected: Decimal | None = None
    high: Decimal | None = None


@dataclass(frozen=True, slots=True)
class Switch:
    """A consumer going from one model to another; None on either side for a new or removed use.

    `fallbacks` are the models (raw) that may answer in the new one's place.
    """

    consumer: str
    aliases: tuple[str, ...] = ()
    from_raw: str | None = None
    to_raw: str | None = None
    account: str | None = None
    instances: int = 1
    fallbacks: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Estimate:
    """An interval with what it was made of: USD draws of the bootstrap, for sums over consumers (none: ends only)."""

    interval: Interval = field(default_factory=Interval)
    draws: tuple[float, ...] = ()


@dataclass(frozen=True, slots=True)
class Warming:
    """Billed calls after a switch. `calls` are by hour from the switch on; `peak_hour` is an index into them.

    `tokens_per_call` are of a cold call, in and out. `quota` says in words what a declared quota makes of the peak.
    """

    calls: tuple[float, ...]
    steady_per_hour: float
    warm_after_hours: float | None
    peak_hour: int
    peak_calls_per_minute: float
    peak_tokens_per_minute: float | None = None
    quota: str = ""


@dataclass(frozen=True, slots=True)
class ConsumerCost:
    """A consumer's costs. `requests` and `calls` are a mean day's; `days` how many days were measured.

    `bounded`: the first day has bounds only, and expected is the upper. `notes` are what the figures rest on beyond
    `why`, a sentence each. `worst` is the steady day where every call is tried, and billed, as often as it may be, at
    its model and at every fallback. `exposure` is what the switch costs above steady days until the caches are warm;
    `graced` and `graced_exposure` are the first day and that with a grace period.
    """

    name: str
    from_raw: str | None
    to_raw: str | None
    source: str
    before: Interval
    steady: Interval
    first_day: Interval
    warm_after_hours: float | None
    why: str
    requests: float | None = None
    calls: float | None = None
    days: int = 0
    cached: bool = False
    bounded: bool = False
    notes: tuple[str, ...] = ()
    warming: Warming | None = None
    worst: Decimal | None = None
    exposure: Decimal | None = None
    graced: Interval | None = None
    graced_exposure: Decimal | None = None
    draws: tuple[tuple[float, ...], tuple[float, ...], tuple[float, ...]] = field(
        default=((), (), ()), repr=False, compare=False
    )


@dataclass(frozen=True, slots=True)
class CostReport:
    """All rows, and their sums over what is known. `switched` is the day that the first day is reckoned for."""

    rows: tuple[ConsumerCost, ...]
    before: Interval
    steady: Interval
    first_day: Interval
    unknown: tuple[str, ...]
    price_source: str
    as_of: str
    since: str = ""
    until: str = ""
    prices_only: Decimal | None = field(default=None)
    """The naive figure: new prices on yesterday's bill, as if every cache stayed warm; USD a day more."""
    switched: date | None = None
