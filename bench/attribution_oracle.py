"""What could be known of a day at best: an estimator that is told what `usage attribute` has to find out.

It is given the true activity of every hour (no clock is off, nothing is missing) and how much rates scatter, and fits only
the rates: generalised least squares, and each hour's remainder to whom it most likely belongs (best linear unbiased
prediction). Its own standard deviations follow from the same model (the Cramér-Rao bound of the rates, and what an hour's
noise leaves open even when they are known). Who it can tell within 10 % is *identifiable*; what it misses, nobody finds.
"""

from __future__ import annotations

from typing import Any

NORMAL_95 = 1.645
ROUNDS = 30


def told(calls: Any, did: Any, scatter: float) -> tuple[Any, Any]:
    """Calls (days × consumers) and their standard deviations, from the hours' calls and what each did (hours × consumers)."""
    import numpy as np
    from scipy.optimize import nnls

    # Hours whose calls were lost: it is told that, too.
    counted = (calls > 0) | (did.sum(axis=1) == 0)
    weights = counted / np.maximum(calls, 1.0)
    for _ in range(ROUNDS):
        root = np.sqrt(weights)
        rates = nnls(did * root[:, None], calls * root)[0]
        mean = did * rates
        variance = np.maximum(mean + (scatter * mean) ** 2, 1e-9)
        weights = counted / np.maximum(variance.sum(axis=1), 0.5)
    share = variance / variance.sum(axis=1)[:, None]
    found = mean + share * (calls - mean.sum(axis=1))[:, None]
    bound = np.linalg.pinv((did.T * weights) @ did)
    deviations = []
    for day in range(len(calls) // 24):
        hours = slice(day * 24, day * 24 + 24)
        s, a, v = share[hours], did[hours], variance[hours]
        # How each consumer's day changes with each rate, then what its hours leave open.
        gradient = np.diag(a.sum(axis=0)) - s.T @ a
        open_ = np.einsum("cr,rs,cs->c", gradient, bound, gradient).clip(0) + (v * (1 - s)).sum(axis=0)
        deviations.append(np.sqrt(open_))
    return found.reshape(len(deviations), 24, -1).sum(axis=1), np.array(deviations)
