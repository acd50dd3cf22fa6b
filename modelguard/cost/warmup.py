"""Billed calls hour by hour after a switch: how a cache fills again, with a grace period or without.

Keys are taken to come in classes of how often they are asked (Poisson, following the day's hours; and a class that is
asked once a day, as by a nightly job); how much each class has of the requests is fitted to three things that were
measured: requests, the calls of a replay through an empty cache, and the calls billed while the cache was full. A key
whose answer is kept for T is billed at most once in T, so of requests at rate r a share 1 / (1 + r T) is billed in the
long run (a renewal process with dead time; Jung, Berger and Balakrishnan 2003, "Modeling TTL-based Internet caches").
Non-negative least squares by multiplicative steps (Lee and Seung 2001). All of it is a mean day's; nothing is drawn.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from operator import mul

HOURS = 24
MAX_HOURS = 45 * HOURS
_RATES = (0.0005, 0.01, 0.03, 0.1, 0.3, 0.7, 1.5, 3.0, 7.0, 15.0, 40.0, 120.0, 500.0)
"""Requests a day of a key in each class; the first is as good as never again."""
DAILY = -1.0
"""Stands for the rate of keys that are asked once a day, each at its hour."""
_CLASSES = (*_RATES, DAILY)
_STEPS = 1500
_NOTHING = 1e-7
_NEAR = 1.1
"""Warm again: a day bills no more than a tenth above what it bills in the long run."""


@dataclass(frozen=True, slots=True)
class Reuse:
    """How requests come back to their keys: a mean day's requests, their shares by UTC hour, and by class of keys."""

    requests: float
    hours: tuple[float, ...]
    shares: tuple[float, ...]
    ttl_hours: float


@dataclass(frozen=True, slots=True)
class Grace:
    """Answers of the old model are served for `window_hours`; so many calls an hour, and in all, may renew them (None: all)."""

    window_hours: float
    refresh_per_hour: float | None = None
    refresh_in_all: float | None = None


@dataclass(frozen=True, slots=True)
class Curve:
    """By hour from the switch on: calls billed at the new model (renewals among them), renewals, and stale answers."""

    calls: tuple[float, ...]
    refreshed: tuple[float, ...]
    stale: tuple[float, ...]


def reuse_of(
    requests: float, calls: float, cold_calls: float, ttl_hours: float, hours: Sequence[float] = ()
) -> Reuse | None:
    """The classes that explain a mean day's figures; None where there is nothing to explain."""
    if requests <= 0 or ttl_hours <= 0:
        return None
    total = sum(hours)
    shape = tuple(h / total for h in hours) if len(hours) == HOURS and total > 0 else (1 / HOURS,) * HOURS
    cold = [_cold_share(r, shape, ttl_hours) for r in _CLASSES]
    steady = [_steady_share(r, ttl_hours) for r in _CLASSES]
    wanted = [min(1.0, max(c / requests, 1e-4)) for c in (cold_calls, calls)]
    # Each row is divided by its right side, so that a twentieth of a small figure counts like one of a large one.
    rows = [[c / wanted[0] for c in cold], [s / wanted[1] for s in steady], [1.0] * len(cold)]
    shares = _fitted(rows)
    return Reuse(requests, shape, shares, ttl_hours)


def _cold_share(rate: float, shape: Sequence[float], ttl_hours: float) -> float:
    """Of a day's requests to keys of a rate: the share billed by a cache that was empty at its start."""
    volume = rate if rate > 0 else 1.0
    one = Reuse(volume, tuple(shape), (1.0,), ttl_hours)
    return sum(after_switch(one, HOURS, rates=(rate,)).calls) / volume


def _steady_share(rate: float, ttl_hours: float) -> float:
    """Of the requests to keys of a rate: the share billed in the long run."""
    return 1 / (1 + rate * ttl_hours / HOURS) if rate > 0 else 1 / _cycle(ttl_hours)


def _cycle(ttl_hours: float) -> int:
    """Days after which a key that is asked once a day is billed again."""
    return max(1, math.ceil(ttl_hours / HOURS - 0.1))


def _fitted(rows: Sequence[Sequence[float]]) -> tuple[float, ...]:
    """Shares ≥ 0 for which each row comes nearest to 1, starting from equal ones (so the smoothest such)."""
    size = len(rows[0])
    shares = [1 / size] * size
    upper = [sum(a[j] for a in rows) for j in range(size)]
    for _ in range(_STEPS):
        right = [sum(map(mul, a, shares)) for a in rows]
        if max(abs(v - 1) for v in right) < 1e-4:
            break
        shares = [
            s * u / max(1e-12, sum(a[j] * v for a, v in zip(rows, right, strict=True)))
            for j, (s, u) in enumerate(zip(shares, upper, strict=True))
        ]
    total = sum(shares)
    return tuple(s / total for s in shares) if total > 0 else (1 / size,) * size


