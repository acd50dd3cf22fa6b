"""What a change does: differences in the models that consumers can reach, each explained by the field that was edited.

A consumer's models are those of the fields it uses, through a gateway's route where there is one; a fallback that
something sets over (a dormant edge) decides nothing and is left out.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass

from modelguard.graph.model import Certainty, Consumer, Edge, Field, Graph, Model, Via
from modelguard.graph.query import Index


@dataclass(frozen=True, slots=True)
class ConsumerChange:
    """A consumer whose model changes. None: it did not, or does not any more, read the field."""

    consumer: Consumer
    before: str | None
    after: str | None
    certainty: Certainty
    why: str
    via: Via


@dataclass(frozen=True, slots=True)
class Change:
    """A field whose models differ, and whom it reaches. Without consumers nobody is known to read it."""

    field: Field
    before: str | None
    after: str | None
    consumers: tuple[ConsumerChange, ...]


@dataclass(frozen=True, slots=True)
class _Reach:
    """That a consumer reaches models through a field where a person would edit it."""

    consumer: Consumer
    field: Field
    models: frozenset[str]
    edge: Edge


def changes(base: Graph, head: Graph) -> tuple[Change, ...]:
    """All changes from base to head, by the place of their field."""
    old, new = _reaches(base), _reaches(head)
    moved = moved_consumers(base, head)
    old = {(moved.get(consumer, consumer), field): reach for (consumer, field), reach in old.items()}
    grouped: dict[tuple[str, str | None, str | None], list[tuple[Field, ConsumerChange]]] = defaultdict(list)
    for consumer in sorted({c for c, _ in (*old, *new)}):
        for field, change in _of_consumer(consumer, old, new):
            grouped[field.id, change.before, change.after].append((field, change))
    found = [
        Change(entries[0][0], before, after, tuple(sorted((c for _, c in entries), key=lambda c: c.consumer.name)))
        for (_, before, after), entries in grouped.items()
    ]
    found += _unread(base, head, {c.field.id for c in found})
    return tuple(sorted(found, key=lambda c: (c.field.path, c.field.line, c.field.id, c.before or "", c.after or "")))


def moved_consumers(base: Graph, head: Graph) -> dict[str, str]:
    """Base ids to head ids of consumers that are declared in another file now: the only one that went of its name,
    account and stage, and the only one that came.
    """
    gone, come = (_by_name(here, {n.id for n in there.nodes}) for here, there in ((base, head), (head, base)))
    return {gone[key][0]: come[key][0] for key in gone if len(gone[key]) == 1 == len(come.get(key, ()))}


def _by_name(graph: Graph, elsewhere: set[str]) -> dict[tuple[str | None, ...], list[str]]:
    found: dict[tuple[str | None, ...], list[str]] = defaultdict(list)
    for node in graph.nodes:
        if isinstance(node, Consumer) and node.id not in elsewhere:
            found[node.name, node.platform, node.account, node.stage].append(node.id)
    return found


def _of_consumer(
    consumer: str, old: dict[tuple[str, str], _Reach], new: dict[tuple[str, str], _Reach]
) -> list[tuple[Field, ConsumerChange]]:
    """A consumer's differences: fields that both read and that differ; then what is gone beside what is new."""
    mine_old = {f: r for (c, f), r in old.items() if c == consumer}
    mine_new = {f: r for (c, f), r in new.items() if c == consumer}
    found: list[tuple[Field, ConsumerChange]] = []
    for field in sorted(mine_old.keys() & mine_new.keys()):
        before, after = mine_old[field], mine_new[field]
        if before.models != after.models:
            found += _pairs(before.models, after.models, after)
    gone = [mine_old[f] for f in sorted(mine_old.keys() - mine_new.keys())]
    come = [mine_new[f] for f in sorted(mine_new.keys() - mine_old.keys())]
    lost = frozenset(m for r in gone for m in r.models)
    kept = frozenset(m for r in mine_new.values() for m in r.models)
    had = frozenset(m for r in mine_old.values() for m in r.models)
    for reach in come:
        # Moved to another field with the same model: no consumer's models differ.
        fresh = reach.models - had
        if fresh:
            found += _pairs(lost - kept if len(come) == 1 else frozenset(), fresh, reach)
    if not any(r.models - had for r in come):
        for reach in gone:
            if reach.models - kept:
                found += _pairs(reach.models - kept, frozenset(), reach)
    return found


def _pairs(before: frozenset[str], after: frozenset[str], reach: _Reach) -> list[tuple[Field, ConsumerChange]]:
    """from → to where it is one for one; else each new model by itself."""
    edge = reach.edge

    def change(old: str | None, new: str | None) -> tuple[Field, ConsumerChange]:
        return reach.field, ConsumerChange(reach.consumer, old, new, edge.certainty, edge.why, edge.via)

    gone, fresh = sorted(before - after), sorted(after - before)
    if len(gone) == 1 and fresh:
        return [change(gone[0], model) for model in fresh]
    if fresh:
        return [change(None, model) for model in fresh]
    return [change(model, None) for model in gone]


def _reaches(graph: Graph) -> dict[tuple[str, str], _Reach]:
    """(consumer id, id of the field a person would edit) to the models reached through it."""
    index = Index(graph)
    found: dict[tuple[str, str], _Reach] = {}
    for edge in graph.edges:
        consumer, near = index.nodes.get(edge.source), index.nodes.get(edge.target)
        if edge.kind != "uses" or edge.dormant or not isinstance(consumer, Consumer) or not isinstance(near, Field):
            continue
        roots = index.roots(near.id)
        for root in roots:
            field = index.nodes[root]
            if not isinstance(field, Field):
                continue
            own, seen = models_of(index, root), models_of(index, near.id)
            # Where several meet in one definition, each answers for its own; else what the code sees counts.
            models = (own or seen) if len(roots) > 1 else (seen or own)
            if not models:
                continue
            key = (consumer.id, root)
            if key in found:
                models |= found[key].models
            found[key] = _Reach(consumer, field, frozenset(models), edge)
    return found


def reached(graph: Graph) -> dict[tuple[str, str], frozenset[str]]:
    """(consumer id, id of the field a person would edit) to the raw models that the consumer reaches through it."""
    return {key: reach.models for key, reach in _reaches(graph).items()}


def models_of(index: Index, field: str) -> frozenset[str]:
    """The raw models that a field names."""
    nodes = [index.nodes[t] for t in index.targets(field, "names")]
    return frozenset(n.raw for n in nodes if isinstance(n, Model))


def _unread(base: Graph, head: Graph, explained: set[str]) -> list[Change]:
    """Fields that say another model now, and that no consumer is known to read."""
    old, new = Index(base), Index(head)
    found = []
    for node in head.nodes:
        if not isinstance(node, Field) or node.id in explained or new.targets(node.id, "derives"):
            continue
        before, after = models_of(old, node.id), models_of(new, node.id)
        if before != after and node.id in old.nodes and not new.readers(node.id):
            one = (min(before) if len(before) == 1 else None, min(after) if len(after) == 1 else None)
            found.append(Change(node, *one, ()))
    return found
