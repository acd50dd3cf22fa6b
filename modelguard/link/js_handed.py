"""What JavaScript's libraries hand to the functions that they are given: commander's options, Hono's context.

Sources: commander 14 (`.option(flags, description, default)`, `.action((…arguments, options) => …)`), yargs 18, cleye 2,
citty 0.1, Hono 4.
"""

from __future__ import annotations

import re

from modelguard.extract import facts as f
from modelguard.extract.mentions import called_name
from modelguard.link.frames import Frame
from modelguard.link.js_options import OPTIONS, camel, chain, options_of
from modelguard.link.resolve import Resolver

_LONG = re.compile(r"--([\w-]+)")
_POSITIONAL = re.compile(r"[<\[][\w-]+(?:\.\.\.)?[>\]]")


def arguments(resolver: Resolver, call: f.Call, frame: Frame) -> tuple[f.Arg, ...] | None:
    """With what a library's method calls the function that a call gives it; None where that is not known."""
    names = {str(getattr(o.value, "name", "")) for o in resolver.evaluate(call.func, frame)}
    if called_name(call) == "action" and any(n.startswith("npm:commander") for n in names):
        return _of_command(call, frame)
    if called_name(call) == "command" and any(n.startswith("npm:yargs") for n in names):
        return _of_yargs(resolver, call, frame)
    if any(n.startswith(("npm:cleye.c", "npm:citty.defineCommand")) for n in names) and call.args:
        key = "args" if any(n.startswith("npm:citty") for n in names) else "flags"
        return _of_table(call.args[0].value, key)
    if any(n.startswith("npm:hono.Hono()") for n in names):
        return (f.Arg("", f.Import("hono", "Context", 0, call.at)),)
    return None


def _of_command(call: f.Call, frame: Frame) -> tuple[f.Arg, ...]:
    """A command's positional arguments, then its options as an object."""
    positional: list[f.Expr] = []
    options: list[f.Item] = []
    for link in chain(call.func, frame):
        name, first = called_name(link), link.args[0].value if link.args else None
        written = str(first.value) if isinstance(first, f.Lit) else ""
        if name == "argument":
            positional.append(f.Opaque("an argument of the command line", link.at))
        elif name in ("command", "arguments"):
            positional += [f.Opaque("an argument of the command line", link.at) for _ in _POSITIONAL.findall(written)]
        elif name in ("option", "requiredOption"):
            long = _LONG.search(written)
            key = camel(long[1]) if long is not None else ""
            options.append(f.Item(f.Lit(key, link.at), _default(link), link.at))
    return (*(f.Arg("", p) for p in positional), f.Arg("", f.Rec(tuple(options), call.at)))


def _of_yargs(resolver: Resolver, call: f.Call, frame: Frame) -> tuple[f.Arg, ...] | None:
    """`command(name, description, builder, handler)`: what the builder declares, as one object."""
    builder = call.args[2].value if len(call.args) > 2 else None
    scope = resolver.program.scopes(frame.path).get(builder.scope) if isinstance(builder, f.Closure) else None
    if isinstance(builder, f.Rec):
        named = [(i.key, _of_description(i.value)) for i in builder.items if isinstance(i.key, f.Lit)]
    elif scope is not None:
        written = [(c, o) for c in scope.calls if called_name(c) in OPTIONS for o in options_of(c)]
        named = [(f.Lit(n, c.at), None if isinstance(e, f.Opaque) else e) for c, (n, e) in written]
    else:
        return None
    return (f.Arg("", f.Rec(tuple(_option(k, default) for k, default in named), call.at)),)


def _of_table(described: f.Expr, key: str) -> tuple[f.Arg, ...] | None:
    """An object with the options under a key: of `cli({flags: {…}}, argv => …)`, of `defineCommand({args: {…}, run})`."""
    tables = (
        [i.value for i in described.items if getattr(i.key, "value", "") == key] if isinstance(described, f.Rec) else []
    )
    if not tables or not isinstance(tables[0], f.Rec):
        return None
    named = [(i.key, i.value) for i in tables[0].items if isinstance(i.key, f.Lit)]
    options = f.Rec(tuple(_option(k, _of_description(v)) for k, v in named), described.at)
    return (f.Arg("", f.Rec((f.Item(f.Lit(key, described.at), options, described.at),), described.at)),)


def _of_description(described: f.Expr) -> f.Expr | None:
    items = described.items if isinstance(described, f.Rec) else ()
    return next((i.value for i in items if getattr(i.key, "value", "") == "default"), None)


def _option(key: f.Lit, default: f.Expr | None) -> f.Item:
    if default is None:
        return f.Item(key, f.Opaque("an option of the command line", key.at), key.at)
    why = f.Lit("where the command line does not give the option", key.at)
    return f.Item(key, f.Op("likely", (default, why), default.at), key.at)


def _default(option: f.Call) -> f.Expr:
    """An option's default: the third argument, or the fourth where the third is a function that parses."""
    given = [a.value for a in option.args[2:4]]
    plain = [g for g in given if isinstance(g, (f.Lit, f.Var, f.Get, f.Fallback))]
    if not plain and called_name(option) == "requiredOption":
        return f.Opaque("an option of the command line", option.at)
    why = f.Lit("where a command does not give the option", option.at)
    return f.Op("likely", (plain[-1] if plain else f.Lit(None, option.at), why), option.at)
