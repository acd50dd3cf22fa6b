"""Activations of functions whose caller is not seen: entry points, what frameworks call, code that nobody reaches."""

from __future__ import annotations

from typing import TYPE_CHECKING

from modelguard.extract import facts as f
from modelguard.link.frames import Context, Frame
from modelguard.link.values import Class, Function, Instance

if TYPE_CHECKING:
    from modelguard.link.resolve import Resolver

MAX_ENCLOSING = 20
"""Most functions around another one that are gone through."""


def alone(resolver: Resolver, path: str, scope: f.Scope, context: Context) -> Frame | None:
    """A scope as nobody in particular runs it; None for an unknown file."""
    module = resolver.program.module_frame(path, context)
    if module is None or scope.kind == "module":
        return module
    return opened(resolver, path, scope, around(resolver, path, scope, module))


def around(resolver: Resolver, path: str, scope: f.Scope, module: Frame) -> Frame:
    """The frame in which the free names of a scope are looked up: the functions around it, then the module."""
    scopes = resolver.program.scopes(path)
    above: list[f.Scope] = []
    parent = scopes.get(scope.parent)
    while parent is not None and parent.kind not in ("module", "main") and len(above) < MAX_ENCLOSING:
        above.append(parent)
        parent = scopes.get(parent.parent)
    frame = module
    for enclosing in reversed(above):
        frame = opened(resolver, path, enclosing, frame)
    return frame


def opened(resolver: Resolver, path: str, scope: f.Scope, outer: Frame, function: Function | None = None) -> Frame:
    """The activation of a function in the frame around it, the same for all who ask; a method's object is of its class."""
    bound = function.bound if function is not None else None
    key = (id(scope), id(outer), id(bound))
    if key not in resolver.opened:
        frame = Frame(path, scope, outer.context, outer=outer, bound=bound)
        if bound is None and scope.owner and "staticmethod" not in scope.decorator_names():
            owner = resolver.program.scopes(path).get(scope.owner)
            if owner is not None:
                frame.bound = Instance(Class(path, owner, outer), None, None)
        resolver.opened[key] = resolver.keep(frame)
    return resolver.opened[key]
