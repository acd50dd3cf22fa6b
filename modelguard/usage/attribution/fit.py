"""The fit: hourly calls as a sum of each consumer's activity times its rate, rates not below zero.

y[h] = Σ rate[c] · activity[c, h] + noise. Counts scatter by themselves (variance μ) and each consumer's rate from hour to hour
(variance Σ (τμ[c])²); τ is estimated from the residuals. Non-negative least squares (Lawson and Hanson 1974, scipy.optimize.nnls)
with those weights, repeated until they settle; hours that fit nobody get less weight (Huber 1964). Clocks that are some
minutes off move a share of an hour's activity to its neighbour: each is taken back by what the fit and the habit of clocks
say together.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

Vector = Any
"""A NumPy array of floats."""
ROUNDS = 12
HUBER = 2.0
"""Residuals of more standard deviations than this count less."""
LEAST_SCATTER, MOST_SCATTER = 0.02, 0.6
SHIFTS = (-0.25, -0.2, -0.15, -0.1, -0.05, 0.0, 0.05, 0.1, 0.15, 0.2, 0.25)
"""Clock differences that are tried, hours."""
SWEEPS = 2
"""Times that all clocks are judged, the second time by the scatter that the first one left."""
LOST = 10.0
"""Expected calls from which on an hour without any was not counted, if that is so in no more than RARE of such hours."""
RARE = 0.25
SPILT = 0.4
"""Share of a neighbour's expected calls up to which an hour's may be there only because a clock is off."""
STEP = 0.05
"""Between two of them."""
CLOCKS = 0.1
"""How far clocks are usually off, hours (standard deviation): some minutes."""
UNSURE = 0.05
"""Weight of hours of which an activity was filled in, to begin with."""
STEADY = 0.08
"""Scatter of rates that shifts are judged with: a wrong clock would hide in what it makes of the residuals."""
OWN_NOISE = 0.08
"""Least relative noise of a signal itself: differences between two signals within it tell nobody apart."""


@dataclass(frozen=True, slots=True)
class Fit:
    """Rates (calls an activity), their covariance, the scatter τ of rates, the activity as shifted, the shifts and how far
    the clocks may still be off (hours, standard deviation), the weights of hours, and those whose calls were not counted.
    """

    rates: Vector
    covariance: Vector
    scatter: float
    activity: Vector
    shifts: tuple[float, ...]
    clocks: tuple[float, ...]
    weights: Vector
    freedom: int
    lost: Vector

    @property
    def quantile(self) -> float:
        """95 % quantile of Student's t for the hours less the rates (to 2 % from three degrees on)."""
        return 1.645 + 1.6 / self.freedom + 1.2 / self.freedom**2


def fit(calls: Vector, activity: Vector, used: Vector, doubt: Vector | None = None) -> Fit:
    """The rates for `calls` (hours) by `activity` (hours × consumers, no gaps), from the hours that are `used`.

    `doubt` is the standard deviation of each activity that was filled in (0: it is known): such hours count less.
    """
    import numpy as np

    scale = np.maximum(activity[used].sum(axis=0), 1e-9)
    given = activity / scale
    shifted = given.copy()
    loose = np.zeros_like(given) if doubt is None else doubt / scale
    shifts = [0.0] * activity.shape[1]
    clocks = [0.0] * activity.shape[1]
    rates, weights, scatter = _weighted(calls, shifted, used, loose)
    lost = _lost(calls, shifted @ rates, used)
    used = used & ~lost
    # A wrong clock hides in what it makes of the residuals: to begin with, rates are taken to be steady.
    judged = STEADY
    for _ in range(SWEEPS):
        for column in range(activity.shape[1]):
            fixed = _steady(shifted * rates, loose, rates, judged)
            shifts[column], clocks[column] = _clock(calls, shifted, given[:, column], fixed, used, column)
            shifted[:, column] = moved(given[:, column], shifts[column])
            rates = _solve(calls, shifted, _steady(shifted * rates, loose, rates, judged), used)
        rates, weights, scatter = _weighted(calls, shifted, used, loose)
        judged = scatter
    covariance = _covariance(calls, shifted, weights, used, scatter)
    freedom = max(int((used & (calls > 0)).sum()) - len(rates), 2)
    return Fit(
        rates / scale, covariance / np.outer(scale, scale), scatter, shifted * scale, tuple(shifts), tuple(clocks),
        weights, freedom, lost,
    )  # fmt: skip


def _clock(
    calls: Vector, shifted: Vector, original: Vector, weights: Vector, used: Vector, column: int
) -> tuple[float, float]:
    """How far one signal's clock is off and how surely: the mean and deviation over the shifts, each as likely as its fit
    makes it, given that clocks are usually off by minutes.
    """
    import numpy as np

    candidate = shifted.copy()
    misfits = []
    for shift in SHIFTS:
        candidate[:, column] = moved(original, shift)
        misfits.append(_misfit(calls, candidate @ _solve(calls, candidate, weights, used), weights, used))
    tried = np.array(SHIFTS)
    doubt = (np.array(misfits) - min(misfits)) / 2 + (tried / CLOCKS) ** 2 / 2
    likely = np.exp(-(doubt - doubt.min()))
    likely /= likely.sum()
    mean = float(tried @ likely)
    return mean, float(np.sqrt(((tried - mean) ** 2) @ likely + STEP**2 / 12))


