"""Who uses a node, itself or through what derives from it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass

from modelguard.graph.model import Edge, Node


@dataclass(frozen=True)
class Shares:
    """Consumer ids by field or token id: those that use it, and those that only hold it."""

    users: dict[str, frozenset[str]]
    holders: dict[str, frozenset[str]]


def shares(nodes: Iterable[Node], edges: Iterable[Edge]) -> Shares:
    """Users and holders of every node, closed over `derives` (also where definitions refer to each other)."""
    derived: dict[str, set[str]] = defaultdict(set)
    direct: dict[str, dict[str, set[str]]] = {"uses": defaultdict(set), "holds": defaultdict(set)}
    for edge in edges:
        if edge.kind == "derives":
            derived[edge.target].add(edge.source)
        elif edge.kind in direct:
            direct[edge.kind][edge.target].add(edge.source)
    closures = {node.id: _closure(node.id, derived) for node in nodes if node.id in derived}
    result: dict[str, dict[str, frozenset[str]]] = {"uses": {}, "holds": {}}
    for kind, table in direct.items():
        for node in nodes:
            found = {c for n in closures.get(node.id, {node.id}) for c in table.get(n, ())}
            if found:
                result[kind][node.id] = frozenset(found)
    return Shares(result["uses"], result["holds"])


def _closure(start: str, derived: dict[str, set[str]]) -> set[str]:
    seen, todo = {start}, [start]
    while todo:
        for source in derived.get(todo.pop(), ()):
            if source not in seen:
                seen.add(source)
                todo.append(source)
    return seen
