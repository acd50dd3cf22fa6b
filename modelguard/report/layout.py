"""A layered layout without a browser: what a person would edit on the left, definitions after it, consumers on the right.

Layers by longest path; an edge over several layers gets a place in each, so that it passes between the nodes there;
order within layers by the barycentre of neighbours (Sugiyama, Tagawa, Toda 1981), six sweeps. Lengths are CSS pixels.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from itertools import pairwise

from modelguard.report.view import Drawing, Drawn

HEIGHT, SPACE, PASSAGE, GAP, MARGIN, LETTER = 62, 16, 12, 84, 16, 7.1

Point = tuple[float, float]


@dataclass(frozen=True, slots=True)
class Box:
    """Where a node stands: its left upper corner and its size."""

    x: float
    y: float
    width: float
    height: float


@dataclass(frozen=True, slots=True)
class Placed:
    """The boxes by node id, the points that each line passes (in the drawing's order), and the size of the whole."""

    boxes: dict[str, Box]
    ways: tuple[tuple[Point, ...], ...]
    width: float
    height: float


def place(picture: Drawing, widest: float = 330) -> Placed:
    """A box for every node. The same drawing gives the same boxes."""
    layers = _layers(picture)
    chains, columns = _with_passages(picture, layers)
    _order(chains, columns)
    nodes = {n.id: n for n in picture.nodes}
    heights = [sum(HEIGHT + SPACE if i in nodes else PASSAGE for i in column) - SPACE for column in columns]
    tallest = max(heights, default=0)
    boxes: dict[str, Box] = {}
    x = float(MARGIN)
    for column, height in zip(columns, heights, strict=True):
        width = max((_width(nodes[i], widest) for i in column if i in nodes), default=0)
        y = MARGIN + (tallest - height) / 2
        for one in column:
            tall = HEIGHT if one in nodes else 0
            boxes[one] = Box(round(x, 1), round(y, 1), round(width, 1), tall)
            y += tall + SPACE if one in nodes else PASSAGE
        x += width + GAP
    ways = tuple(_way(chain, boxes) for chain in chains)
    kept = {i: box for i, box in boxes.items() if i in nodes}
    return Placed(kept, ways, round(max(x - GAP + MARGIN, 2 * MARGIN), 1), round(tallest + 2 * MARGIN, 1))


def _width(node: Drawn, widest: float) -> float:
    """Room for the longest of its lines; the first is set larger than the others."""
    longest = max(len(node.title) * LETTER, *(len(line) * LETTER * 0.87 for line in small_lines(node)))
    return min(max(longest + 40, 120), widest)


def small_lines(node: Drawn) -> tuple[str, str]:
    """What stands under a node's name."""
    return node.note or node.detail, node.place


def _way(chain: list[str], boxes: dict[str, Box]) -> tuple[Point, ...]:
    """From the right side of what is read, along both ends of each passage, to the left side of the reader."""
    first, last = boxes[chain[0]], boxes[chain[-1]]
    points = [(first.x + first.width, first.y + HEIGHT / 2)]
    for one in chain[1:-1]:
        box = boxes[one]
        points += [(box.x, box.y), (box.x + box.width, box.y)]
    return (*points, (last.x, last.y + HEIGHT / 2))


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


def _with_passages(picture: Drawing, layers: dict[str, int]) -> tuple[list[list[str]], list[list[str]]]:
    """Each line as a chain from what is read to its reader, and the columns with nodes and passages."""
    columns: list[list[str]] = [[] for _ in range(max(layers.values(), default=-1) + 1)]
    for node in sorted(layers):
        columns[layers[node]].append(node)
    chains = []
    for number, line in enumerate(picture.lines):
        between = range(layers[line.target] + 1, layers[line.source])
        passages = [f"\0{number}:{layer}" for layer in between]
        for layer, passage in zip(between, passages, strict=True):
            columns[layer].append(passage)
        chains.append([line.target, *passages, line.source])
    return chains, columns


def _order(chains: list[list[str]], columns: list[list[str]]) -> None:
    """Sort the columns in place."""
    near: dict[str, list[str]] = defaultdict(list)
    for chain in chains:
        for left, right in pairwise(chain):
            near[left].append(right)
            near[right].append(left)
    for sweep in range(6):
        rank = {i: row / max(len(column), 1) for column in columns for row, i in enumerate(column)}
        for column in columns if sweep % 2 == 0 else columns[::-1]:
            weight = {i: sum(rank[n] for n in near[i]) / len(near[i]) if near[i] else rank[i] for i in column}
            column.sort(key=lambda i: (weight[i], i))
            rank |= {i: row / len(column) for row, i in enumerate(column)}
