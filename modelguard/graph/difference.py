"""How two graphs of one repository differ, for people who look at the picture: readers gained and lost, fields and
tokens split and merged, models that changed, what is new and gone.

`diff.changes` answers what a change costs; this answers what it does to the blast radius. Readers are counted at the
field or token that a person would edit, so a value that takes another way to the same consumer is no difference.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, replace

from modelguard.graph.diff import models_of
from modelguard.graph.model import Consumer, Edge, Field, Graph, Node, Token
from modelguard.graph.query import Index

Place = tuple[str, str]
"""(consumer id, id of a field or token)."""


@dataclass(frozen=True, slots=True)
class Moved:
    """A field or token that became several, or several that became one: node ids, and of the many whose they are."""

    one: str
    many: tuple[tuple[str, tuple[str, ...]], ...]


@dataclass(frozen=True, slots=True)
class ModelChange:
    """A field that names other models; raw names, sorted."""

    field: str
    before: tuple[str, ...]
    after: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Difference:
    """Everything that differs, by node ids; `union` has the nodes and edges of both (head's, where in both)."""

    union: Graph
    gained: tuple[Place, ...]
    lost: tuple[Place, ...]
    split: tuple[Moved, ...]
    merged: tuple[Moved, ...]
    models: tuple[ModelChange, ...]
    new: tuple[str, ...]
    gone: tuple[str, ...]
    new_edges: tuple[Edge, ...]
    gone_edges: tuple[Edge, ...]

    @property
    def empty(self) -> bool:
        """Whether nothing differs that a picture shows."""
        return not (
            self.gained or self.lost or self.models or self.new or self.gone or self.new_edges or self.gone_edges
        )


def difference(base: Graph, head: Graph) -> Difference:
    """What head has that base has not, and the other way around."""
    old, new = Index(base), Index(head)
    before, after = _read_by(old), _read_by(new)
    shown = (Field, Token, Consumer)
    fresh = [n.id for n in head.nodes if isinstance(n, shown) and n.id not in old.nodes]
    gone = [n.id for n in base.nodes if isinstance(n, shown) and n.id not in new.nodes]
    old_edges, new_edges = _drawn_edges(base), _drawn_edges(head)
    return Difference(
        union=_union(base, head),
        gained=tuple(sorted(after - before)),
        lost=tuple(sorted(before - after)),
        split=_moved(before, after, old, new, forward=True),
        merged=_moved(after, before, new, old, forward=False),
        models=_model_changes(old, new),
        new=tuple(sorted(fresh)),
        gone=tuple(sorted(gone)),
        new_edges=tuple(new_edges[k] for k in sorted(new_edges.keys() - old_edges.keys())),
        gone_edges=tuple(old_edges[k] for k in sorted(old_edges.keys() - new_edges.keys())),
    )


def _read_by(index: Index) -> frozenset[Place]:
    """Who uses what, at the place a person would edit; fallbacks that decide nothing are left out."""
    return frozenset(
        (edge.source, root)
        for edge in index.graph.edges
        if edge.kind == "uses" and not edge.dormant and edge.source in index.nodes
        for root in index.roots(edge.target)
    )


def _drawn_edges(graph: Graph) -> dict[tuple[str, str, str], Edge]:
    return {(e.source, e.target, e.kind): e for e in graph.edges if e.kind in ("uses", "holds", "derives")}


def _union(base: Graph, head: Graph) -> Graph:
    nodes: dict[str, Node] = {n.id: n for n in (*base.nodes, *head.nodes)}
    edges = {(e.source, e.target, e.kind): e for e in (*base.edges, *head.edges)}
    return replace(head, nodes=tuple(nodes[k] for k in sorted(nodes)), edges=tuple(edges[k] for k in sorted(edges)))


def _moved(
    here: frozenset[Place], there: frozenset[Place], own: Index, other: Index, *, forward: bool
) -> tuple[Moved, ...]:
    """Nodes of `here` whose readers read several nodes `there`: a split; with the sides changed, a merge."""
    mine, theirs = _by_consumer(here), _by_consumer(there)
    ways: dict[str, dict[str, set[str]]] = defaultdict(lambda: defaultdict(set))
    for consumer in mine.keys() & theirs.keys():
        for node in mine[consumer]:
            kind = type(own.nodes[node])
            others = {node} if node in theirs[consumer] else theirs[consumer] - mine[consumer]
            for one in others:
                if isinstance(other.nodes[one], kind):
                    ways[node][one].add(consumer)
    found = []
    for node, targets in ways.items():
        # Several consumers must have parted: one that reads two fields where it read one was given another, not split.
        parted = {frozenset(c) for c in targets.values()}
        if len(targets) > 1 and len(parted) > 1:
            found.append(Moved(node, tuple((t, tuple(sorted(targets[t]))) for t in sorted(targets))))
    return tuple(sorted(found, key=lambda m: m.one))


def _by_consumer(places: frozenset[Place]) -> dict[str, set[str]]:
    found: dict[str, set[str]] = defaultdict(set)
    for consumer, node in places:
        found[consumer].add(node)
    return found


def _model_changes(old: Index, new: Index) -> tuple[ModelChange, ...]:
    found = []
    for node in new.graph.nodes:
        if isinstance(node, Field) and node.id in old.nodes:
            before, after = models_of(old, node.id), models_of(new, node.id)
            if before != after:
                found.append(ModelChange(node.id, tuple(sorted(before)), tuple(sorted(after))))
    return tuple(found)
