"""What JavaScript's libraries hand to the functions that they are given: commander's options, Hono's context.

Sources: commander 14 (`.option(flags, description, default)`, `.action((…arguments, options) => …)`), Hono 4.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from modelguard.extract import facts as f
from modelguard.extract.mentions import called_name
from modelguard.link.frames import Frame
from modelguard.link.resolve import Resolver

_MAX_CHAIN = 100
_LONG = re.compile(r"--([\w-]+)")
_POSITIONAL = re.compile(r"[<\[][\w-]+(?:\.\.\.)?[>\]]")


def arguments(resolver: Resolver, call: f.Call, frame: Frame) -> tuple[f.Arg, ...] | None:
    """With what a library's method calls the function that a call gives it; None where that is not known."""
    names = {str(getattr(o.value, "name", "")) for o in resolver.evaluate(call.func, frame)}
    if called_name(call) == "action" and any(n.startswith("npm:commander") for n in names):
        return _of_command(call, frame)
    if any(n.startswith("npm:hono.Hono()") for n in names):
        return (f.Arg("", f.Import("hono", "Context", 0, call.at)),)
    return None


def _of_command(call: f.Call, frame: Frame) -> tuple[f.Arg, ...]:
    """A command's positional arguments, then its options as an object."""
    positional: list[f.Expr] = []
    options: list[f.Item] = []
    for link in _chain(call, frame):
        name, first = called_name(link), link.args[0].value if link.args else None
        written = str(first.value) if isinstance(first, f.Lit) else ""
        if name == "argument":
            positional.append(f.Opaque("an argument of the command line", link.at))
        elif name in ("command", "arguments"):
            positional += [f.Opaque("an argument of the command line", link.at) for _ in _POSITIONAL.findall(written)]
        elif name in ("option", "requiredOption"):
            long = _LONG.search(written)
            key = _camel(long[1]) if long is not None else ""
            options.append(f.Item(f.Lit(key, link.at), _default(link), link.at))
    return (*(f.Arg("", p) for p in positional), f.Arg("", f.Rec(tuple(options), call.at)))


def _chain(call: f.Call, frame: Frame) -> Iterator[f.Call]:
    """The calls before one in a chain of them, the last one first."""
    expr: f.Expr = call.func
    for _ in range(_MAX_CHAIN):
        base = expr.base if isinstance(expr, f.Get) else None
        if not isinstance(base, f.CallRef) or base.index >= len(frame.scope.calls):
            return
        link = frame.scope.calls[base.index]
        yield link
        expr = link.func


def _default(option: f.Call) -> f.Expr:
    """An option's default: the third argument, or the fourth where the third is a function that parses."""
    given = [a.value for a in option.args[2:4]]
    plain = [g for g in given if isinstance(g, (f.Lit, f.Var, f.Get, f.Fallback))]
    if not plain and called_name(option) == "requiredOption":
        return f.Opaque("an option of the command line", option.at)
    why = f.Lit("where a command does not give the option", option.at)
    return f.Op("likely", (plain[-1] if plain else f.Lit(None, option.at), why), option.at)


def _camel(name: str) -> str:
    first, *rest = name.removeprefix("no-").split("-")
    return first + "".join(part.capitalize() for part in rest)
