"""Which functions can matter at all: those that may spend or read what is looked for, and whoever mentions them.

By names only, so it errs on the side of looking: what is left out calls nothing that spends under any name.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Collection, Iterator

from modelguard.extract import facts as f
from modelguard.link.program import Program
from modelguard.link.sinks import called_name, method_names

ENVIRONMENT = frozenset({"getenv", "environ"})
_MODEL_WORD = re.compile(r"(?i)model|llm|embed|api_?key|token")


class Relevance:
    """The relevant scopes of a program, and the names by which they are mentioned."""

    def __init__(self, program: Program, words: Collection[str]) -> None:
        self.names: set[str] = set()
        self._scopes: set[int] = set()
        self._seeds: set[int] = set()
        self._mentions: dict[str, list[tuple[f.Scope, tuple[str, ...]]]] = defaultdict(list)
        self._exprs: dict[int, list[f.Expr]] = {}
        self._kept: list[f.Scope] = []
        sinks = method_names()
        seeds: list[f.Scope] = []
        for _, scope in program.python():
            self._kept.append(scope)
            mentioned = self._mentioned(scope)
            for name in mentioned:
                self._mentions[name].append((scope, ()))
            for alias, inner in _aliases(scope):
                for name in inner:
                    self._mentions[name].append((scope, (alias,)))
            spends = any(called_name(c) in sinks for c in scope.calls)
            if spends or not mentioned.isdisjoint(words) or (mentioned & ENVIRONMENT and _reads_model(scope, self)):
                seeds.append(scope)
        self._seeds = {id(s) for s in seeds}
        self._grow(seeds)

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

    def _mentioned(self, scope: f.Scope) -> set[str]:
        return {name for expr in self.expressions(scope) for name in _names(expr)}

    def _grow(self, seeds: list[f.Scope]) -> None:
        todo: list[str] = []

        def add(scope: f.Scope) -> None:
            if id(scope) not in self._scopes:
                self._scopes.add(id(scope))
                todo.extend(simple_names(scope))

        for seed in seeds:
            add(seed)
        while todo:
            name = todo.pop()
            if name in self.names:
                continue
            self.names.add(name)
            for scope, aliases in self._mentions.get(name, ()):
                add(scope)
                todo.extend(aliases)


def simple_names(scope: f.Scope) -> list[str]:
    """The names by which a scope is called: a method's own, its class's where making an object runs it."""
    last = scope.name.rsplit(".", 1)[-1].split("~", 1)[0]
    if scope.kind in ("module", "main") or not last:
        return []
    owner = scope.owner.rsplit(".", 1)[-1].split("~", 1)[0]
    return [last, owner] if owner and last.startswith("__") else [last]


def _reads_model(scope: f.Scope, relevance: Relevance) -> bool:
    return any(
        isinstance(e, f.Lit) and isinstance(e.value, str) and len(e.value) < 80 and _MODEL_WORD.search(e.value)
        for e in relevance.expressions(scope)
    )


def _aliases(scope: f.Scope) -> Iterator[tuple[str, set[str]]]:
    """Names and attributes that are given something, with what is mentioned in it."""
    for bind in scope.binds:
        if not isinstance(bind.value, f.Lit):
            yield bind.name.split("#", 1)[0], {n for e in parts(bind.value) for n in _names(e)}
    for store in scope.stores:
        if isinstance(store.key, f.Lit) and isinstance(store.key.value, str):
            yield store.key.value, {n for e in parts(store.value) for n in _names(e)}


def _names(expr: f.Expr) -> Iterator[str]:
    if isinstance(expr, f.Var):
        yield expr.name.split("#", 1)[0]
    elif isinstance(expr, f.Get) and isinstance(expr.key, f.Lit) and isinstance(expr.key.value, str):
        yield expr.key.value
    elif isinstance(expr, f.Import):
        yield expr.name or expr.module.rsplit(".", 1)[-1]
    elif isinstance(expr, f.Closure):
        yield expr.scope.rsplit(".", 1)[-1]


def expressions(scope: f.Scope) -> Iterator[f.Expr]:
    """Every expression that belongs to a scope."""
    for param in scope.params:
        if param.default is not None:
            yield from parts(param.default)
        if param.annotation is not None:
            yield from parts(param.annotation)
    for bind in scope.binds:
        yield from parts(bind.value)
    for call in scope.calls:
        yield from parts(call.func)
        for arg in call.args:
            yield from parts(arg.value)
    for store in scope.stores:
        yield from parts(store.base)
        yield from parts(store.value)
    for group in (scope.returns, scope.decorators, scope.bases, scope.loose):
        for expr in group:
            yield from parts(expr)


def parts(expr: f.Expr) -> Iterator[f.Expr]:
    """An expression and everything in it."""
    todo: list[f.Expr] = [expr]
    while todo:
        current = todo.pop()
        yield current
        match current:
            case f.Get(base, key):
                todo += [base, key]
            case f.Join(inner) | f.OneOf(inner) | f.Seq(inner):
                todo += inner
            case f.Fallback(first, second):
                todo += [first, second]
            case f.Cond(test, then, other):
                todo += [test, then, other]
            case f.Rec(items):
                todo += [e for i in items for e in (i.key, i.value) if e is not None]
            case f.Each(base) | f.Spread(base):
                todo.append(base)
            case f.Comp(source, element, key):
                todo += [e for e in (source, element, key, current.test) if e is not None]
            case f.Op(_, inner):
                todo += inner
            case _:
                pass
