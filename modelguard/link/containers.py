"""Containers of tsyringe, InversifyJS and TypeDI: what a program registers under a token, as NestJS's modules say it.

Sources: tsyringe 4 (`register`, `registerSingleton`, `registerInstance`), InversifyJS 7 (`bind(token).to(…)`), TypeDI 0.10
(`Container.set`).
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from modelguard.extract import facts as f
from modelguard.extract.mentions import called_name
from modelguard.extract.node_modules import is_script
from modelguard.link import opened
from modelguard.link.access import entry
from modelguard.link.frames import Frame
from modelguard.link.values import Mapping, Outcome, Outcomes

if TYPE_CHECKING:
    from modelguard.link.resolve import Resolver

_PACKAGES = frozenset({"tsyringe", "inversify", "typedi"})
_REGISTERING = {"registerSingleton": "useClass", "registerInstance": "useValue", "set": "useValue"}
"""What a container's own methods take under a token, and what NestJS calls it."""
_BINDING = {"to": "useClass", "toConstantValue": "useValue", "toDynamicValue": "useFactory", "toService": "useExisting"}
"""What InversifyJS binds a token to, in a call on the call that names the token."""
_NAMES = frozenset({"register", *_REGISTERING, *_BINDING})


def providers(resolver: Resolver, frame: Frame) -> Iterator[tuple[Outcomes, Outcome]]:
    """Each token with what is provided for it, as an object with `useClass` and its like."""
    program = resolver.program
    if not any(i.module in _PACKAGES for path, s in program.code() if is_script(path) for i in s.imports):
        return
    for path, scope in program.code():
        if not is_script(path) or _NAMES.isdisjoint(scope.mentions):
            continue
        around = opened.alone(resolver, path, scope, frame.context)
        for call in scope.calls if around is not None else ():
            if around is not None:
                yield from _provided(resolver, call, around)


def _provided(resolver: Resolver, call: f.Call, frame: Frame) -> Iterator[tuple[Outcomes, Outcome]]:
    name, args = called_name(call), [a.value for a in call.args]
    if name == "register" and len(args) > 1:
        given = [o for o in resolver.evaluate(args[1], frame) if isinstance(o.value, Mapping)]
        for outcome in given:
            if any(entry(resolver, outcome, key) for key in ("useClass", "useValue", "useFactory")):
                yield resolver.evaluate(args[0], frame), outcome
    elif name in _REGISTERING and len(args) > 1 and _is_container(resolver, call, frame):
        yield resolver.evaluate(args[0], frame), _as(resolver, _REGISTERING[name], args[1], frame)
    elif name in _BINDING and args and isinstance(call.func, f.Get) and isinstance(call.func.base, f.CallRef):
        index = call.func.base.index
        bound = frame.scope.calls[index] if index < len(frame.scope.calls) else None
        if bound is not None and called_name(bound) in ("bind", "rebind") and bound.args:
            token = resolver.evaluate(bound.args[0].value, frame)
            yield token, _as(resolver, _BINDING[name], args[0], frame)


def _is_container(resolver: Resolver, call: f.Call, frame: Frame) -> bool:
    names = [str(getattr(o.value, "name", "")) for o in resolver.evaluate(call.func, frame)]
    return any(n.startswith(tuple(f"npm:{p}." for p in _PACKAGES)) for n in names)


def _as(resolver: Resolver, how: str, value: f.Expr, frame: Frame) -> Outcome:
    items = (f.Item(f.Lit(how, value.at), value, value.at),)
    return Outcome(Mapping(resolver.keep(f.Rec(items, value.at)), frame))
