"""Calls and cost of a shared key by consumer: regimes, fits, shares of each hour, intervals, and what can't be told.

Each hour's calls are shared out in proportion to what the fit expects of each consumer, so that the shares add up to the
bill; what is more than anybody's activity explains is unexplained. Rates are fitted for each model and regime: at a switch
the response cache goes cold, and calls by activity move twenty times. A regime is a run of days whose calls by activity
differ by less than REGIME.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from modelguard.usage.attribution.fit import Fit, Vector, again, fit, together
from modelguard.usage.attribution.gaps import guessed
from modelguard.usage.attribution.pairs import pairs as alike_pairs

REGIME = 1.7
"""Factor by which calls by activity must change from one day to the next for rates to be fitted anew."""
GUESSES = 2
"""Times that what a signal lacks is guessed anew by the rates, and the rates by that."""
SEEN = 2.0
"""Standard deviations from which on it is said that a clock is off."""
SURPRISE = 3.0
"""Standard deviations above what is expected from which on an hour's calls are unexplained."""
QUIET = 0.02
"""Share of a consumer's busiest hour below which it counts as not active."""


@dataclass(frozen=True, slots=True)
class Shared:
    """Hourly usage of one model under a shared name: days in order, 24 figures each. Amounts may be unknown."""

    days: tuple[str, ...]
    calls: tuple[float, ...]
    tokens_in: tuple[float, ...] | None = None
    tokens_out: tuple[float, ...] | None = None
    idle: frozenset[int] = frozenset()
    """Hours (from the first day's first on) whose activity was for another model."""


@dataclass(frozen=True, slots=True)
class Share:
    """A consumer's part on one day: calls with a 90 % interval, tokens where known, its hours, and what it rests on."""

    day: str
    consumer: str
    calls: float
    low: float
    high: float
    hours: tuple[float, ...]
    rate: float
    signal: str
    tokens_in: float | None = None
    tokens_out: float | None = None
    anchors: int = 0
    exact: bool = False


@dataclass(frozen=True, slots=True)
class Alike:
    """Two consumers of which can't be said which made the calls, from `since` to `until`."""

    consumers: tuple[str, str]
    since: str
    until: str
    why: str


@dataclass(frozen=True, slots=True)
class Split:
    """All shares, unexplained calls by day (24 hours each), and who can't be told apart."""

    shares: tuple[Share, ...]
    unexplained: Mapping[str, tuple[float, ...]] = field(default_factory=dict)
    alike: tuple[Alike, ...] = ()
    shifts: Mapping[str, float] = field(default_factory=dict)
    notes: tuple[str, ...] = ()


def split(shared: Shared, signals: Mapping[tuple[str, str], Sequence[float | None]]) -> Split:
    """Share out by `signals`: {(consumer, signal): hours in the order of the days; None where not known}."""
    import numpy as np

    calls = np.array(shared.calls, float)
    names = sorted(signals)
    matrix = np.array([[np.nan if v is None else float(v) for v in signals[name]] for name in names], float).T
    matrix = matrix.reshape(len(calls), len(names))
    matrix, names, notes = _one_signal_each(calls, matrix, names)
    if not names:
        return Split((), _by_day(shared.days, calls), notes=("no activity of any consumer is known",))
    span = _span(calls)
    span[sorted(shared.idle)] = False
    matrix[sorted(shared.idle)] = 0.0
    shares: list[Share] = []
    unexplained: dict[str, tuple[float, ...]] = {}
    pairs: list[Alike] = []
    shifts: dict[str, float] = {}
    for first, last in _regimes(calls, matrix, span):
        part = slice(first * 24, last * 24)
        days = shared.days[first:last]
        piece = _Piece(days, calls[part], matrix[part], names, span[part], _tokens(shared, part))
        found, left, same, moved = piece.split()
        shares += found
        unexplained |= left
        pairs += same
        shifts |= moved
        if piece.lost:
            notes.append(
                f"{days[0]} to {days[-1]}: no calls in {piece.lost} hours in which many were to be expected; not counted?"
            )
    return Split(tuple(shares), unexplained, tuple(pairs), shifts, tuple(notes))


