"""One graph of many repositories': `graph merge A.json B.json` and `check --with-graphs`.

Paths start with the repository's name, ids carry it, consumers say which repository they are of. What repositories
have in common is joined: models by their name; a secret that several refer to by the same name in a store that is the
same for all of them; a client that asks a gateway for a name that another repository's gateway routes; a constant that
another repository's package defines. A join across repositories is `likely`: no file says that the two are one.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import replace

from modelguard.errors import InputError
from modelguard.graph.build import counted
from modelguard.graph.diff import models_of
from modelguard.graph.joined_files import join_files
from modelguard.graph.model import (
    Certainty,
    Coverage,
    Edge,
    Field,
    Gap,
    Graph,
    Model,
    Node,
    Repository,
    Site,
    Token,
    Unresolved,
)  # fmt: skip
from modelguard.graph.query import Index

GLOBAL_STORES = frozenset({"secretsmanager", "ssm", "aws", "gcp", "azure", "vault"})
"""Stores outside any cluster or state file, whose names several repositories can share."""

_MODULE = re.compile(r"`([A-Za-z_]\w*(?:\.[A-Za-z_]\w*)+)` is known only when the program runs")
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*\Z")


def merge(graphs: Sequence[tuple[str, Graph]]) -> Graph:
    """The graphs of repositories by name as one. The order does not matter.

    Raises InputError for a name that is there twice, or that could not stand in a path.
    """
    names = [name for name, _ in graphs]
    for name in names:
        if not _NAME.match(name):
            raise InputError(
                f'"{name}" can\'t name a repository', hint="give NAME=FILE, of letters, digits, dots and dashes"
            )
        if names.count(name) > 1:
            raise InputError(f'two graphs are called "{name}"', hint="give them names of their own: NAME=FILE")
    parts = [_moved(name, graph) for name, graph in sorted(graphs, key=lambda pair: pair[0])]
    nodes: dict[str, Node] = {}
    for part in parts:
        for node in part.nodes:
            nodes.setdefault(node.id, node)
    edges = [e for part in parts for e in part.edges]
    unresolved = [u for part in parts for u in part.unresolved]
    _join_tokens(nodes, edges)
    _join_routes(nodes, edges)
    unresolved = _join_packages(nodes, edges, unresolved)
    unresolved = join_files(nodes, edges, unresolved)
    unique = {(e.source, e.target, e.kind): e for e in edges}
    ordered = [unique[k] for k in sorted(unique)]
    return Graph(
        nodes=tuple(sorted(counted(list(nodes.values()), ordered), key=lambda n: n.id)),
        edges=tuple(ordered),
        unresolved=tuple(sorted(unresolved, key=lambda u: (u.path, u.line, u.kind, u.why))),
        coverage=_sum(p.coverage for p in parts),
        repositories=tuple(r for p in parts for r in p.repositories),
    )


def beside(own: Graph, others: Sequence[tuple[str, Graph]]) -> Graph:
    """A tree's own graph with those of other repositories: its paths stay as they are, theirs start with `../NAME/`.

    What could not be read is the tree's own. Raises InputError for names that merge() does not take.
    """
    whole = merge([(_OWN, own), *others])

    def path(old: str) -> str:
        return old.removeprefix(f"{_OWN}/") if old.startswith(f"{_OWN}/") else f"../{old}"

    def renamed(old: str) -> str:
        kind, _, rest = old.partition(":")
        if kind == "model" or "/" not in rest:
            return old
        if kind == "site":
            role, _, rest = rest.partition(":")
            return f"site:{role}:{path(rest)}"
        return f"{kind}:{path(rest)}"

    def node(old: Node) -> Node:
        if isinstance(old, Model):
            return old
        repository = "" if old.repository == _OWN else old.repository
        return replace(old, id=renamed(old.id), path=path(old.path), repository=repository)

    def edge(old: Edge) -> Edge:
        via = tuple((path(p), line) for p, line in old.via)
        why = old.why.replace(_OWN, "this tree")
        return replace(old, source=renamed(old.source), target=renamed(old.target), via=via, why=why)

    return replace(
        own,
        nodes=tuple(sorted((node(n) for n in whole.nodes), key=lambda n: n.id)),
        edges=tuple(sorted((edge(e) for e in whole.edges), key=lambda e: (e.source, e.target, e.kind))),
        unresolved=tuple(replace(u, path=path(u.path)) for u in whole.unresolved if u.path.startswith(f"{_OWN}/")),
    )


_OWN = "the-tree-itself"

# -- paths and ids --------------------------------------------------------------------------------------------------------


def _moved(name: str, graph: Graph) -> Graph:
    """A graph with its repository's name in front of every path and in every id; a merged one keeps its own below it."""

    def path(old: str) -> str:
        return f"{name}/{old}"

    def renamed(old: str) -> str:
        kind, _, rest = old.partition(":")
        if kind == "model":
            return old
        if kind == "site":
            role, _, rest = rest.partition(":")
            return f"site:{role}:{path(rest)}"
        return f"{kind}:{path(rest)}"

    def node(old: Node) -> Node:
        if isinstance(old, Model):
            return old
        inner = f"{name}/{old.repository}" if old.repository else name
        return replace(old, id=renamed(old.id), path=path(old.path), repository=inner)

    return replace(
        graph,
        nodes=tuple(node(n) for n in graph.nodes),
        edges=tuple(
            replace(
                e, source=renamed(e.source), target=renamed(e.target), via=tuple((path(p), line) for p, line in e.via)
            )
            for e in graph.edges
        ),
        unresolved=tuple(replace(u, path=path(u.path)) for u in graph.unresolved),
        coverage=replace(graph.coverage, failed=tuple(Gap(path(g.path), g.why) for g in graph.coverage.failed)),
        repositories=tuple(replace(r, name=path(r.name)) for r in graph.repositories)
        or (Repository(name, graph.commit, graph.link),),
    )


