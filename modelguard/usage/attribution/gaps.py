"""Hours that a signal lacks: what may have been, and which of it the calls of the hour speak for.

An hour of a service lies between its neighbours; a job either ran or did not, like in its other hours. So what is missing
is a mixture: near where the neighbours put it, or near any hour that is known, as much of each as tells the known hours best
(each left out in turn). The calls of the hour say which part of the mixture it was. Within a part its own spread stays, so
that an hour does not confirm the rates that it was filled in by.
"""

from __future__ import annotations

from modelguard.usage.attribution.fit import Fit, Vector

OWN = 0.1
"""Least relative spread around an hour that is like another one."""
FEWEST = 4
"""Fewest hours that are known of a signal for others to be like them."""


def guessed(calls: Vector, matrix: Vector, filled: Vector, doubt: Vector, found: Fit) -> tuple[Vector, Vector]:
    """Activity (hours × consumers) with its gaps (NaN in `matrix`) filled in, and their standard deviations, given a fit.

    `filled` and `doubt` are where the neighbours put what is missing, and how far off they are.
    """
    import numpy as np

    values, spread = filled.copy(), doubt.copy()
    mean = found.activity * found.rates
    variance = np.maximum(mean, 0.0) + (found.scatter * mean) ** 2 + (doubt * found.rates) ** 2
    for column in range(matrix.shape[1]):
        gaps = np.flatnonzero(np.isnan(matrix[:, column]))
        known = matrix[~np.isnan(matrix[:, column]), column]
        rate = found.rates[column]
        if not len(gaps) or rate <= 0 or len(known) < FEWEST:
            continue
        near = _share_near(matrix[:, column], float(doubt[gaps[0], column]))
        others = mean.sum(axis=1) - mean[:, column]
        open_ = variance.sum(axis=1) - variance[:, column]
        for hour in gaps:
            centres = np.concatenate([[filled[hour, column]], known])
            widths = np.concatenate([[doubt[hour, column]], _width(known)])
            weights = np.concatenate([[near], np.full(len(known), (1 - near) / len(known))])
            made = rate * centres
            scatter = np.maximum(made + open_[hour], 1.0) + (found.scatter * made) ** 2 + (rate * widths) ** 2
            likely = weights * _density(calls[hour] - others[hour] - made, scatter)
            if likely.sum() <= 0:
                continue
            likely /= likely.sum()
            values[hour, column] = likely @ centres
            spread[hour, column] = np.sqrt(likely @ (widths**2 + (centres - values[hour, column]) ** 2))
    return values, spread


def _share_near(column: Vector, doubt: float) -> float:
    """How much of what is missing lies near its neighbours, the rest being like any other hour, by the hours that are known."""
    import numpy as np

    whole = ~np.isnan(column[:-2]) & ~np.isnan(column[1:-1]) & ~np.isnan(column[2:])
    at = np.flatnonzero(whole) + 1
    if len(at) < FEWEST:
        return 0.5
    between = _density(column[at] - (column[at - 1] + column[at + 1]) / 2, np.full(len(at), doubt**2))
    known = column[~np.isnan(column)]
    alike = np.array([_density(value - known, _width(known) ** 2).sum() for value in column[at]])
    alike = (alike - _density(np.zeros(len(at)), _width(column[at]) ** 2)) / (len(known) - 1)
    share = 0.5
    for _ in range(20):
        near = share * between
        share = float(np.mean(near / np.maximum(near + (1 - share) * alike, 1e-300)))
    # Never quite sure: a service may have stood still for once, a job may have taken longer.
    return min(0.95, max(0.05, share))


def _width(values: Vector) -> Vector:
    import numpy as np

    return np.sqrt(np.maximum(values, 1.0) + (OWN * values) ** 2)


def _density(difference: Vector, variance: Vector) -> Vector:
    import numpy as np

    return np.exp(-(difference**2) / (2 * variance)) / np.sqrt(variance)
