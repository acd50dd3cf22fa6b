"""Files of configuration that live in another repository than the code that reads them."""

from __future__ import annotations

import posixpath
import re
from collections import defaultdict

from modelguard.graph.diff import models_of
from modelguard.graph.model import Edge, Field, Graph, Node, Site, Unresolved
from modelguard.graph.query import Index
from modelguard.link.access import MISSING_FILE

_READ = re.compile(rf"{MISSING_FILE.pattern}(?: \(in .+\))?")


def join_files(nodes: dict[str, Node], edges: list[Edge], unresolved: list[Unresolved]) -> list[Unresolved]:
    """A call whose model is an entry of a file that its repository does not have reads that entry in another's.

    By the file's path as far as both have it, and the entry's name. Returns what is still unresolved.
    """
    by_name: dict[str, list[Field]] = defaultdict(list)
    for node in nodes.values():
        if isinstance(node, Field) and node.role == "" and not node.path.endswith((".py", ".ts", ".js")):
            by_name[node.name].append(node)
    sites = {(n.path, n.line): n for n in nodes.values() if isinstance(n, Site) and n.role == "call"}
    index = Index(Graph(nodes=tuple(nodes.values()), edges=tuple(edges)))
    left = []
    for entry in unresolved:
        read = _READ.fullmatch(entry.why) if entry.kind in ("model", "value") else None
        home = entry.path.partition("/")[0]
        found = [f for f in by_name.get(read["key"] or "", ()) if _same(f, read["file"], home)] if read else []
        site = sites.get((entry.path, entry.line))
        if read is None or site is None or len(found) != 1:
            left.append(entry)
            continue
        edges.extend(_edges(index, site, found[0], read, entry.consumers))
    return left


def _same(field: Field, file: str, home: str) -> bool:
    """Whether a field of another repository stands in the file that is meant: one path ends as the other does."""
    repository, _, path = field.path.partition("/")
    wanted = posixpath.normpath(file).lstrip("/")
    return repository != home and (wanted == path or wanted.endswith("/" + path) or path.endswith("/" + wanted))


def _edges(index: Index, site: Site, field: Field, read: re.Match[str], consumers: tuple[str, ...]) -> list[Edge]:
    why = (
        f"`{read['key']}` of `{posixpath.normpath(read['file'])}`, as {field.repository or 'another repository'} has it"
    )
    found = [Edge(site.id, field.id, "reads", "likely", why)]
    found += [Edge(field.id, f"model:{raw}", "names") for raw in models_of(index, field.id)]
    via = ((field.path, field.line), (site.path, site.line))
    for source in index.sources(site.id, "runs"):
        consumer = index.nodes[source]
        if not consumers or getattr(consumer, "name", "") in consumers:
            found.append(Edge(source, field.id, "uses", "likely", why, via))
    return found
