"""The graph of a tree: what linking found, as nodes and edges of modelguard.graph/1."""

from __future__ import annotations

import gc
from collections import Counter
from dataclasses import replace

from modelguard.catalog.clients_index import CallSpec, knowing
from modelguard.extract.cache import FactsCache, cache_folder
from modelguard.extract.store import FactsStore
from modelguard.graph.collect import Collector
from modelguard.graph.model import Consumer, Coverage, Edge, Field, Gap, Graph, Node, Token
from modelguard.graph.shares import shares
from modelguard.link.analysis import link
from modelguard.workspace import Tree


def analyse(tree: Tree, *, jobs: int = 0, wrappers: tuple[CallSpec, ...] = ()) -> Graph:
    """Who reads which model field and holds which token in a tree. Never raises for what the tree's files hold.

    `jobs` bounds the processes that read files where there is much to read; 0 takes one for each core. `wrappers` are
    calls of functions beyond the catalogue that spend.
    """
    cache = FactsCache(cache_folder())
    store = FactsStore(tree, cache, jobs)
    collecting = gc.isenabled()
    # Everything made here is kept until the end: looking for garbage in it took 40 % of a run, and found none.
    gc.disable()
    try:
        with knowing(wrappers):
            linked = link(store)
            collected = Collector(linked).collect()
        nodes = counted(collected.nodes, collected.edges)
        coverage = _coverage(tree, store, collected.calls, collected.resolved)
    finally:
        store.close()
        cache.close()
        if collecting:
            gc.enable()
    return Graph(
        root=".",
        commit=tree.commit,
        nodes=tuple(sorted(nodes, key=lambda n: n.id)),
        edges=tuple(sorted(collected.edges, key=lambda e: (e.source, e.target, e.kind))),
        unresolved=tuple(sorted(set(collected.unresolved), key=lambda u: (u.path, u.line, u.kind, u.why))),
        coverage=coverage,
    )


def counted(nodes: list[Node], edges: list[Edge]) -> list[Node]:
    """Fields and tokens with who uses and holds them counted."""
    consumers = {n.id: n for n in nodes if isinstance(n, Consumer)}
    known = shares(nodes, edges)
    result: list[Node] = []
    for node in nodes:
        if isinstance(node, (Field, Token)):
            users = known.users.get(node.id, frozenset())
            instances = sum(consumers[c].instances for c in users)
            shared = len(users) > 1 or any(consumers[c].instances > 1 for c in users)
            if isinstance(node, Field):
                result.append(replace(node, shared=shared, instances=instances))
                continue
            holders = users | known.holders.get(node.id, frozenset())
            holding = sum(consumers[c].instances for c in holders)
            result.append(replace(node, shared=shared, instances=instances, holders=holding))
        else:
            result.append(node)
    return result


def _coverage(tree: Tree, store: FactsStore, calls: int, resolved: int) -> Coverage:
    """What was looked at: a file is parsed, failed (also where only a part could be read), or skipped for a reason."""
    read = {path for path, facts in store.loaded() if path not in store.gaps}
    failed = dict(store.gaps)
    skipped: Counter[str] = Counter()
    for gap in tree.gaps:
        failed.setdefault(gap.path, gap.why)
    for entry in tree.entries:
        if entry.path not in read and entry.path not in failed:
            skipped["not relevant"] += 1
    gaps = tuple(Gap(path, failed[path]) for path in sorted(failed))
    return Coverage(
        files=len({e.path for e in tree.entries} | set(failed)),
        parsed=len(read),
        skipped=tuple(sorted(skipped.items())),
        failed=gaps,
        calls=calls,
        calls_resolved=resolved,
    )
