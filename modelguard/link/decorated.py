"""Functions that decorators of the tree put around others: `@with_model("gpt-5-mini")` returns a function that asks a model
itself, and runs in place of the one that it decorates."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from modelguard.extract import facts as f
from modelguard.link import objects
from modelguard.link.frames import Frame
from modelguard.link.resolve import Resolver
from modelguard.link.values import Class, Function, Outcome


def around(resolver: Resolver, function: Function) -> Iterator[Function]:
    """The functions of the tree that run in place of a decorated one, each with what it was made with."""
    frame = _frame(resolver, function)
    if frame is None:
        return
    for decorator in function.scope.decorators:
        given = resolver.keep(f.Var(function.scope.simple_name, decorator.at))
        resolver.settle(given, frame, (Outcome(function),))
        call = resolver.keep(f.Call(decorator, (f.Arg("", given),), decorator.at))
        for value in (o.value for o in resolver.calls.value(call, frame)):
            if isinstance(value, Function) and value.scope is not function.scope:
                yield replace(value, bound=function.bound) if function.bound is not None else value


def _frame(resolver: Resolver, function: Function) -> Frame | None:
    """Where the decorators of a function are looked up."""
    if not function.scope.owner:
        return function.frame
    owner = resolver.program.scopes(function.path).get(function.scope.owner)
    return objects.class_frame(resolver, Class(function.path, owner, function.frame)) if owner is not None else None
