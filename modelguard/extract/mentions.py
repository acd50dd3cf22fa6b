"""What a scope mentions, by name: the cheap index by which the linker finds what can matter at all.

Made when a file is read, in parallel and kept in the cache with the facts, since going through every expression of a
large repository costs more than everything that comes after it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

import msgspec

from modelguard.extract import facts as f

_MODEL_WORD = re.compile(r"(?i)model|llm|embed|api_?key|token")


def with_mentions(scope: f.Scope) -> f.Scope:
    """The scope with what it mentions filled in."""
    texts: list[str] = []
    mentions: set[str] = set()
    aliases: list[tuple[str, tuple[str, ...]]] = []
    given = [(b.name.split("#", 1)[0], b.value) for b in scope.binds]
    given += [
        (s.key.value if isinstance(s.key, f.Lit) and isinstance(s.key.value, str) else "", s.value)
        for s in scope.stores
    ]
    for name, value in given:
        inside: set[str] = set()
        _collect([value], inside, texts)
        mentions |= inside
        if inside and name:
            aliases.append((name, tuple(sorted(inside))))
    _collect(_not_given(scope), mentions, texts)
    for call in scope.calls:
        mentions.update(_looked_up(call))
    # No pattern goes over the end of a line, so all texts are searched as one.
    model_text = _MODEL_WORD.search("\n".join(t for t in texts if len(t) < 80)) is not None
    return msgspec.structs.replace(
        scope, mentions=tuple(sorted(mentions)), aliases=tuple(aliases), model_text=model_text
    )


def _not_given(scope: f.Scope) -> list[f.Expr]:
    """The expressions of a scope that are not what a name or an attribute is given."""
    found = [e for p in scope.params for e in (p.default, p.annotation) if e is not None]
    for call in scope.calls:
        found.append(call.func)
        found += [a.value for a in call.args]
    for store in scope.stores:
        found += (store.base, store.key)
    for group in (scope.returns, scope.decorators, scope.bases, scope.loose):
        found += group
    return found


def _collect(todo: list[f.Expr], names: set[str], texts: list[str]) -> None:
    """The names and the texts in expressions and their parts. Every expression of a tree comes by here: it is quick."""
    while todo:
        expr = todo.pop()
        if isinstance(expr, f.Var):
            names.add(expr.name.split("#", 1)[0] if "#" in expr.name else expr.name)
        elif isinstance(expr, f.Lit):
            if isinstance(expr.value, str):
                texts.append(expr.value)
        elif not isinstance(expr, f.CallRef):
            names.update(_names(expr))
            todo += _inside(expr)


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
        todo += _inside(current)


def _inside(expr: f.Expr) -> Sequence[f.Expr]:
    """The parts that an expression is made of."""
    if isinstance(expr, f.Get):
        return (expr.base, expr.key)
    if isinstance(expr, (f.Join, f.Op)):
        return expr.parts
    if isinstance(expr, f.OneOf):
        return expr.options
    if isinstance(expr, f.Seq):
        return expr.items
    if isinstance(expr, f.Rec):
        return [e for i in expr.items for e in (i.key, i.value) if e is not None]
    if isinstance(expr, f.Fallback):
        return (expr.first, expr.second)
    if isinstance(expr, f.Cond):
        return (expr.test, expr.then, expr.other)
    if isinstance(expr, (f.Each, f.Spread)):
        return (expr.base,)
    if isinstance(expr, f.Comp):
        return [e for e in (expr.source, expr.element, expr.key, expr.test) if e is not None]
    return ()
