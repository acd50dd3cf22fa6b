"""Which functions can matter at all: those that may spend or read what is looked for, and whoever mentions them.

By names only, so it errs on the side of looking: what is left out calls nothing that spends under any name.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Set

from modelguard.extract import facts as f
from modelguard.extract.mentions import expressions
from modelguard.extract.node_modules import is_script
from modelguard.link.program import Program
from modelguard.link.sinks import may_spend

ENVIRONMENT = frozenset({"getenv", "environ"})


class Relevance:
    """The relevant scopes of a program, and the names by which they are mentioned."""

    def __init__(self, program: Program, words: Set[str], wanted: Callable[[str, f.Scope], bool] | None = None) -> None:
        """`wanted` says which scopes are looked for, where it is not those that spend or mention one of `words`."""
        self.names: set[str] = set()
        self.functions: set[str] = set()
        """The names of relevant functions and methods themselves."""
        self._scopes: set[int] = set()
        self._seeds: set[int] = set()
        self._mentions: dict[str, list[tuple[f.Scope, tuple[str, ...]]]] = defaultdict(list)
        self._exprs: dict[int, list[f.Expr]] = {}
        self._kept: list[f.Scope] = []
        seeds: list[f.Scope] = []
        for path, scope in program.code():
            self._kept.append(scope)
            mentioned = scope.mentions
            for name in mentioned:
                self._mentions[name].append((scope, ()))
            for alias, inner in scope.aliases:
                for name in inner:
                    self._mentions[name].append((scope, (alias,)))
            if wanted is not None:
                seeds += [scope] if wanted(path, scope) else []
                continue
            spends = any(may_spend(c, scope, is_script(path)) for c in scope.calls)
            looks_up = scope.model_text and not ENVIRONMENT.isdisjoint(mentioned)
            if spends or looks_up or not words.isdisjoint(mentioned):
                seeds.append(scope)
        self._seeds = {id(s) for s in seeds}
        self._grow(seeds)

    def include(self, scope: f.Scope) -> None:
        """A scope that was made since, which spends."""
        self._kept.append(scope)
        self._scopes.add(id(scope))
        self._seeds.add(id(scope))

    def __contains__(self, scope: f.Scope) -> bool:
        return id(scope) in self._scopes

    def is_seed(self, scope: f.Scope) -> bool:
        """Whether a scope may itself spend or read, not only call what does."""
        return id(scope) in self._seeds

    def expressions(self, scope: f.Scope) -> list[f.Expr]:
        """Every expression of a scope, the parts of expressions too."""
        if id(scope) not in self._exprs:
            self._kept.append(scope)
            self._exprs[id(scope)] = list(expressions(scope))
        return self._exprs[id(scope)]

    def _grow(self, seeds: list[f.Scope]) -> None:
        todo: list[str] = []

        def add(scope: f.Scope) -> None:
            if id(scope) not in self._scopes:
                self._scopes.add(id(scope))
                names = simple_names(scope)
                self.functions.update(names if scope.kind != "class" else ())
                todo.extend(names)

        for seed in seeds:
            add(seed)
        # A function that imports what a module makes when it is loaded runs that module's calls.
        made = {name for seed in seeds if seed.kind == "module" for name in _made(seed)}
        for name in sorted(made):
            for scope, _ in self._mentions.get(name, ()):
                if scope.kind != "module" and any(
                    isinstance(b.value, f.Import) and b.value.name == name for b in scope.binds
                ):
                    add(scope)
        while todo:
            name = todo.pop()
            if name in self.names:
                continue
            self.names.add(name)
            for scope, aliases in self._mentions.get(name, ()):
                add(scope)
                todo.extend(aliases)


def _made(module: f.Scope) -> set[str]:
    """The names that a module's top level gives to something it makes by a call."""
    return {b.name.split("#", 1)[0] for b in module.binds if isinstance(b.value, (f.CallRef, f.Op, f.Get))}


def simple_names(scope: f.Scope) -> list[str]:
    """The names by which a scope is called: a method's own, its class's where making an object runs it."""
    last = scope.name.rsplit(".", 1)[-1].split("~", 1)[0]
    if scope.kind in ("module", "main") or not last:
        return []
    owner = scope.owner.rsplit(".", 1)[-1].split("~", 1)[0]
    return [last, owner] if owner and last.startswith("__") else [last]
