"""What every picture of the graph draws: fields, tokens and consumers, and who reads, holds or derives what.

Sites and models are in a node's words and evidence, not nodes of a picture. All formats draw the same nodes and edges;
where there are too many, identical readers become one node that says how many it stands for.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Literal

from modelguard.graph.model import Certainty, Consumer, Field, Graph, Model, Token
from modelguard.graph.query import Index
from modelguard.report.words import count, model, platform, safe

DrawnKind = Literal["field", "token", "consumer"]
LineKind = Literal["uses", "holds", "derives"]
Mark = Literal["", "new", "gone", "changed"]
"""How a node or edge differs from the base: words for every format, never colour alone."""


@dataclass(frozen=True, slots=True)
class Drawn:
    """A node of a picture. `members` are the ids it stands for where it is a group, else its own."""

    id: str
    kind: DrawnKind
    name: str
    detail: str
    place: str
    shared: bool
    instances: int
    members: tuple[str, ...]
    mark: Mark = ""
    note: str = ""  # what a changed node was before

    @property
    def title(self) -> str:
        """The name with its mark in words."""
        return f"{self.name} ({self.mark})" if self.mark else self.name


@dataclass(frozen=True, slots=True)
class Line:
    """An edge of a picture, from the reader to what it reads."""

    source: str
    target: str
    kind: LineKind
    certainty: Certainty
    dormant: bool = False
    mark: Mark = ""

    @property
    def words(self) -> str:
        """What is not plain about it: `likely`, `holds`, `only as a fallback`, `new`."""
        told: list[str] = ["holds"] if self.kind == "holds" else []
        if self.dormant:
            told.append("only as a fallback")
        elif self.certainty != "certain":
            told.append(self.certainty)
        return ", ".join([*told, *([self.mark] if self.mark else [])])


@dataclass(frozen=True, slots=True)
class Marks:
    """How a graph differs from its base, by node id and by (source, target, kind) of edges."""

    nodes: Mapping[str, Mark] = field(default_factory=dict)
    edges: Mapping[tuple[str, str, str], Mark] = field(default_factory=dict)
    notes: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Drawing:
    """A picture: nodes by id, edges by their ends; `left_out` counts nodes that did not fit."""

    nodes: tuple[Drawn, ...]
    lines: tuple[Line, ...]
    left_out: int = 0


_PLAIN = Marks()
FEWEST = 5
_RANK: dict[str, int] = {"certain": 2, "likely": 1, "possible": 0}


def drawing(graph: Graph, marks: Marks = _PLAIN, *, folded: bool = False, most: int | None = None) -> Drawing:
    """The picture of a graph. `folded` makes one node of identical readers; `most` bounds the nodes, shared ones first."""
    # What is gone is drawn, and counts for nothing.
    left = tuple(e for e in graph.edges if marks.edges.get((e.source, e.target, e.kind)) != "gone")
    index = Index(replace(graph, edges=left))
    nodes = {n.id: drawn for n in graph.nodes if (drawn := _drawn(index, n, marks)) is not None}
    lines = [
        Line(e.source, e.target, e.kind, e.certainty, e.dormant, marks.edges.get((e.source, e.target, e.kind), ""))
        for e in graph.edges
        if e.kind in ("uses", "holds", "derives") and e.source in nodes and e.target in nodes
    ]
    picture = Drawing(tuple(nodes[k] for k in sorted(nodes)), tuple(lines))
    if folded:
        picture = _folded(index, picture)
    if most is not None and len(picture.nodes) > most:
        picture = _bounded(picture, most)
    return picture


def _drawn(index: Index, node: object, marks: Marks) -> Drawn | None:
    if isinstance(node, Consumer):
        kind: DrawnKind = "consumer"
        detail, shared, instances = platform(node), False, node.instances
    elif isinstance(node, Field):
        kind, shared, instances = "field", node.shared, node.instances
        detail = f"= {value_words(index, node)}" + (f" ({node.role})" if node.role else "")
    elif isinstance(node, Token):
        kind, shared, instances = "token", node.shared, node.instances
        detail = f"token, {node.binding}" + (f", {safe(node.store)}" if node.store else "")
    else:
        return None
    if shared and kind != "consumer":
        detail += f", {shared_words(len(index.readers(node.id)), instances)}"
    place = f"{safe(node.path)}:{node.line}"
    note = safe(marks.notes.get(node.id, ""))
    return Drawn(
        node.id,
        kind,
        _fitting(safe(node.name)),
        detail,
        place,
        shared,
        instances,
        (node.id,),
        marks.nodes.get(node.id, ""),
        note,
    )


def _fitting(name: str) -> str:
    """A name as a picture has room for it: of a long one its last part. The place says the rest."""
    return name if len(name) <= 44 else "…" + (name.rsplit(".", 1)[-1] if "." in name[-44:] else name[-43:])


def shared_words(readers: int, instances: int) -> str:
    """`shared by 5 (53 instances)`; of one consumer with copies, `read by 32 instances`."""
    return (
        f"shared by {readers} ({count(instances, 'instance')})"
        if readers > 1
        else f"read by {count(instances, 'instance')}"
    )


def value_words(index: Index, node: Field) -> str:
    """The models a field names, else its text, else `unknown`."""
    named = [index.nodes[t] for t in index.targets(node.id, "names")]
    names = sorted({model(n.raw) for n in named if isinstance(n, Model)})
    return " or ".join(names) or (safe(node.value) if node.value else "unknown")


# -- folding ---------------------------------------------------------------------------------------------------------------


def groups(index: Index) -> dict[str, tuple[str, ...]]:
    """Nodes that look alike from outside, by node id: their group, sorted; nodes that are alone are left out.

    Together they are FEWEST instances or more: of two services people want the names. Consumers of one platform and
    repository that read and hold the same roots; then definitions between those and the same roots, of the same last
    name.
    """
    readers: dict[tuple[object, ...], list[str]] = defaultdict(list)
    roots: frozenset[tuple[str, str]]
    for node in index.graph.nodes:
        if isinstance(node, Consumer):
            roots = frozenset(
                (e.kind, r) for e in index.out[node.id] if e.kind in ("uses", "holds") for r in index.roots(e.target)
            )
            if roots:
                readers[node.platform, node.repository, roots].append(node.id)
    consumers = {n.id: n.instances for n in index.graph.nodes if isinstance(n, Consumer)}
    found = _large({k: ids for k, ids in readers.items() if sum(consumers[i] for i in ids) >= FEWEST})
    between: dict[tuple[object, ...], list[str]] = defaultdict(list)
    for node in index.graph.nodes:
        if isinstance(node, (Field, Token)) and index.targets(node.id, "derives"):
            users = {found.get(e.source, (e.source,)) for e in index.into[node.id] if e.kind in ("uses", "holds")}
            roots = frozenset(("root", r) for r in index.roots(node.id))
            if len(users) == 1 and len(next(iter(users))) > 1:
                between[type(node), _short(node.name), node.repository, roots, frozenset(users)].append(node.id)
    return found | _large(between)


def _large(grouped: Mapping[tuple[object, ...], list[str]]) -> dict[str, tuple[str, ...]]:
    return {i: tuple(sorted(ids)) for ids in grouped.values() if len(ids) > 1 for i in ids}


def _short(name: str) -> str:
    return name.rsplit(".", 1)[-1]


def group_name(index: Index, members: tuple[str, ...]) -> str:
    """`50 Lambdas`, `LLM_MODEL ×2`: what a group is called."""
    first = index.nodes[members[0]]
    nodes = [index.nodes[m] for m in members]
    if isinstance(first, Consumer):
        copies = sum(n.instances for n in nodes if isinstance(n, Consumer))
        kind = platform(replace(first, instances=1, account=None, stage=None))
        return f"{copies} {kind}s"
    return f"{safe(_short(str(getattr(first, 'name', ''))))} ×{len(members)}"


def _folded(index: Index, picture: Drawing) -> Drawing:
    together = groups(index)
    home = {i: f"group:{members[0]}" for i, members in together.items()}
    nodes: dict[str, Drawn] = {}
    for node in picture.nodes:
        key = home.get(node.id, node.id)
        if key == node.id:
            nodes[key] = node
        elif key not in nodes:
            members = together[node.id]
            parts = [n for n in picture.nodes if n.id in members]
            detail = _listed([f"{p.name} ×{p.instances}" if p.kind == "consumer" else p.place for p in parts])
            mark = parts[0].mark if len({p.mark for p in parts}) == 1 else "changed"
            nodes[key] = replace(
                node,
                id=key,
                name=group_name(index, members),
                detail=detail,
                shared=any(p.shared for p in parts),
                instances=sum(p.instances for p in parts),
                members=members,
                mark=mark,
                note="",
            )
    lines: dict[tuple[str, str, str], Line] = {}
    for line in picture.lines:
        moved = replace(line, source=home.get(line.source, line.source), target=home.get(line.target, line.target))
        key3 = (moved.source, moved.target, moved.kind)
        old = lines.get(key3)
        if old is None or _RANK[moved.certainty] < _RANK[old.certainty]:
            lines[key3] = moved
    return Drawing(tuple(nodes[k] for k in sorted(nodes)), tuple(lines[k] for k in sorted(lines)))


def _listed(names: list[str]) -> str:
    return ", ".join(names[:4]) + (f" and {len(names) - 4} more" if len(names) > 4 else "")


def _bounded(picture: Drawing, most: int) -> Drawing:
    """The nodes that matter most: what changed, what is shared with its readers, then the rest, by id."""
    near: dict[str, set[str]] = defaultdict(set)
    for line in picture.lines:
        near[line.source].add(line.target)
        near[line.target].add(line.source)
    order = sorted(picture.nodes, key=lambda n: (not n.mark, not n.shared or n.kind == "consumer", -n.instances, n.id))
    kept: dict[str, None] = {}
    for node in order:
        for one in (node.id, *sorted(near[node.id])):
            if len(kept) < most:
                kept.setdefault(one)
    nodes = tuple(n for n in picture.nodes if n.id in kept)
    lines = tuple(line for line in picture.lines if line.source in kept and line.target in kept)
    return Drawing(nodes, lines, len(picture.nodes) - len(nodes))
