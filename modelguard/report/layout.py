"""A layered layout without a browser: what a person would edit on the left, definitions after it, consumers on the right.

Layers by longest path, order within them by the barycentre of neighbours (Sugiyama, Tagawa, Toda 1981), four sweeps.
Lengths are CSS pixels.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass

from modelguard.report.view import Drawing

ROW, HEIGHT, GAP, MARGIN, LETTER = 58, 44, 90, 16, 7.3


@dataclass(frozen=True, slots=True)
class Box:
    """Where a node stands: its left upper corner and its size."""

    x: float
    y: float
    width: float
    height: float


@dataclass(frozen=True, slots=True)
class Placed:
    """The boxes by node id, and the size of the whole."""

    boxes: dict[str, Box]
    width: float
    height: float


def place(picture: Drawing, widest: float = 420) -> Placed:
    """A box for every node. The same drawing gives the same boxes."""
    columns = _ordered(picture, _layers(picture))
    wide = {n.id: min(max(len(n.title), len(n.detail), len(n.place)) * LETTER + 24, widest) for n in picture.nodes}
    boxes: dict[str, Box] = {}
    x, tallest = float(MARGIN), max((len(c) for c in columns), default=0) * ROW
    for column in columns:
        width = max((wide[i] for i in column), default=0)
        top = MARGIN + (tallest - len(column) * ROW) / 2
        for row, node in enumerate(column):
            boxes[node] = Box(round(x, 1), round(top + row * ROW, 1), round(width, 1), HEIGHT)
        x += width + GAP
    return Placed(boxes, round(max(x - GAP + MARGIN, 2 * MARGIN), 1), round(tallest + 2 * MARGIN, 1))


def _layers(picture: Drawing) -> dict[str, int]:
    """The layer of each node: 0 derives from nothing, consumers share the last one. Cycles end where they began."""
    reads: dict[str, list[str]] = defaultdict(list)
    for line in picture.lines:
        reads[line.source].append(line.target)
    depth: dict[str, int] = {}

    def deep(node: str, above: tuple[str, ...]) -> int:
        if node in above or len(above) > 200:
            return 0
        if node not in depth:
            depth[node] = max((deep(t, (*above, node)) + 1 for t in reads[node]), default=0)
        return depth[node]

    kinds = {n.id: n.kind for n in picture.nodes}
    for node in picture.nodes:
        deep(node.id, ())
    last = max((d for i, d in depth.items() if kinds[i] != "consumer"), default=-1) + 1
    return {i: last if kinds[i] == "consumer" else d for i, d in depth.items()}


def _ordered(picture: Drawing, layers: dict[str, int]) -> list[list[str]]:
    near: dict[str, list[str]] = defaultdict(list)
    for line in picture.lines:
        near[line.source].append(line.target)
        near[line.target].append(line.source)
    columns = [
        sorted(i for i, layer in layers.items() if layer == number)
        for number in range(max(layers.values(), default=-1) + 1)
    ]
    for sweep in range(4):
        order = columns if sweep % 2 == 0 else columns[::-1]
        rank = {i: row for column in columns for row, i in enumerate(column)}
        for column in order:
            weight = {i: sum(rank[n] for n in near[i]) / len(near[i]) if near[i] else rank[i] for i in column}
            column.sort(key=lambda i: (weight[i], i))
            rank |= {i: row for row, i in enumerate(column)}
    return columns
