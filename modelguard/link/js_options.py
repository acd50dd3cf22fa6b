"""What options of a JavaScript program's command line are, as far as their defaults tell: commander, yargs, util.parseArgs,
minimist, meow.

Sources: commander 14 (`program.option(flags, description, default)`, `opts()`), yargs 18 (`option(name, {default})`, `argv`),
Node's util.parseArgs, minimist 1.2 (`default`), meow 14 (`flags`).
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING

from modelguard.extract import facts as f
from modelguard.extract.mentions import called_name
from modelguard.link.access import entry
from modelguard.link.frames import Frame
from modelguard.link.values import External, Mapping, Merged, Outcome, Outcomes

if TYPE_CHECKING:
    from modelguard.link.resolve import Resolver

_COMMANDER = re.compile(
    r"npm:commander(?:\.program|\.createCommand\(\)|\.Command\(\)|\(\))?(?:\.\w+\(\))*\.opts(?:WithGlobals)?"
)
_YARGS = re.compile(r"npm:yargs(?:/yargs)?(?:\.default)?(?:\(\))?(?:\.\w+\(\))*\.(?:parse|parseSync|parseAsync|argv)")
_DEFAULTS = frozenset({"npm:minimist", "npm:yargs-parser", "npm:mri"})
OPTIONS = frozenset({"option", "requiredOption", "options", "positional", "default"})
"""The calls by which commander and yargs are told an option."""
_LONG = re.compile(r"--([\w-]+)")
_MAX_CHAIN = 100
_WHY = "where the command line does not give the option"


def given(resolver: Resolver, func: External, call: f.Call, frame: Frame) -> Outcomes | None:
    """What a call gives that parses the command line; None for any other call."""
    name = func.name
    if _COMMANDER.fullmatch(name) or _YARGS.fullmatch(name):
        return declared(resolver, call.func, frame)
    if name == "npm:util.parseArgs" and call.args:
        options = _entries(resolver, call.args[0].value, "options", frame)
        return _under(resolver, "values", described(resolver, options), call, frame)
    if name == "npm:meow":
        options = tuple(o for a in call.args for o in _entries(resolver, a.value, "flags", frame))
        return _under(resolver, "flags", described(resolver, options), call, frame)
    if name in _DEFAULTS and len(call.args) > 1:
        found = [
            Outcome(_made(resolver, list(_named(o.value.rec)), o.value.frame))
            for o in _entries(resolver, call.args[1].value, "default", frame)
            if isinstance(o.value, Mapping)
        ]
        return tuple(found) or None
    return None


def is_property(name: str) -> bool:
    """Whether a property of a library's object has the options: `yargs(…).argv`."""
    return name.endswith(".argv") and _YARGS.fullmatch(name) is not None


def declared(resolver: Resolver, parsed: f.Expr, frame: Frame) -> Outcomes | None:
    """The options that the calls before `….opts()` or `….argv` declare, and those on the same object."""
    parts: list[Mapping] = []
    root = _root(parsed, frame)
    around: Frame | None = frame
    while around is not None:
        calls = list(chain(parsed, around)) if around is frame else []
        if root:
            calls += [c for c in around.scope.calls if called_name(c) in OPTIONS and _root(c.func, around) == root]
            bound = [b.value for b in resolver.program.binds(around.scope).get(root, ())]
            calls += [link for b in bound if isinstance(b, f.CallRef) for link in chain(f.Get(b, b, b.at), around)]
        written = [(n, e) for c in calls for n, e in options_of(c)]
        if written:
            parts.append(_made(resolver, written, around))
        around = around.outer
    return (Outcome(Merged(tuple(parts))),) if parts else None


def _root(expr: f.Expr, frame: Frame) -> str:
    """The name at the start of a chain of calls."""
    for _ in range(_MAX_CHAIN):
        if isinstance(expr, f.Get):
            expr = expr.base
        elif isinstance(expr, f.CallRef) and expr.index < len(frame.scope.calls):
            expr = frame.scope.calls[expr.index].func
        else:
            break
    return expr.name.split("#", 1)[0] if isinstance(expr, f.Var) else ""


