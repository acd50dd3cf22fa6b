"""Linear models of days: a level, a weekend, single weekdays drawn together by ridge, a slope. Least squares, in plain Python."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

_FLOOR = 1e-6


@dataclass(frozen=True, slots=True)
class Fit:
    """A fitted model: its columns, their coefficients, the inverse of the normal matrix, residuals and leverage of each day, and
    the mean square of leave-one-out errors. `noise_known`: the scatter of days is told from elsewhere.
    """

    columns: tuple[str, ...]
    beta: tuple[float, ...]
    inverse: tuple[tuple[float, ...], ...]
    residuals: tuple[float, ...]
    leverage: tuple[float, ...]
    score: float
    ridge: float = 0.0
    noise_known: bool = False


def middle_of(days: Sequence[date]) -> float:
    """The middle of the span of days, as an ordinal."""
    return days[0].toordinal() + (days[-1].toordinal() - days[0].toordinal()) / 2


def row_of(day: date, days: Sequence[date], columns: tuple[str, ...]) -> list[float]:
    """What a day has in each column; its slope is counted from the middle of `days`."""
    middle = middle_of(days)
    weekday = day.weekday()
    values = {"level": 1.0, "weekend": float(weekday >= 5), "slope": day.toordinal() - middle, f"day{weekday}": 1.0}
    return [values.get(c, 0.0) for c in columns]


def fitted(days: Sequence[date], values: Sequence[float], columns: tuple[str, ...], ridge: float) -> Fit | None:
    """Least squares, with a ridge on single weekdays."""
    rows = [row_of(d, days, columns) for d in days]
    size = len(columns)
    gram = [[sum(r[i] * r[j] for r in rows) for j in range(size)] for i in range(size)]
    for i, column in enumerate(columns):
        if column.startswith("day"):
            gram[i][i] += ridge
    inverse = _inverse(gram)
    if inverse is None:
        return None
    moment = [sum(r[i] * v for r, v in zip(rows, values, strict=True)) for i in range(size)]
    beta = [dot(line, moment) for line in inverse]
    residuals = [v - dot(r, beta) for r, v in zip(rows, values, strict=True)]
    leverage = [sum(r[i] * dot(inverse[i], r) for i in range(size)) for r in rows]
    if max(leverage) > 0.999:
        return None
    score = sum((e / (1 - h)) ** 2 for e, h in zip(residuals, leverage, strict=True)) / len(days)
    frozen = tuple(tuple(line) for line in inverse)
    return Fit(columns, tuple(beta), frozen, tuple(residuals), tuple(leverage), max(score, _FLOOR), ridge)


def _inverse(matrix: list[list[float]]) -> list[list[float]] | None:
    """The inverse by Gauss and Jordan with pivots; None where there is none."""
    size = len(matrix)
    work = [[*row, *(float(i == j) for j in range(size))] for i, row in enumerate(matrix)]
    for column in range(size):
        pivot = max(range(column, size), key=lambda r: abs(work[r][column]))
        if abs(work[pivot][column]) < 1e-9:
            return None
        work[column], work[pivot] = work[pivot], work[column]
        head = work[column][column]
        work[column] = [v / head for v in work[column]]
        for row in range(size):
            factor = work[row][column]
            if row != column and factor:
                work[row] = [v - factor * h for v, h in zip(work[row], work[column], strict=True)]
    return [row[size:] for row in work]


def dot(left: Sequence[float], right: Sequence[float]) -> float:
    """The sum of products."""
    return sum(a * b for a, b in zip(left, right, strict=True))
