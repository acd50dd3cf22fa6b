"""Whether two modules may run in one program: one imports the other, or a third one, that is no test, imports both."""

from __future__ import annotations

import itertools
from collections import defaultdict
from typing import TYPE_CHECKING

from modelguard.link.forward import TESTS

if TYPE_CHECKING:
    from modelguard.link.resolve import Resolver

MAX_ABOVE = 2_000
"""Most importers of one module that are gone through."""


def related(resolver: Resolver, one: str, other: str) -> bool:
    """Whether both are imported, however indirectly, by the same module, which may be one of them."""
    return one == other or not _above(resolver, one).isdisjoint(_above(resolver, other))


def shared_folders(one: str, other: str) -> int:
    """How many folders, from the root on, two files have in common."""
    pairs = zip(one.split("/")[:-1], other.split("/")[:-1], strict=False)
    return sum(1 for _ in itertools.takewhile(lambda pair: pair[0] == pair[1], pairs))


def _above(resolver: Resolver, path: str) -> frozenset[str]:
    """A module and all that import it, tests apart."""
    known = resolver.above.get(path)
    if known is None:
        importers = _importers(resolver)
        found, todo = {path}, [path]
        while todo and len(found) < MAX_ABOVE:
            for importer in importers.get(todo.pop(), ()):
                if importer not in found:
                    found.add(importer)
                    todo.append(importer)
        known = resolver.above[path] = frozenset(found)
    return known


def _importers(resolver: Resolver) -> dict[str, set[str]]:
    if resolver.importers is None:
        program = resolver.program
        resolver.importers = defaultdict(set)
        for path, scope in program.code():
            if TESTS.search(path):
                continue
            for found in scope.imports:
                inner = f"{found.module}.{found.name}".strip(".") if found.name and found.name != "*" else ""
                for dotted in (found.module, inner):
                    target = program.module(path, dotted, found.level) if dotted or found.level else None
                    if target is not None and target != path:
                        resolver.importers[target].add(path)
    return resolver.importers
