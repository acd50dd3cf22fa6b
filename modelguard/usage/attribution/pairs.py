"""Which two signals are one in proportion to the other, so that no calls could tell who made them.

d[h] = a[h] - ratio · b[h] would then be noise: counts scatter by themselves, a signal has OWN_NOISE besides, and clocks that are
some minutes off carry activity over the edges of hours. An even stream moves by the same share everywhere (each share is tried);
a job that ends near an edge moves whole or not at all, so that at each edge another share may have moved: what one hour lacks then
its neighbour has. An hour that a signal lacks was between nothing and its busiest. The mean square of d by that covariance (it is
tridiagonal) is about 1 for such a pair, whatever the size of the signals.
"""

from __future__ import annotations

from itertools import combinations

from modelguard.usage.attribution.fit import OWN_NOISE, Fit, Vector, moved

SHARES = tuple(step / 40 for step in range(-8, 9))
"""How far each of two clocks is tried to be off, the other as far the other way, hours."""
UNEVEN = 0.25
"""Standard deviation of the share of what stands at an edge that moved there otherwise than elsewhere."""
ROUGH = 0.3
"""Variance of a count that is next to nothing."""
ALLOWED = 1.4
"""Mean square up to which two signals are alike: 96 % of such pairs of bursty jobs are below (bench/attribution.py --jobs)."""
NEAR = 2.5
"""Mean square up to which two signals are alike if the calls do not tell them either."""
TRADED = -0.8
"""Correlation of two rates' errors below which one's calls may as well be the other's."""
OPEN = 0.25
"""Half width of a rate's 90 % interval, as a share of the calls of both, from which on the calls do not tell the two."""
ROUNDS = 2


def pairs(found: Fit, calls: Vector, matrix: Vector) -> list[tuple[int, int]]:
    """Consumers that can't be told apart: by their signals (`matrix`, NaN: not known) and by the calls (given to each by hour)."""
    import numpy as np

    placed = [_Placed(matrix[:, column]) for column in range(matrix.shape[1])]
    deviation = np.sqrt(np.diag(found.covariance))
    correlation = found.covariance / np.outer(deviation, deviation)
    sums, open_ = calls.sum(axis=0), 1.645 * deviation * found.activity.sum(axis=0)
    alike = []
    for i, j in combinations(range(len(placed)), 2):
        traded = correlation[i, j] < TRADED and min(open_[i], open_[j]) > OPEN * (sums[i] + sums[j])
        if apart(placed[i], placed[j]) <= (NEAR if traded else ALLOWED):
            alike.append((i, j))
    return alike


class _Placed:
    """A signal, as it would be for each clock, what is open of each hour, and what stands at the edges of hours."""

    def __init__(self, column: Vector) -> None:
        import numpy as np

        self.gaps = np.isnan(column)
        known = column[~self.gaps]
        top = float(known.max()) if len(known) else 0.0
        filled = np.where(self.gaps, top / 2, column)
        self.active = top > 0
        self.open = np.where(self.gaps, top / 2, 0.0)
        beside_gap = self.gaps[1:] | self.gaps[:-1]
        self.edges = np.where(beside_gap, top / 2, np.abs(np.diff(filled)))
        self.by_shift = [moved(filled, share) for share in SHARES] if self.active else []


def apart(one: _Placed, two: _Placed) -> float:
    """How far two signals are from being in proportion: about 1 where they are, infinite where either was not active."""
    if not (one.active and two.active):
        return float("inf")
    return min(_mean_square(one, two, at) for at in range(len(SHARES)))


def _mean_square(one: _Placed, two: _Placed, at: int) -> float:
    import numpy as np
    from scipy.linalg import solveh_banded

    left, right = one.by_shift[at], two.by_shift[len(SHARES) - 1 - at]
    known = ~one.gaps & ~two.gaps
    ratio = left[known].sum() / max(right[known].sum(), 1e-9)
    if ratio <= 0:
        ratio = left.sum() / right.sum()
    square = 0.0
    for _ in range(ROUNDS):
        difference = left - ratio * right
        own = left + ratio**2 * right + OWN_NOISE**2 * (left**2 + (ratio * right) ** 2) + ROUGH * (1 + ratio**2)
        edges = UNEVEN**2 * (one.edges**2 + (ratio * two.edges) ** 2)
        bands = np.zeros((2, len(left)))
        bands[0, 1:] = -edges
        bands[1] = own + one.open**2 + (ratio * two.open) ** 2
        bands[1, :-1] += edges
        bands[1, 1:] += edges
        solved, of_right = solveh_banded(bands, np.stack([difference, right], axis=1)).T
        square = float(difference @ solved)
        # The ratio that makes the difference least, but none that makes one of the two vanish.
        ratio = max(ratio + float(right @ solved) / max(float(right @ of_right), 1e-12), ratio / 3)
    busy = ((left + right) > 0) & ~(one.gaps & two.gaps)
    return square / max(int(busy.sum()) - 1, 1)
