"""What a change does to who reads what: as marks for pictures, as text, and as a part of modelguard.graph/1."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from modelguard.graph.difference import Difference, Moved, Place
from modelguard.graph.query import Index
from modelguard.report.view import Mark, Marks
from modelguard.report.words import count, model, platform, safe

NEW: Mark = "new"
GONE: Mark = "gone"


def marks(found: Difference) -> Marks:
    """The marks of every node and edge of the union; a field that names another model says from what to what."""
    nodes: dict[str, Mark] = {**dict.fromkeys(found.new, NEW), **dict.fromkeys(found.gone, GONE)}
    notes: dict[str, str] = {}
    for change in found.models:
        nodes[change.field] = "changed"
        notes[change.field] = f"{_models(change.before)} → {_models(change.after)}"
    edges: dict[tuple[str, str, str], Mark] = {}
    edges |= {(e.source, e.target, e.kind): NEW for e in found.new_edges}
    edges |= {(e.source, e.target, e.kind): GONE for e in found.gone_edges}
    return Marks(nodes, edges, notes)


def _models(raws: Iterable[str]) -> str:
    return " or ".join(sorted({model(r) for r in raws})) or "none"


def text(found: Difference, base: str) -> str:
    """The difference in words, what matters most first; one line each."""
    told = lines(found)
    if not told:
        return f"nothing differs from {safe(base)} in who reads what\n\n"
    return f"against {safe(base)}\n" + "".join(f"  {line}\n" for line in told) + "\n"


def lines(found: Difference) -> tuple[str, ...]:
    """The difference as lines, without a heading; none where nothing differs."""
    return tuple(_lines(found, Index(found.union)))


def _lines(found: Difference, index: Index) -> Iterator[str]:
    for change in found.models:
        if index.targets(change.field, "derives"):
            continue  # what it derives from is told, and is what a person edited
        readers = index.readers(change.field)
        told = f"{_name(index, change.field)}: {_models(change.before)} → {_models(change.after)}"
        yield f"model    {told}   read by {count(len(readers), 'consumer')}" if readers else f"model    {told}"
    for verb, moves in (("split", found.split), ("merged", found.merged)):
        for move in moves:
            yield _moved_words(verb, move, index)
    yield from _places("gained", found.gained, index)
    yield from _places("lost", found.lost, index)
    for verb, ids in (("new", found.new), ("gone", found.gone)):
        for node in ids:
            yield f"{verb:8} {_kind(node)} {_name(index, node)}"


def _moved_words(verb: str, move: Moved, index: Index) -> str:
    parts = []
    for node, consumers in move.many:
        whose = ", ".join(sorted(_bare(index, c) for c in consumers))
        parts.append(f"{'itself' if node == move.one else _name(index, node)} for {whose}")
    many = "; ".join(parts)
    return f"{verb:8} {_name(index, move.one)} {'into' if verb == 'split' else 'from'} {many}"


def _places(verb: str, places: tuple[Place, ...], index: Index) -> Iterator[str]:
    by_node: dict[str, list[str]] = {}
    for consumer, node in places:
        by_node.setdefault(node, []).append(consumer)
    for node in sorted(by_node):
        readers = sorted(_reader(index, c) for c in by_node[node])
        yield f"{verb:8} {_name(index, node)}: {', '.join(readers)}"


def _reader(index: Index, node: str) -> str:
    consumer: Any = index.nodes[node]
    return f"{safe(consumer.name)} ({platform(consumer)})"


def _name(index: Index, node: str) -> str:
    found: Any = index.nodes[node]
    return f"{safe(found.name)} ({safe(found.path)}:{found.line})"


def _bare(index: Index, node: str) -> str:
    return safe(str(getattr(index.nodes[node], "name", "")))


def _kind(node: str) -> str:
    return node.partition(":")[0]


def document(found: Difference, base_commit: str | None) -> dict[str, Any]:
    """The `difference` of a graph document: node ids and edges by their ends."""
    return {
        "base": base_commit,
        "readers_gained": [{"consumer": c, "node": n} for c, n in found.gained],
        "readers_lost": [{"consumer": c, "node": n} for c, n in found.lost],
        "split": [_moved_document(m, "from", "into") for m in found.split],
        "merged": [_moved_document(m, "into", "from") for m in found.merged],
        "models_changed": [{"field": m.field, "from": list(m.before), "to": list(m.after)} for m in found.models],
        "nodes_new": list(found.new),
        "nodes_gone": list(found.gone),
        "edges_new": [{"source": e.source, "target": e.target, "kind": e.kind} for e in found.new_edges],
        "edges_gone": [{"source": e.source, "target": e.target, "kind": e.kind} for e in found.gone_edges],
    }


def _moved_document(move: Moved, one: str, many: str) -> dict[str, Any]:
    return {one: move.one, many: [{"node": node, "consumers": list(consumers)} for node, consumers in move.many]}
