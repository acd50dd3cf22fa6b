"""Days that were measured to days to come: level, weekdays and trend, with an interval by bootstrap.

Everything here is relative to the mean of the measured days, a plain number; money is multiplied on afterwards. The
model is linear in logarithms (in the values themselves where some are zero): a level, a weekend, single weekdays drawn
together by ridge, a slope. What goes in is decided by leave-one-out error (PRESS, Allen 1974), simplest first. With a
level alone the forecast is the arithmetic mean exactly. A slope counts as far as the days show it beside what is usual
(its mean under a prior with heavy tails), for requests and for what one comes to apart, and fades ahead. Intervals:
residual bootstrap of the prediction error (Efron and Tibshirani 1993, 9.5 and 25.4) with leverage-corrected residuals,
widened by Student's t for few days. Draws are shared by all series of equal length, so that what consumers have in
common stays in their sum.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import date
from functools import lru_cache
from random import Random

from modelguard.cost.linear import Fit, dot, fitted, middle_of, row_of

DRAWS = 400
SEED = 233
_T_95 = (
    6.314, 2.920, 2.353, 2.132, 2.015, 1.943, 1.895, 1.860, 1.833, 1.812, 1.796, 1.782, 1.771, 1.761, 1.753, 1.746, 1.740,
    1.734, 1.729, 1.725, 1.721, 1.717, 1.714, 1.711, 1.708, 1.706, 1.703, 1.701, 1.699, 1.697,
)  # fmt: skip
"""95 % quantiles of Student's t for 1 to 30 degrees of freedom (NIST/SEMATECH e-Handbook, 1.3.6.7.2)."""
_NORMAL_95 = 1.645
MOST_DAYS = 120
"""Older days than these say little of tomorrow; also a bound on work."""
_RIDGES = (8.0, 2.0, 0.5)
_Prior = tuple[tuple[float, float], ...]
_GROWTH: _Prior = ((0.9, 0.0015), (0.1, 0.012))
"""How much what is asked grows or shrinks a day: normals around nothing (share, standard deviation). Most platforms hardly
do, some by a per cent or more: a slope that the days show clearly is carried on, one that chance explains is not."""
_OPEN: _Prior = ((0.8, 0.0015), (0.2, 0.02))
"""Likewise for what is left open of it, where more weighs little on most platforms and holds on those that grow by 2 % a day."""
_DRIFT: _Prior = ((0.95, 0.0015), (0.05, 0.015))
"""Likewise what a request comes to (hit rates, lengths), which moves less often than their number."""
_LIKE_DAYS, _USUAL_NOISE = 4.0, 0.05
"""A usual scatter of days counts like so many days, as a few days may lie on a line by chance."""
_TELLS = 2.0
"""A slope is worth a parameter where its square is so many times its variance (Akaike 1974); else the mean stays as it is."""
_DAMPED = 0.97
"""Of each day's growth, what is left on the next: growth does not go on for ever (damped trend, Gardner and McKenzie 1985)."""
_DOUBLED = math.log(2)
"""No growth is carried on to more than twice, or less than half, of what was measured."""
_TINY = 1e-4
"""Days with less than this share of the mean are as good as none, and have no logarithm that says anything."""
_LARGEST = 30.0
_TWO_WEEKS = 14
_SURELY = 3.0
"""F(5, many) at 99 %: days that vary by more than so many times what chance explains differ for a reason."""


@dataclass(frozen=True, slots=True)
class Forecast:
    """A mean over days to come ÷ the mean of the measured days: expected, and draws of what it may turn out to be.

    `draws` is empty where a single day was measured. `weekly` and `slope` (a day, 0.01 is 1 %) say what was seen.
    """

    factor: float
    draws: tuple[float, ...]
    weekly: bool = False
    slope: float = 0.0

    def quantile(self, share: float) -> float | None:
        """The draw below which a share of them lies; None without draws."""
        if not self.draws:
            return None
        return sorted(self.draws)[min(len(self.draws) - 1, max(0, round(share * (len(self.draws) - 1))))]


@dataclass(frozen=True, slots=True)
class _Slope:
    """The fit of days without their growth, the growth a day to go on with, and its standard deviation."""

    fit: Fit
    slope: float
    spread: float


