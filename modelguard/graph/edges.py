"""Edges as they are collected: one for each source, target and kind, with the strongest evidence that was seen."""

from __future__ import annotations

from dataclasses import replace

from modelguard.graph.model import Edge, EdgeKind
from modelguard.link.values import Certainty, Via

Key = tuple[str, object]
_RANK: dict[str, int] = {"certain": 2, "likely": 1, "possible": 0}


class Edges:
    """A set of edges between keys; ids come at the end."""

    def __init__(self) -> None:
        self._edges: dict[tuple[EdgeKind, Key, Key], Edge] = {}
        self._sources: set[Key] = set()
        self._kinds: set[tuple[EdgeKind, Key]] = set()
        self._targets: set[tuple[EdgeKind, Key]] = set()

    def add(
        self,
        kind: EdgeKind,
        source: Key,
        target: Key,
        certainty: Certainty = "certain",
        why: str = "",
        via: Via = (),
        dormant: bool = False,
    ) -> None:
        """Add an edge, or replace a weaker one."""
        key = (kind, source, target)
        new = Edge("", "", kind, certainty, why, via, dormant)
        old = self._edges.get(key)
        if old is None or _order(new) < _order(old):
            self._edges[key] = new
        self._sources.add(source)
        self._kinds.add((kind, source))
        self._targets.add((kind, target))

    def is_target(self, kind: EdgeKind, target: Key) -> bool:
        """Whether there is any such edge to it."""
        return (kind, target) in self._targets

    def has(self, kind: EdgeKind, source: Key, target: Key) -> bool:
        """Whether there is such an edge."""
        return (kind, source, target) in self._edges

    def leaves(self, kind: EdgeKind, source: Key) -> bool:
        """Whether an edge of this kind starts there."""
        return (kind, source) in self._kinds

    def leaves_any(self, source: Key) -> bool:
        """Whether any edge starts there."""
        return source in self._sources

    def finished(self, ids: dict[Key, str]) -> list[Edge]:
        """The edges between those ends that have ids."""
        return [
            replace(edge, source=ids[source], target=ids[target])
            for (_, source, target), edge in self._edges.items()
            if source in ids and target in ids
        ]


def _order(edge: Edge) -> tuple[object, ...]:
    """Strongest first: what decides before what is dormant, certain before likely; of equals the first stays."""
    return (edge.dormant, -_RANK[edge.certainty])
