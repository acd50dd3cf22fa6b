"""What a scope mentions, by name: the cheap index by which the linker finds what can matter at all.

Made when a file is read, in parallel and kept in the cache with the facts, since going through every expression of a
large repository costs more than everything that comes after it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

import msgspec

from modelguard.extract import facts as f

_MODEL_WORD = re.compile(r"(?i)model|llm|embed|api_?key|token")


def with_mentions(scope: f.Scope) -> f.Scope:
    """The scope with what it mentions filled in."""
    mentions: set[str] = set()
    model_text = False
    for expr in expressions(scope):
        mentions.update(_names(expr))
        if isinstance(expr, f.Lit) and isinstance(expr.value, str) and not model_text:
            model_text = len(expr.value) < 80 and _MODEL_WORD.search(expr.value) is not None
    for call in scope.calls:
        mentions.update(_looked_up(call))
    aliases = tuple((name, tuple(sorted(inner))) for name, inner in _aliases(scope) if inner)
    return msgspec.structs.replace(scope, mentions=tuple(sorted(mentions)), aliases=aliases, model_text=model_text)


def _aliases(scope: f.Scope) -> Iterator[tuple[str, set[str]]]:
    """Names and attributes that are given something, with what is mentioned in it."""
    for bind in scope.binds:
        if not isinstance(bind.value, f.Lit):
            yield bind.name.split("#", 1)[0], {n for e in parts(bind.value) for n in _names(e)}
    for store in scope.stores:
        if isinstance(store.key, f.Lit) and isinstance(store.key.value, str):
            yield store.key.value, {n for e in parts(store.value) for n in _names(e)}


def _looked_up(call: f.Call) -> Iterator[str]:
    """The name that `getattr(x, "name", …)` or `x.get("name")` takes out of something."""
    func = call.func
    by_name = isinstance(func, f.Var) and func.name == "getattr"
    if by_name or (isinstance(func, f.Get) and isinstance(func.key, f.Lit) and func.key.value == "get"):
        for arg in call.args[by_name : by_name + 1]:
            if isinstance(arg.value, f.Lit) and isinstance(arg.value.value, str):
                yield arg.value.value


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
        yield from parts(store.key)
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