def forecast(
    days: Sequence[date],
    values: Sequence[float],
    targets: Sequence[date],
    counts: Sequence[float | None] = (),
    volume: Sequence[float | None] = (),
) -> Forecast:
    """The mean over `targets` as a share of the mean of `values`, which were measured on `days` (ascending, ≥ 1).

    `counts` are the calls behind each value, where they are known: so many calls vary by chance, more is the weekday.
    `volume` are the requests of each day, where they are known: their growth shows more surely than that of amounts.
    """
    days, values, counts, volume = days[-MOST_DAYS:], values[-MOST_DAYS:], counts[-MOST_DAYS:], volume[-MOST_DAYS:]
    mean = sum(values) / len(values)
    if len(values) == 1 or mean <= 0:
        return Forecast(1.0, ())
    closed = _closed(days, values)
    noise = _chance([c for d, c in zip(days, counts, strict=True) if d.weekday() not in closed]) if counts else None
    kept = [(d, v) for d, v in zip(days, values, strict=True) if d.weekday() not in closed]
    open_targets = [d for d in targets if d.weekday() not in closed]
    if not open_targets or len(kept) < 2:
        return Forecast(len(open_targets) / len(targets) if targets else 1.0, (), True)
    share = len(open_targets) / len(targets)
    asked = [v for d, v in zip(days, volume, strict=True) if d.weekday() not in closed] if volume else []
    found = _open([d for d, _ in kept], [v for _, v in kept], open_targets, noise, asked)
    scale = share * (sum(v for _, v in kept) / len(kept)) / mean
    return Forecast(
        found.factor * scale, tuple(d * scale for d in found.draws), found.weekly or bool(closed), found.slope
    )


def _chance(counts: Sequence[float | None]) -> float | None:
    """The variance of a day's logarithm that chance explains: calls by Poisson, of sizes that vary by as much as
    their mean, and 4 % of the day's own. None where calls are not known."""
    known = [c for c in counts if c]
    if len(known) < len(counts) or not known:
        return None
    return sum(2 / c for c in known) / len(known) + 0.04**2


def _by_weekday(days: Sequence[date], values: Sequence[float], fit: Fit, noise: float) -> Fit:
    """Each weekday for itself where a week or so varies by far more than chance explains (empirical Bayes)."""
    freedom = len(days) - len(fit.columns)
    if freedom < 3 or fit.columns[-1].startswith("day"):
        return fit
    variance = sum(r * r for r in fit.residuals) / freedom
    if variance < _SURELY * noise:
        return fit
    each = tuple(f"day{n}" for n in sorted({d.weekday() for d in days}))
    found = fitted(days, values, (*fit.columns, *each), noise / (variance - noise))
    return fit if found is None else replace(found, noise_known=True)


def _closed(days: Sequence[date], values: Sequence[float]) -> frozenset[int]:
    """Weekdays on which there never was anything, of at least a week of days."""
    if len(days) < 7:
        return frozenset()
    return frozenset(range(7)) - {d.weekday() for d, v in zip(days, values, strict=True) if v > 0} - _unseen(days)


def _unseen(days: Sequence[date]) -> frozenset[int]:
    return frozenset(range(7)) - {d.weekday() for d in days}


def _open(
    days: Sequence[date],
    values: Sequence[float],
    targets: Sequence[date],
    noise: float | None,
    volume: Sequence[float | None],
) -> Forecast:
    """The forecast for days on which something happens."""
    mean = sum(values) / len(values)
    logs = min(values) > _TINY * mean
    scaled = [math.log(v / mean) if logs else v / mean - 1 for v in values]
    fit = _best(days, scaled)
    if noise is not None and logs and 6 <= len(days) < _TWO_WEEKS:
        fit = _by_weekday(days, scaled, fit, noise)
    ahead = _distance(days, targets)
    growth = _with_slope(days, scaled, _logs(volume), fit, ahead) if logs else _Slope(fit, 0.0, 0.0)
    fit, slope = growth.fit, growth.slope
    rows = [row_of(d, days, fit.columns) for d in targets]
    linear = [dot(r, fit.beta) for r in rows]
    back = _back(logs)
    middle = middle_of(days)
    seen = [back(dot(row_of(d, days, fit.columns), fit.beta) + slope * (d.toordinal() - middle)) for d in days]
    smear = len(values) / sum(seen) if sum(seen) > 0 else 1.0
    factor = max(0.0, sum(map(back, linear)) / len(linear) * smear)
    if fit.columns == ("level",) and not slope:
        factor = 1.0
    factor *= _exp(slope * ahead)
    draws = _draws(days, rows, linear, logs, growth, ahead)
    return Forecast(factor, tuple(max(0.0, factor * d) for d in draws), len(fit.columns) > 1 + bool(slope), slope)