def _tokens(shared: Shared, part: slice) -> tuple[Vector | None, Vector | None]:
    import numpy as np

    columns = (shared.tokens_in, shared.tokens_out)
    return tuple(None if c is None else np.array(c, float)[part] for c in columns)  # type: ignore[return-value]


def _span(calls: Vector) -> Vector:
    """The days from the first call to the last: before and after a switch the model was another."""
    import numpy as np

    busy = np.flatnonzero(calls > 0)
    inside = np.zeros(len(calls), bool)
    if len(busy):
        inside[busy[0] // 24 * 24 : (busy[-1] // 24 + 1) * 24] = True
    return inside


def _one_signal_each(
    calls: Vector, matrix: Vector, names: list[tuple[str, str]]
) -> tuple[Vector, list[tuple[str, str]], list[str]]:
    """Of several signals of a consumer, the one that goes best with the calls."""
    import numpy as np

    best: dict[str, tuple[float, int]] = {}
    for column, (consumer, _) in enumerate(names):
        known = ~np.isnan(matrix[:, column])
        values = matrix[known, column]
        if not known.any() or values.max() <= 0:
            continue
        together = np.corrcoef(values, calls[known])[0, 1] if values.std() > 0 and calls[known].std() > 0 else 0.0
        score = known.mean() + (0.0 if np.isnan(together) else together)
        if consumer not in best or score > best[consumer][0]:
            best[consumer] = (score, column)
    kept = sorted(column for _, column in best.values())
    idle = sorted({name for name, _ in names} - set(best))
    notes = [f"{', '.join(idle)}: not active in these days"] if idle else []
    return matrix[:, kept], [names[column] for column in kept], notes


def _regimes(calls: Vector, matrix: Vector, span: Vector) -> list[tuple[int, int]]:
    """Runs of days, as (first, last + 1), whose calls by activity are of one kind."""
    import numpy as np

    days = len(calls) // 24
    if days == 1:
        return [(0, 1)]
    filled = np.nan_to_num(matrix)
    used = span & ~np.isnan(matrix).any(axis=1)
    rates = fit(calls, filled, used).rates if used.any() else np.ones(matrix.shape[1])
    expected = (filled @ rates).reshape(days, 24).sum(axis=1)
    actual = calls.reshape(days, 24).sum(axis=1)
    found, start = [], 0
    level: list[float] = []
    for day in range(days):
        if expected[day] <= 0 or actual[day] <= 0:
            continue
        ratio = float(np.log(actual[day] / expected[day]))
        if level and abs(ratio - float(np.median(level))) > np.log(REGIME):
            found.append((start, day))
            start, level = day, []
        level.append(ratio)
    return [*found, (start, days)]


@dataclass
class _Piece:
    """A regime: its days, calls, activity (NaN: not known), consumers with their signals, hours that count, tokens."""

    days: Sequence[str]
    calls: Vector
    matrix: Vector
    names: Sequence[tuple[str, str]]
    span: Vector
    tokens: tuple[Vector | None, Vector | None]
    open: Vector = None
    """Standard deviations of the activity of hours that a signal lacks."""
    lost: int = 0
    """Hours whose calls were not counted, as it seems."""

    def split(self) -> tuple[list[Share], dict[str, tuple[float, ...]], list[Alike], dict[str, float]]:
        """Shares, unexplained hours, pairs that can't be told apart, and clock shifts (hours) by consumer."""
        import numpy as np

        self.open = np.zeros(self.matrix.shape)
        filled = self._filled()
        doubt = self._doubt(filled)
        found = fit(self.calls, filled, self.span, doubt)
        if doubt.any():
            values, spread = filled, doubt
            for _ in range(GUESSES):
                values, spread = guessed(self.calls, self.matrix, filled, doubt, found)
                found = fit(self.calls, values, self.span, spread)
            doubt = spread
        self.lost = int(found.lost.sum())
        found = self._by_remainder(found, doubt)
        parts = found.activity * found.rates
        expected = parts.sum(axis=1)
        scatter = np.sqrt(np.maximum(expected, 1.0) + (found.scatter * together(parts)) ** 2)
        explained = np.minimum(self.calls, expected + SURPRISE * scatter)
        explained = np.where(expected > 0, explained, 0.0)
        share = parts / np.where(expected > 0, expected, 1.0)[:, None]
        given = share * explained[:, None]
        left = self.calls - explained
        width = self._widths(found, share, explained)
        amounts = [None if t is None else self._amounts(t, found, share) for t in self.tokens]
        pairs = alike_pairs(found, given, self.matrix)
        for i, j in pairs:
            # Either may have made all calls of both.
            for day in range(len(self.days)):
                both = given[day * 24 : day * 24 + 24, [i, j]].sum()
                width[day, [i, j]] = np.maximum(width[day, [i, j]], both)
        shares = self._shares(found, given, width, amounts)
        shifts = {n[0]: s for n, s, d in zip(self.names, found.shifts, found.clocks, strict=True) if abs(s) > SEEN * d}
        said = [
            Alike((self.names[i][0], self.names[j][0]), self.days[0], self.days[-1], self._why(i, j)) for i, j in pairs
        ]
        return shares, _by_day(self.days, left), said, shifts

    def _filled(self) -> Vector:
        """Activity without gaps: an hour that is not known stands at the mean of the same hour of other days, or else on
        the line between the hours before and after it.
        """
        import numpy as np

        days = len(self.calls) // 24
        filled = self.matrix.copy()
        cube = self.matrix.reshape(days, 24, -1)
        known = ~np.isnan(cube)
        usual = np.where(known.any(axis=0), np.nansum(cube, axis=0) / np.maximum(known.sum(axis=0), 1), np.nan)
        hours = np.arange(len(filled))
        for column in range(filled.shape[1]):
            gaps = np.isnan(filled[:, column])
            filled[gaps, column] = np.tile(usual[:, column], days)[gaps]
            still = np.isnan(filled[:, column])
            if still.any():
                filled[still, column] = np.interp(hours[still], hours[~still], filled[~still, column])
        return filled

    def _doubt(self, filled: Vector) -> Vector:
        """Standard deviations of the activity that was filled in: how far off the hours that are known would be."""
        import numpy as np

        gaps = np.isnan(self.matrix)
        doubt = np.zeros(filled.shape)
        for column in np.flatnonzero(gaps.any(axis=0)):
            values = filled[:, column]
            between = np.abs(values[1:-1] - (values[:-2] + values[2:]) / 2)
            known = between[~gaps[1:-1, column]]
            doubt[gaps[:, column], column] = max(
                float(np.sqrt((known**2).mean())) if len(known) else values.max(), 1e-6
            )
        return doubt

    def _by_remainder(self, found: Fit, doubt: Vector) -> Fit:
        """Hours that a signal lacks, from what the others leave of the calls: weighed against how well its neighbours
        tell an hour of it (by the hours that are known). The rates stay as they are.
        """
        import numpy as np

        activity = found.activity.copy()
        gaps = np.isnan(self.matrix)
        for column in range(activity.shape[1]):
            rate, values = found.rates[column], activity[:, column]
            if rate <= 0 or not gaps[:, column].any():
                continue
            rough = doubt[:, column]
            others = activity @ found.rates - values * rate
            deviation = np.sqrt(np.maximum(others, 1.0) + (found.scatter * others) ** 2) / rate
            remainder = np.maximum(self.calls - others, 0.0) / rate
            trust = rough**2 / (rough**2 + deviation**2)
            alone = gaps[:, column] & (gaps.sum(axis=1) == 1)
            activity[alone, column] = (trust * remainder + (1 - trust) * values)[alone]
            self.open[gaps[:, column], column] = rough[gaps[:, column]]
            self.open[alone, column] = np.sqrt(trust[alone]) * deviation[alone]
        return replace(found, activity=activity)

    def _widths(self, found: Fit, share: Vector, explained: Vector) -> Vector:
        """Half widths of each hour-sum's 90 % interval by day and consumer: what rates leave open, and what hours scatter."""
        import numpy as np

        days, consumers = len(self.days), len(self.names)
        width = np.zeros((days, consumers))
        activity = found.activity
        expected = np.maximum((activity * found.rates).sum(axis=1), 1e-9)
        clocks = self._clocks(found, share, explained)
        for day in range(days):
            hours = slice(day * 24, day * 24 + 24)
            s, y, a, e = share[hours], explained[hours], activity[hours], expected[hours]
            for c in range(consumers):
                # How the consumer's sum changes with each rate.
                gradient = -(s[:, [c]] * a * (y / e)[:, None]).sum(axis=0)
                gradient[c] += (a[:, c] * y / e).sum()
                rates = gradient @ found.covariance @ gradient
                others = ((s**2).sum(axis=1) - s[:, c] ** 2) * found.scatter**2
                hourly = s[:, c] ** 2 * ((1 - s[:, c]) ** 2 * found.scatter**2 + others) * y**2
                counting = y * s[:, c] * (1 - s[:, c])
                gaps = (found.rates[c] * self.open[hours, c] * (1 - s[:, c])) ** 2
                variance = max(rates, 0.0) + (hourly + counting + gaps).sum() + clocks[day, c]
                width[day, c] = found.quantile * np.sqrt(variance)
        return width

    def _clocks(self, found: Fit, share: Vector, explained: Vector) -> Vector:
        """Variance of each day's calls by consumer from clocks that may still be off: each a deviation later, fitted anew."""
        import numpy as np

        def by_day(shares: Vector) -> Vector:
            return (shares * explained[:, None]).reshape(len(self.days), 24, -1).sum(axis=1)

        usual, variance = by_day(share), np.zeros((len(self.days), len(self.names)))
        for column, deviation in enumerate(found.clocks):
            ends = []
            for later in (deviation, -deviation):
                activity, rates = again(self.calls, found, column, later, self.span)
                parts = activity * rates
                ends.append(by_day(parts / np.maximum(parts.sum(axis=1), 1e-9)[:, None]) - usual)
            variance += (ends[0] ** 2 + ends[1] ** 2) / 2
        return variance

    def _amounts(self, tokens: Vector, found: Fit, share: Vector) -> Vector:
        """Tokens shared out like calls, by rates of their own: a health check's prompt may be ten times another's."""
        import numpy as np

        used = self.span & (self.calls > 0)
        if tokens.sum() <= 0 or not used.any():
            return np.zeros_like(share)
        # In units of a mean call, so that noise is that of calls.
        unit = tokens.sum() / max(self.calls.sum(), 1.0)
        per = fit(tokens / unit, found.activity, used)
        parts = per.activity * per.rates * unit
        total = parts.sum(axis=1)
        scatter = np.sqrt(np.maximum(total, unit) * unit + (per.scatter * total) ** 2)
        explained = np.where(total > 0, np.minimum(tokens, total + SURPRISE * scatter), 0.0)
        return parts / np.where(total > 0, total, 1.0)[:, None] * explained[:, None]

    def _shares(self, found: Fit, given: Vector, width: Vector, amounts: Sequence[Vector | None]) -> list[Share]:
        import numpy as np

        shares = []
        active = self.matrix > QUIET * np.nanmax(self.matrix, axis=0)
        alone = active & (active.sum(axis=1) == 1)[:, None]
        for day, name in enumerate(self.days):
            hours = slice(day * 24, day * 24 + 24)
            for c, (consumer, signal) in enumerate(self.names):
                calls = float(given[hours, c].sum())
                tokens = [None if a is None else float(a[hours, c].sum()) for a in amounts]
                shares.append(
                    Share(
                        name, consumer, calls, max(0.0, calls - width[day, c]),
                        min(float(self.calls[hours].sum()), calls + width[day, c]), tuple(map(float, given[hours, c])),
                        float(found.rates[c]), signal, tokens[0], tokens[1], int(alone[hours, c].sum()),
                    )
                )  # fmt: skip
        return shares

    def _why(self, i: int, j: int) -> str:
        """What would tell two consumers apart."""
        (one, first), (two, second) = self.names[i], self.names[j]
        kinds = sorted({first, second})
        have = f"{kinds[0]} of both" if len(kinds) == 1 else f"{first} and {second}"
        better = "invocations or requests of each" if "log lines" in kinds else "log lines or requests of each"
        return f"{have} rise and fall together; a key of its own for {one} or {two} would tell, or {better} by hour"


def _by_day(days: Sequence[str], hours: Vector) -> dict[str, tuple[float, ...]]:
    return {day: tuple(float(v) for v in hours[n * 24 : n * 24 + 24]) for n, day in enumerate(days)}