# -- joins ----------------------------------------------------------------------------------------------------------------


def _join_tokens(nodes: dict[str, Node], edges: list[Edge]) -> None:
    """A token of its own for each secret that several repositories refer to; theirs derive from it."""
    roots = {e.source for e in edges if e.kind == "derives"}
    same: dict[tuple[str, str], list[Token]] = defaultdict(list)
    for node in nodes.values():
        if isinstance(node, Token) and node.store in GLOBAL_STORES and node.id not in roots:
            same[node.store, node.name].append(node)
    for (store, name), tokens in sorted(same.items()):
        if len({t.repository for t in tokens}) < 2:
            continue
        first = min(tokens, key=lambda t: t.id)
        joined = replace(
            first, id=f"token:{store}#{name}", repository="", why=f"several repositories name it in {store}"
        )
        nodes[joined.id] = joined
        why = f"the same name in {store}"
        edges += [Edge(t.id, joined.id, "derives", "likely", why) for t in tokens]


def _join_routes(nodes: dict[str, Node], edges: list[Edge]) -> None:
    """A field whose value is no model, and is the name of a route in another repository's gateway, derives from that."""
    index = Index(Graph(nodes=tuple(nodes.values()), edges=tuple(edges)))
    routes: dict[str, list[Field]] = defaultdict(list)
    for node in nodes.values():
        if isinstance(node, Field) and node.role == "route":
            routes[node.name.partition(".")[2] or node.name].append(node)
    for node in list(nodes.values()):
        if not isinstance(node, Field) or node.role or node.value is None or index.targets(node.id, "derives"):
            continue
        asked = node.value.rsplit("/", 1)[-1]
        found = routes.get(node.value) or routes.get(asked) or []
        elsewhere = [r for r in found if r.repository != node.repository]
        own = [r for r in found if r.repository == node.repository]
        if not elsewhere or own:
            continue
        certainty: Certainty = "likely" if len({r.repository for r in elsewhere}) == 1 else "possible"
        edges[:] = [e for e in edges if not (e.source == node.id and e.kind == "names")]
        for route in elsewhere:
            edges.append(Edge(node.id, route.id, "derives", certainty, f"route `{asked}` of {route.repository}"))
            edges += [Edge(node.id, f"model:{raw}", "names", certainty) for raw in models_of(index, route.id)]


def _join_packages(nodes: dict[str, Node], edges: list[Edge], unresolved: list[Unresolved]) -> list[Unresolved]:
    """A call whose model is `package.NAME` of another repository reads the field that is defined there.

    Returns what is still unresolved.
    """
    defined: dict[str, list[Field]] = defaultdict(list)
    for node in nodes.values():
        if isinstance(node, Field) and node.path.endswith(".py") and not node.role:
            for module in _modules(node.path.partition("/")[2]):
                defined[f"{module}.{node.name}"].append(node)
    sites = {(n.path, n.line): n for n in nodes.values() if isinstance(n, Site) and n.role == "call"}
    runs: dict[str, list[str]] = defaultdict(list)
    for edge in edges:
        if edge.kind == "runs":
            runs[edge.target].append(edge.source)
    left = []
    for entry in unresolved:
        match = _MODULE.search(entry.why) if entry.kind in ("model", "value") else None
        home = entry.path.partition("/")[0]
        found = [f for f in defined.get(match[1], ()) if f.repository.partition("/")[0] != home] if match else []
        site = sites.get((entry.path, entry.line))
        if len(found) != 1 or site is None or match is None:
            left.append(entry)
            continue
        field, why = found[0], f"`{match[1]}` is a package of {found[0].repository}"
        edges.append(Edge(site.id, field.id, "reads", "likely", why))
        for consumer in runs[site.id]:
            via = ((field.path, field.line), (site.path, site.line))
            edges.append(Edge(consumer, field.id, "uses", "likely", why, via))
    return left


def _modules(path: str) -> Iterable[str]:
    """The names a Python file can be imported by: from the root, and below folders that packaging strips."""
    parts = path.removesuffix(".py").removesuffix("/__init__").split("/")
    yield ".".join(parts)
    for start, part in enumerate(parts[:-1], 1):
        if part in ("src", "lib", "python", "packages", "libs"):
            yield ".".join(parts[start:])


def _sum(parts: Iterable[Coverage]) -> Coverage:
    skipped: dict[str, int] = defaultdict(int)
    total = Coverage()
    for part in parts:
        for reason, number in part.skipped:
            skipped[reason] += number
        total = replace(
            total,
            files=total.files + part.files,
            parsed=total.parsed + part.parsed,
            failed=total.failed + part.failed,
            calls=total.calls + part.calls,
            calls_resolved=total.calls_resolved + part.calls_resolved,
        )
    return replace(total, skipped=tuple(sorted(skipped.items())))