def _logs(volume: Sequence[float | None]) -> list[float]:
    """The logarithms of what was asked a day; nothing where it isn't known of all days."""
    known = [v for v in volume if v is not None and v > 0]
    return [math.log(v) for v in known] if known and len(known) == len(volume) else []


def _back(logs: bool) -> Callable[[float], float]:
    return _exp if logs else lambda x: max(0.0, 1 + x)


def _exp(value: float) -> float:
    """The exponential, bounded: what days that differ wildly are carried on to must stay a number."""
    return math.exp(max(-_LARGEST, min(_LARGEST, value)))


def _columns(days: Sequence[date]) -> list[tuple[tuple[str, ...], float]]:
    """Sets of columns to try and their ridge, simplest first."""
    weekend = sum(1 for d in days if d.weekday() >= 5)
    found: list[tuple[tuple[str, ...], float]] = [(("level",), 0.0)]
    if weekend >= 2 and len(days) - weekend >= 3:
        found.append((("level", "weekend"), 0.0))
    if len(days) >= _TWO_WEEKS:
        each = tuple(f"day{n}" for n in sorted({d.weekday() for d in days}))
        for ridge in _RIDGES:
            found.append((("level", *each), ridge))
            if len(found[1][0]) == 2:
                found.append((("level", "weekend", *each), ridge))
    return found


def _best(days: Sequence[date], values: Sequence[float]) -> Fit:
    """The columns with the least leave-one-out error; more than a level has to earn its place."""
    best: Fit | None = None
    for columns, ridge in _columns(days):
        fit = fitted(days, values, columns, ridge)
        if fit is None:
            continue
        needed = 0.75 if best is not None and best.columns == ("level",) else 0.95
        if best is None or fit.score < best.score * needed:
            best = fit
    assert best is not None
    return best


def _with_slope(
    days: Sequence[date], values: Sequence[float], volume: Sequence[float], fit: Fit, ahead: float
) -> _Slope:
    """What the days say of growth: that of requests, and that of what a request comes to, each with its own prior.

    The fit that is given back is that of the days without the growth in them.
    """
    if len(days) < 5:
        return _Slope(fit, 0.0, _deviation(_GROWTH))
    if volume:
        asked = _grown(days, volume, fit.columns, _GROWTH, _OPEN)
        each = _grown(days, [v - r for v, r in zip(values, volume, strict=True)], fit.columns, _DRIFT, _DRIFT)
        slope, spread = asked[0] + each[0], math.hypot(asked[1], each[1])
    else:
        slope, spread = _grown(days, values, fit.columns, _GROWTH, _OPEN)
    slope = math.copysign(min(abs(slope), _DOUBLED / max(1.0, abs(ahead))), slope)
    middle = middle_of(days)
    flat = [v - slope * (d.toordinal() - middle) for d, v in zip(days, values, strict=True)]
    again = fitted(days, flat, fit.columns, fit.ridge)
    return _Slope(fit if again is None else replace(again, noise_known=fit.noise_known), slope, spread)


def _grown(
    days: Sequence[date], values: Sequence[float], columns: tuple[str, ...], prior: _Prior, wide: _Prior
) -> tuple[float, float]:
    """A slope a day and its standard deviation, given what is usual: mixtures of normals around nothing (share, deviation),
    one for what is carried on and a wider one for what is left open.
    """
    ridge = 0.5 if any(c.startswith("day") for c in columns) else 0.0
    more = fitted(days, values, (*columns, "slope"), ridge)
    freedom = len(days) - sum(more.leverage) if more is not None else 0.0
    if more is None or freedom < 2:
        return 0.0, _deviation(prior)
    variance = (sum(r * r for r in more.residuals) + _LIKE_DAYS * _USUAL_NOISE**2) / (freedom + _LIKE_DAYS)
    error = variance * more.inverse[-1][-1]
    seen = more.beta[-1]
    mean, _ = _given(seen, error, prior)
    if seen * seen < _TELLS * error:
        mean = 0.0
    centre, square = _given(seen, error, wide)
    return mean, math.sqrt(max(0.0, square - 2 * mean * centre + mean * mean))