def chain(expr: f.Expr, frame: Frame) -> Iterator[f.Call]:
    """The calls before one in a chain of them, the last one first."""
    for _ in range(_MAX_CHAIN):
        base = expr.base if isinstance(expr, f.Get) else None
        if not isinstance(base, f.CallRef) or base.index >= len(frame.scope.calls):
            return
        link = frame.scope.calls[base.index]
        yield link
        expr = link.func


def options_of(call: f.Call) -> Iterator[tuple[str, f.Expr]]:
    """The options that one call declares, each with its default."""
    name, args = called_name(call), [a.value for a in call.args]
    first = str(args[0].value) if args and isinstance(args[0], f.Lit) else ""
    if name == "options" and args and isinstance(args[0], f.Rec):
        yield from ((n, _default(e)) for n, e in _named(args[0]))
    elif name in ("option", "requiredOption", "positional", "default") and first:
        long = _LONG.search(first)
        plain = [a for a in args[1:4] if isinstance(a, (f.Lit, f.Var, f.Get, f.Fallback))]
        if long is not None:  # commander: flags, description, [parser], default
            spare = [a for a in args[2:4] if a in plain]
            yield camel(long[1]), spare[-1] if spare else f.Opaque("an option of the command line", call.at)
        elif name == "default":
            yield first, plain[0] if plain else f.Opaque("an option of the command line", call.at)
        elif len(args) > 1:
            yield first, _default(args[1])


def described(resolver: Resolver, tables: Outcomes) -> Outcomes:
    """Options by name, out of a table that says of each its type and default."""
    found: list[Outcome] = []
    for table in tables:
        value = table.value
        if isinstance(value, Mapping):
            named = [(n, _default(e)) for n, e in _named(value.rec)]
            found.append(Outcome(_made(resolver, named, value.frame)))
    return tuple(found)


def _default(described_as: f.Expr) -> f.Expr:
    for item in described_as.items if isinstance(described_as, f.Rec) else ():
        if getattr(item.key, "value", "") == "default":
            return item.value
    return f.Opaque("an option of the command line", described_as.at)


def _made(resolver: Resolver, named: list[tuple[str, f.Expr]], frame: Frame) -> Mapping:
    items = tuple(
        f.Item(f.Lit(n, e.at), e if isinstance(e, f.Opaque) else f.Op("likely", (e, f.Lit(_WHY, e.at)), e.at), e.at)
        for n, e in named
    )
    return Mapping(resolver.keep(f.Rec(items, items[0].at if items else (1, 1))), frame)


def _under(resolver: Resolver, key: str, inside: Outcomes, call: f.Call, frame: Frame) -> Outcomes | None:
    """`{[key]: inside}`."""
    if not inside:
        return None
    own = resolver.keep(Frame(frame.path, frame.scope, frame.context, frame.outer, frame.args, frame.bound))
    own.names = {**frame.names, "@options": inside}
    items = (f.Item(f.Lit(key, call.at), f.Var("@options", call.at), call.at),)
    return (Outcome(Mapping(resolver.keep(f.Rec(items, call.at)), own)),)


def _entries(resolver: Resolver, given_as: f.Expr, key: str, frame: Frame) -> Outcomes:
    return tuple(
        o
        for base in resolver.evaluate(given_as, frame)
        if isinstance(base.value, Mapping)
        for o in entry(resolver, base, key)
    )


def _named(table: f.Rec) -> Iterator[tuple[str, f.Expr]]:
    """The entries of an object that are written under a name."""
    for item in table.items:
        if isinstance(item.key, f.Lit):
            yield str(item.key.value), item.value


def camel(name: str) -> str:
    """What commander calls an option (`--no-dry-run`: dryRun)."""
    first, *rest = name.removeprefix("no-").split("-")
    return first + "".join(part.capitalize() for part in rest)