def again(calls: Vector, found: Fit, column: int, later: float, used: Vector) -> tuple[Vector, Vector]:
    """Activity and rates if one signal's clock were `later` by so many hours than was taken."""
    activity = found.activity.copy()
    activity[:, column] = moved(activity[:, column], later)
    return activity, _solve(calls, activity, found.weights, used)


def _steady(parts: Vector, loose: Vector, rates: Vector, scatter: float) -> Vector:
    import numpy as np

    expected = parts.sum(axis=1)
    return 1.0 / (np.maximum(expected, 1.0) + (scatter * together(parts)) ** 2 + ((loose * rates) ** 2).sum(axis=1))


def _lost(calls: Vector, expected: Vector, used: Vector) -> Vector:
    """Hours in which no call was counted although many were to be expected: the counting failed, not the activity. Where that
    is often so, it is the expectation that is wrong.
    """
    import numpy as np

    beside = np.maximum(np.append(0.0, expected[:-1]), np.append(expected[1:], 0.0))
    busy = used & (expected > np.maximum(LOST, SPILT * beside))
    lost = busy & (calls <= 0)
    return lost if lost.sum() <= RARE * busy.sum() else np.zeros_like(lost)


def _covariance(calls: Vector, activity: Vector, weights: Vector, used: Vector, scatter: float) -> Vector:
    """The rates' covariance. Signals are noisy themselves: what they differ by within that noise is taken out of the
    information (errors in variables), so that two signals that only differ by noise are told to be open.
    """
    import numpy as np

    rows = activity[used]
    information = (rows.T * weights[used]) @ rows
    noise = max(scatter, OWN_NOISE) ** 2 * (rows**2 * weights[used][:, None]).sum(axis=0)
    values, vectors = np.linalg.eigh(information - np.diag(noise))
    # A direction that nothing says anything about gets a variance of the size of everything there is.
    least = 1.0 / max(calls[used].sum(), 1.0) ** 2
    return (vectors / np.maximum(values, least)) @ vectors.T


def _weighted(calls: Vector, activity: Vector, used: Vector, loose: Vector) -> tuple[Vector, Vector, float]:
    import numpy as np

    scatter = 0.15
    # Before anything is known of rates, hours that were filled in hardly count.
    weights = np.where(loose.any(axis=1), UNSURE, 1.0) / np.maximum(calls, 1.0)
    rates = _solve(calls, activity, weights, used)
    for _ in range(ROUNDS):
        expected = activity @ rates
        variance = (
            np.maximum(expected, 1.0) + (scatter * together(activity * rates)) ** 2 + ((loose * rates) ** 2).sum(axis=1)
        )
        standardised = np.abs(calls - expected) / np.sqrt(variance)
        weights = np.minimum(1.0, HUBER / np.maximum(standardised, 1e-9)) / variance
        rates = _solve(calls, activity, weights, used)
        scatter = _scatter(calls, activity * rates, used & ~loose.any(axis=1))
    return rates, weights, scatter


def together(parts: Vector) -> Vector:
    """What scatters of an hour's calls: each consumer's rate by itself, so one that makes all scatters more than two halves."""
    import numpy as np

    return np.sqrt((parts**2).sum(axis=1))


def _scatter(calls: Vector, parts: Vector, used: Vector) -> float:
    """τ from hours with enough calls: what residuals are beyond counting noise (median, so outliers don't count)."""
    import numpy as np

    expected, whole = parts.sum(axis=1), together(parts)
    busy = used & (expected > 20)
    if busy.sum() < 3:
        return 0.15
    relative = np.abs(calls[busy] - expected[busy]) / whole[busy]
    # The parameters took up some of the residuals.
    freedom = max(busy.sum() - parts.shape[1], 1) / busy.sum()
    spread = (1.4826 * np.median(relative)) ** 2 / freedom - np.median(expected[busy] / whole[busy] ** 2)
    return float(np.clip(np.sqrt(max(spread, 0.0)), LEAST_SCATTER, MOST_SCATTER))


def _solve(calls: Vector, activity: Vector, weights: Vector, used: Vector) -> Vector:
    import numpy as np
    from scipy.optimize import nnls

    root = np.sqrt(weights[used])
    return nnls(activity[used] * root[:, None], calls[used] * root)[0]


def _misfit(calls: Vector, expected: Vector, weights: Vector, used: Vector) -> float:
    return float((weights[used] * (calls[used] - expected[used]) ** 2).sum())


def moved(column: Vector, shift: float) -> Vector:
    """A column as it was before its clock went `shift` hours ahead: then a share of each hour is seen in the next one.

    seen[h] = (1 - s) a[h] + s a[h - 1], solved for a from the first hour on; a clock behind, from the last hour back.
    """
    import numpy as np

    if not shift:
        return column
    share, seen = abs(shift), column if shift > 0 else column[::-1]
    before, found = float(seen[0]), np.zeros_like(seen)
    for hour, value in enumerate(seen):
        before = max(0.0, (value - share * before) / (1 - share))
        found[hour] = before
    total = found.sum()
    found = found * (seen.sum() / total) if total > 0 else seen
    return found if shift > 0 else found[::-1]
