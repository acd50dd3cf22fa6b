"""What a program of JavaScript keeps in an object that its web framework hands around: `fastify.decorate("ai", client)`,
`c.set("ai", client)` of Hono, `app.set`, `app.locals`, `res.locals` and `req` of Express, `ctx.state` of Koa.

As for Python (state.py), the object is known by what its holder is called, and only where nothing else is known of it; what
counts is what the nearest files put in. Sources: https://fastify.dev/docs/latest/Reference/Decorators,
https://hono.dev/docs/api/context#set-get, https://expressjs.com/en/5x/api.html#app.locals, https://koajs.com/#ctx-state.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from typing import TYPE_CHECKING

from modelguard.extract import facts as f
from modelguard.extract.mentions import called_name
from modelguard.extract.node_modules import is_script
from modelguard.link import opened
from modelguard.link.frames import Argument, Frame
from modelguard.link.related import related, shared_folders
from modelguard.link.values import Const, External, Outcome, Outcomes, Unknown, weaken

if TYPE_CHECKING:
    from modelguard.link.resolve import Resolver

Put = tuple[str, f.Scope, f.Expr, str]
"""A file, a scope of it, what is put in there, and the name of what it is put into."""
_DECORATING = frozenset({"decorate", "decorateRequest", "decorateReply"})
_CONTEXTS = frozenset({"c", "ctx", "context", "app"})
_DECORATED = frozenset({"fastify", "app", "server", "instance", "request", "req", "reply"})
_REQUESTS = frozenset({"req", "request"})
_BAGS = {"locals": frozenset({"app", "res", "response", "server"}), "state": frozenset({"c", "ctx", "context"})}
"""Objects that hold what is kept, and of whom."""
_HANDED = External("npm:hono.Context")
"""What a handler's context is, so that variables of it are found."""


def kept(resolver: Resolver, expr: f.Get, key: str, found: Outcomes, frame: Frame) -> Outcomes:
    """What `holder.key` was given, where `found` says nothing of it; empty where nothing is seen to be put in."""
    if not expr.attr or not all(_is_open(o) for o in found):
        return ()
    holder = f.last_name(expr.base)
    kinds = [kind for kind, names in _HELD.items() if holder in names] + ["bag"] * _is_bag(expr.base)
    return tuple(o for kind in kinds for o in _put_in(resolver, kind, key, frame))


def given(resolver: Resolver, call: f.Call, func: Outcomes, frame: Frame) -> Outcomes:
    """The same for `c.get("key")` and `req.app.get("key")`."""
    base = call.func.base if isinstance(call.func, f.Get) and f.last_name(call.func) in ("get", "var") else None
    key = call.args[0].value if len(call.args) == 1 else None
    if base is None or f.last_name(base) not in _CONTEXTS or not isinstance(key, f.Lit) or not all(map(_is_open, func)):
        return ()
    return _put_in(resolver, "set", str(key.value), frame)


_HELD = {"decorate": _DECORATED, "request": _REQUESTS}


def _is_bag(expr: f.Expr) -> bool:
    return isinstance(expr, f.Get) and f.last_name(expr.base) in _BAGS.get(f.last_name(expr), ())


def _is_open(outcome: Outcome) -> bool:
    value = outcome.value
    return (
        isinstance(value, Unknown)
        or (isinstance(value, External) and not value.name.startswith("js."))
        or (value == Const(None))
    )


def _put_in(resolver: Resolver, kind: str, key: str, frame: Frame) -> Outcomes:
    with resolver.by_name() as allowed:
        places = _places(resolver).get((kind, key), ()) if allowed else ()
        places = [p for p in places if related(resolver, p[0], frame.path)]
        near = max((shared_folders(p[0], frame.path) for p in places), default=0)
        found: list[Outcome] = []
        for path, scope, value, holder in places:
            around = opened.alone(resolver, path, scope, frame.context)
            if around is not None and shared_folders(path, frame.path) == near:
                found += resolver.evaluate(value, _handed(resolver, around, holder))
        known = tuple(o for o in found if not isinstance(o.value, Unknown))
    return weaken(known, "likely", f"what `{key}` was given, by its name") if kind == "request" else known


def _handed(resolver: Resolver, around: Frame, holder: str) -> Frame:
    """The activation of a handler that is given a context under this name."""
    if all(p.name != holder for p in around.scope.params):
        return around
    args = {holder: Argument(known=(Outcome(_HANDED),))}
    made = Frame(around.path, around.scope, around.context, around.outer, args, around.bound)
    return resolver.keep(made)


def _places(resolver: Resolver) -> dict[tuple[str, str], list[Put]]:
    if resolver.js_puts is None:
        found: dict[tuple[str, str], list[Put]] = defaultdict(list)
        for path, scope in resolver.program.code():
            if is_script(path) and not _MENTIONED.isdisjoint(scope.mentions):
                for kind, key, value, holder in _puts(scope.glance()):
                    found[kind, key].append((path, scope, value, holder))
        resolver.js_puts = dict(found)
    return resolver.js_puts


_MENTIONED = _DECORATING | _REQUESTS | {"set", *_BAGS}


def _puts(body: f.Body) -> Iterator[tuple[str, str, f.Expr, str]]:
    for call in body.calls:
        first = call.args[0].value if len(call.args) > 1 else None
        base = call.func.base if isinstance(call.func, f.Get) else None
        if base is None or not isinstance(first, f.Lit) or not isinstance(first.value, str):
            continue
        holder = f.last_name(base)
        if called_name(call) in _DECORATING:
            yield "decorate", first.value, call.args[1].value, holder
        elif called_name(call) == "set" and holder in _CONTEXTS:
            yield "set", first.value, call.args[1].value, holder
    for store in body.stores:
        holder = f.last_name(store.base)
        if not isinstance(store.key, f.Lit) or not isinstance(store.key.value, str):
            continue
        if _is_bag(store.base):
            yield "bag", store.key.value, store.value, holder
        elif holder in _REQUESTS:
            yield "request", store.key.value, store.value, holder
