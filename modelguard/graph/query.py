"""Questions to a graph: who reads a node, what it derives from, what a name that a person typed means."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, replace

from modelguard.errors import InputError
from modelguard.graph.model import Consumer, Edge, Field, Graph, Model, Node, Site, Token


@dataclass(frozen=True, slots=True)
class Reader:
    """A consumer that uses a node, with the edge that says so; `through` is the definition it reads it from."""

    consumer: Consumer
    edge: Edge
    through: str


class Index:
    """A graph by id and by edge ends. Made once, asked often."""

    def __init__(self, graph: Graph) -> None:
        self.graph = graph
        self.nodes: dict[str, Node] = {n.id: n for n in graph.nodes}
        self.out: dict[str, list[Edge]] = defaultdict(list)
        self.into: dict[str, list[Edge]] = defaultdict(list)
        for edge in graph.edges:
            self.out[edge.source].append(edge)
            self.into[edge.target].append(edge)

    def targets(self, node: str, kind: str) -> list[str]:
        """Where the edges of a kind lead from a node."""
        return [e.target for e in self.out[node] if e.kind == kind]

    def sources(self, node: str, kind: str) -> list[str]:
        """Where the edges of a kind come from that lead to a node."""
        return [e.source for e in self.into[node] if e.kind == kind]

    def roots(self, node: str) -> list[str]:
        """What a node derives from in the end: where a person would edit. Itself, where it derives from nothing."""
        return self._ends(node, [], set())

    def _ends(self, node: str, found: list[str], seen: set[str]) -> list[str]:
        if node in seen:
            return found
        seen.add(node)
        targets = [e.target for e in self.out[node] if e.kind == "derives" and not e.dormant]
        for target in targets:
            self._ends(target, found, seen)
        if not targets and node not in found:
            found.append(node)
        return found

    def deriving(self, node: str) -> list[str]:
        """A node and everything that takes its value from it, nearest first."""
        found, todo = [node], [node]
        while todo:
            for source in self.sources(todo.pop(0), "derives"):
                if source not in found:
                    found.append(source)
                    todo.append(source)
        return found

    def _only_as_fallback(self, node: str) -> dict[str, Edge]:
        """What takes its value from a node only where something else fails, with the edge that says so."""
        found: dict[str, Edge] = {}
        todo: list[tuple[str, Edge | None]] = [(node, None)]
        sure: set[str] = set()
        while todo:
            current, doubt = todo.pop(0)
            if current in sure or (doubt is not None and current in found):
                continue
            if doubt is None:
                sure.add(current)
                found.pop(current, None)
            else:
                found[current] = doubt
            for edge in self.into[current]:
                if edge.kind == "derives":
                    todo.append((edge.source, doubt or (edge if edge.dormant else None)))
        return found

    def readers(self, node: str, kind: str = "uses") -> list[Reader]:
        """Consumers that use (or hold) a node, itself or through what derives from it; each once, by name."""
        found: dict[str, Reader] = {}
        doubtful = self._only_as_fallback(node)
        for through in self.deriving(node):
            doubt = doubtful.get(through)
            for own in self.into[through]:
                edge = own if doubt is None else replace(own, dormant=True, certainty="possible", why=doubt.why)
                consumer = self.nodes.get(edge.source)
                if edge.kind != kind or not isinstance(consumer, Consumer):
                    continue
                old = found.get(edge.source)
                if old is None or (old.edge.dormant and not edge.dormant):
                    found[edge.source] = Reader(consumer, edge, through)
        return sorted(found.values(), key=lambda r: (r.consumer.name, r.consumer.id))

    def unreached_reads(self, node: str) -> list[Site]:
        """Reads of a node that no consumer's entry point reaches."""
        found: dict[str, Site] = {}
        for through in self.deriving(node):
            for source in self.sources(through, "reads"):
                site = self.nodes.get(source)
                if isinstance(site, Site) and not self.sources(source, "runs"):
                    found[source] = site
        return [found[k] for k in sorted(found)]