def _given(seen: float, error: float, prior: _Prior) -> tuple[float, float]:
    """Mean and mean square of a slope of which `seen` was measured with this variance."""
    weights = [w * math.exp(-seen * seen / 2 / (s * s + error)) / math.sqrt(s * s + error) for w, s in prior]
    total = sum(weights)
    if not total:
        return seen, seen * seen + error
    means = [seen * s * s / (s * s + error) for _, s in prior]
    spreads = [s * s * error / (s * s + error) for _, s in prior]
    mean = sum(w * m for w, m in zip(weights, means, strict=True)) / total
    return mean, sum(w * (v + m * m) for w, m, v in zip(weights, means, spreads, strict=True)) / total


def _deviation(prior: _Prior) -> float:
    return math.sqrt(sum(w * s * s for w, s in prior))


def _distance(days: Sequence[date], targets: Sequence[date]) -> float:
    """Days of growth from the middle of the one to the other, of which each day ahead has a little less than the one before."""
    last = days[-1].toordinal()
    ahead = [max(0, d.toordinal() - last) for d in targets]
    damped = sum(_DAMPED * (1 - _DAMPED**n) / (1 - _DAMPED) for n in ahead) / len(ahead)
    return last + damped - sum(d.toordinal() for d in days) / len(days)


# -- bootstrap ---------------------------------------------------------------------------------------------------------


def _draws(
    days: Sequence[date],
    rows: list[list[float]],
    linear: list[float],
    logs: bool,
    growth: _Slope,
    distance: float,
) -> tuple[float, ...]:
    """Draws of (what the mean over the targets turns out to be) ÷ (its forecast)."""
    fit, count, future = growth.fit, len(days), len(rows)
    shape = [_exp(v) if logs else max(0.0, 1 + v) for v in linear]
    total = sum(shape) or 1.0
    weights = [s / total for s in shape]
    mean_row = [sum(w * r[i] for w, r in zip(weights, rows, strict=True)) for i in range(len(fit.columns))]
    pull = [dot(line, mean_row) for line in fit.inverse]
    hat = [dot(row_of(d, days, fit.columns), pull) for d in days]
    if not logs:
        level = total / future
        hat = [h / level for h in hat] if level > 0 else hat
    freedom = count if fit.noise_known else max(1, round(count - sum(fit.leverage)))
    # What the growth that was taken out took with it of the scatter.
    spent = math.sqrt(freedom / (freedom - 1)) if growth.slope and freedom > 1 else 1.0
    wider = spent * (_T_95[freedom - 1] if freedom <= len(_T_95) else _NORMAL_95) / _NORMAL_95
    errors = _centred(
        [wider * e / math.sqrt(max(0.05, 1 - h)) for e, h in zip(fit.residuals, fit.leverage, strict=True)]
    )
    # A single day to come misses as a measured day does that was left out; over many that evens out.
    alone = errors
    if future == 1:
        alone = _centred([wider * e / max(0.05, 1 - h) for e, h in zip(fit.residuals, fit.leverage, strict=True)])
    found = []
    for past, ahead, normal in zip(_past(count), _ahead(count, future), normal_draws(), strict=True):
        missed = sum(hat[i] * errors[j] for i, j in enumerate(past)) + normal * growth.spread * distance
        comes = sum(w * alone[j] for w, j in zip(weights, ahead, strict=True))
        found.append(_exp(comes - missed) if logs else max(0.0, 1 + comes - missed))
    return tuple(found)


def _centred(values: list[float]) -> list[float]:
    centre = sum(values) / len(values)
    return [v - centre for v in values]


@lru_cache(maxsize=64)
def _past(count: int) -> tuple[tuple[int, ...], ...]:
    rnd = Random(f"{SEED} past {count}")  # noqa: S311 - the same draws on every run
    return tuple(tuple(rnd.choices(range(count), k=count)) for _ in range(DRAWS))


@lru_cache(maxsize=64)
def _ahead(count: int, future: int) -> tuple[tuple[int, ...], ...]:
    rnd = Random(f"{SEED} ahead {count} {future}")  # noqa: S311 - the same draws on every run
    return tuple(tuple(rnd.choices(range(count), k=future)) for _ in range(DRAWS))


@lru_cache(maxsize=1)
def normal_draws() -> tuple[float, ...]:
    """As many draws of a standard normal as there are of a forecast: what its slope may be."""
    rnd = Random(f"{SEED} normal")  # noqa: S311 - drawn alike on every run
    return tuple(rnd.gauss(0, 1) for _ in range(DRAWS))