@dataclass(slots=True)
class _Class:
    """Keys of one rate: how many, and which part of them has a new answer, or an old one that may still be served.

    `hour` is the hour of the day at which keys are asked that are asked once a day, None for all others.
    """

    rate: float
    keys: float
    hour: int | None = None
    fresh: float = 0.0
    old: float = 0.0
    old_at_start: float = 0.0


def after_switch(
    reuse: Reuse, hours: int, start_hour: int = 0, grace: Grace | None = None, rates: Sequence[float] = _CLASSES
) -> Curve:
    """What is billed in each of `hours` after a switch at an hour of the day (UTC)."""
    steady, daily = _classes(reuse, rates, grace is not None)
    # By hour of the day: requests to a key, and the part of the keys that is asked at all.
    loads = [[(e.rate * share, -math.expm1(-e.rate * share)) for e in steady] for share in reuse.hours]
    expiring: dict[int, list[tuple[_Class, float]]] = {}
    calls: list[float] = []
    refreshed: list[float] = []
    stale: list[float] = []
    renewed_so_far = 0.0
    for hour in range(min(hours, MAX_HOURS)):
        for each, gone in expiring.pop(hour, ()):
            each.fresh -= gone
        clock = (start_hour + hour) % HOURS
        asked = [*zip(steady, loads[clock], strict=True), *((e, (1.0, 1.0)) for e in daily[clock : clock + 1])]
        left = math.inf if grace is None or grace.refresh_in_all is None else grace.refresh_in_all - renewed_so_far
        billed, renewed, served = _hour(asked, hour, reuse.ttl_hours, grace, left, expiring)
        renewed_so_far += renewed
        calls.append(billed)
        refreshed.append(renewed)
        stale.append(served)
    return Curve(tuple(calls), tuple(refreshed), tuple(stale))


def _classes(reuse: Reuse, rates: Sequence[float], with_old: bool) -> tuple[list[_Class], list[_Class]]:
    """Classes that are asked at any hour, and by hour of the day those that are asked once, at that hour."""
    pairs = list(zip(rates, reuse.shares, strict=True))
    steady = [_Class(r, reuse.requests * s / r) for r, s in pairs if r > 0 and s > _NOTHING]
    daily = sum(s for r, s in pairs if r == DAILY)
    by_hour = [_Class(DAILY, reuse.requests * daily * h, at) for at, h in enumerate(reuse.hours)] if daily else []
    if with_old:
        for each in (*steady, *by_hour):
            each.old = each.old_at_start = 1 - _steady_share(each.rate, reuse.ttl_hours)
    return steady, by_hour


def _hour(
    asked: list[tuple[_Class, tuple[float, float]]],
    hour: int,
    ttl: float,
    grace: Grace | None,
    left: float,
    expiring: dict[int, list[tuple[_Class, float]]],
) -> tuple[float, float, float]:
    """One hour: calls, renewals among them, and requests answered from the old model's cache."""
    inside = 0.0 if grace is None else min(1.0, max(0.0, grace.window_hours - hour))
    wanted = sum(each.keys * each.old * hit for each, (_, hit) in asked) * inside
    limit = wanted if grace is None or grace.refresh_per_hour is None else grace.refresh_per_hour * inside
    part = max(0.0, min(1.0, min(limit, left) / wanted)) if wanted > 0 else 0.0
    calls = served = 0.0
    for each, (load, hit) in asked:
        renewed = each.old * hit * inside * part
        served += each.keys * each.old * load * inside
        missing = max(0.0, 1 - each.fresh - each.old * inside)
        if ttl < 1 and each.hour is None:  # answers are gone within the hour
            calls += each.keys * (missing * load / (1 + load * ttl) + renewed)
        else:
            new = missing * hit + renewed
            calls += each.keys * new
            if ttl >= 1:
                each.fresh += new
                expiring.setdefault(hour + max(1, round(ttl)), []).append((each, new))
        step = 1 if each.hour is None else HOURS
        each.old = max(0.0, each.old - renewed - each.old_at_start * step / max(1.0, ttl)) if inside > 0 else 0.0
    return calls, wanted * part, served


def steady_per_hour(reuse: Reuse) -> float:
    """Calls an hour in the long run, on the mean of a day."""
    steady = sum(s * _steady_share(r, reuse.ttl_hours) for r, s in zip(_CLASSES, reuse.shares, strict=True))
    return reuse.requests * steady / HOURS


def warm_after(curve: Curve, per_hour: float, ttl_hours: float) -> float | None:
    """Hours until a day's calls stay within a tenth of the long run's; no later than the TTL. None: not within the curve."""
    for start in range(0, len(curve.calls) - HOURS + 1):
        if sum(curve.calls[start : start + HOURS]) <= _NEAR * per_hour * HOURS:
            return float(min(start, max(1, math.ceil(ttl_hours))))
    return float(math.ceil(ttl_hours)) if ttl_hours < len(curve.calls) else None