def resolve(graph: Graph, text: str, kinds: tuple[type, ...] = (Field, Token, Consumer)) -> Node:
    """The node a person means: an id, a name (or its end after a dot) that only one has, or path:line.

    Raises InputError for none, and for several, listing the candidates.
    """
    nodes = [n for n in graph.nodes if isinstance(n, kinds)]
    for test in (_is_id, _is_name, _is_place, _ends_name):
        found = [n for n in nodes if test(n, text)]
        if len(found) == 1:
            return found[0]
        if found:
            listed = "\n".join(f"  {_place(n)}  {n.id}" for n in found[:20])
            raise InputError(f'"{text}" may mean any of {len(found)}:\n{listed}', hint="\ngive an id or path:line")
    raise InputError(f'nothing here is called "{text}"', hint="modelguard graph lists all names")


def _is_id(node: Node, text: str) -> bool:
    return node.id == text


def _is_name(node: Node, text: str) -> bool:
    return getattr(node, "name", "") == text


def _is_place(node: Node, text: str) -> bool:
    return _place(node) == text


def _ends_name(node: Node, text: str) -> bool:
    return bool(text) and str(getattr(node, "name", "")).endswith("." + text)


def _place(node: Node) -> str:
    return f"{getattr(node, 'path', '')}:{getattr(node, 'line', '')}"


def around(graph: Graph, text: str) -> tuple[str, ...]:
    """The ids that `--focus` means: one field, token or consumer; a model by either of its names; or, for path:line,
    whatever stands there, or whatever link has that line as its evidence. Raises InputError for none.
    """
    models = [n.id for n in graph.nodes if isinstance(n, Model) and text in (n.id, n.name, n.raw)]
    if models:
        return tuple(models)
    path, _, line = text.rpartition(":")
    if path and line.isdigit():
        here = {n.id for n in graph.nodes if _is_place(n, text)}
        if not here:
            place = (path, int(line))
            here = {end for e in graph.edges if place in e.via for end in (e.source, e.target)}
        if here:
            return tuple(sorted(here))
    return (resolve(graph, text, (Field, Token, Consumer, Site)).id,)


def focus(graph: Graph, *nodes: str) -> Graph:
    """The part of a graph around nodes: what they read, and what reads them, however indirectly, with the sites of both.

    A site that many share leads to none of the others: only values are followed.
    """
    index = Index(graph)
    starts = set(nodes)
    for node in nodes:
        if isinstance(index.nodes.get(node), Site):
            reads = _reach(node, index.out, "target", ("calls", "reads"))
            starts |= {n for n in reads if not isinstance(index.nodes[n], Site)} | set(index.sources(node, "runs"))
    value = ("uses", "holds", "derives", "names")
    kept = {
        k
        for n in starts
        for t, end in ((index.out, "target"), (index.into, "source"))
        for k in _reach(n, t, end, value)
    }
    kept |= _sites(index, kept)
    return replace(
        graph,
        nodes=tuple(n for n in graph.nodes if n.id in kept),
        edges=tuple(e for e in graph.edges if e.source in kept and e.target in kept),
    )


def _sites(index: Index, kept: set[str]) -> set[str]:
    """Sites that read what is kept, and calls that take from those, where a kept consumer or nobody runs them."""

    def runs(site: str) -> bool:
        runners = index.sources(site, "runs")
        return not runners or any(r in kept for r in runners)

    reads = {e.source for e in index.graph.edges if e.kind == "reads" and e.target in kept and runs(e.source)}
    calls = {e.source for e in index.graph.edges if e.kind == "calls" and e.target in reads and runs(e.source)}
    return reads | calls


def _reach(start: str, table: dict[str, list[Edge]], end: str, kinds: tuple[str, ...]) -> Iterable[str]:
    seen, todo = {start}, [start]
    while todo:
        for edge in table.get(todo.pop(), ()):
            other = getattr(edge, end)
            if edge.kind in kinds and other not in seen:
                seen.add(other)
                todo.append(other)
    return seen
