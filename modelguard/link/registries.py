"""Registries: mappings that functions and decorators fill, `REGISTRY[name] = cls` inside of `register(name)`.

What is taken out of a mapping by a key that nothing writes in it may be whatever was registered: each decorated class and
function, and each call of what registers. By the name of the mapping and of the function, as both travel through imports.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from modelguard.extract import facts as f
from modelguard.extract.mentions import called_name, decorators, puts_given
from modelguard.link.frames import Argument, Context, Frame
from modelguard.link.values import Class, Function, Instance, Outcome, Outcomes, text_of, weaken

if TYPE_CHECKING:
    from modelguard.link.program import Program
    from modelguard.link.resolve import Resolver

MAX_REGISTERED = 60
"""Most entries of one registry; of a larger one nothing is said."""


@dataclass(frozen=True, eq=False)
class Filler:
    """A function that fills a mapping: where it stands, the store, and the function inside that has it, if one does."""

    path: str
    scope: f.Scope
    store: f.Store
    inner: f.Scope | None


def registered(resolver: Resolver, name: str, key: str | None, context: Context) -> Outcomes:
    """What may stand under a key of a mapping of this name; all of it where the key is not known."""
    found: list[tuple[str | None, Outcome]] = []
    for filler in _fillers(resolver).get(name, ()):
        found += _entries(resolver, filler, context)
        if len(found) > MAX_REGISTERED:
            return ()
    exact = [o for k, o in found if k is not None and k == key]
    chosen = exact or [o for k, o in found if key is None or k is None]
    distinct = tuple(dict.fromkeys(chosen))
    return distinct if len(distinct) == 1 and exact else weaken(distinct, "possible", f"one of those in `{name}`")


def _fillers(resolver: Resolver) -> dict[str, list[Filler]]:
    if resolver.fillers is None:
        resolver.fillers = defaultdict(list)
        for name, filler in _all(resolver.program):
            resolver.fillers[name].append(filler)
    return resolver.fillers


def _all(program: Program) -> Iterator[tuple[str, Filler]]:
    for path, scope in program.code():
        if not scope.puts_given or scope.kind in ("module", "main", "class") or not path.endswith(".py"):
            continue
        body = scope.glance()
        for store in body.stores:
            name = f.last_name(store.base)
            # An entry under a key that is no attribute of an object.
            if name and puts_given(store, body) and not _is_attribute(store):
                outer = program.scopes(path).get(scope.parent)
                around = outer if outer is not None and outer.kind == "function" else None
                yield name, Filler(path, around or scope, store, scope if around is not None else None)


def _is_attribute(store: f.Store) -> bool:
    return isinstance(store.base, f.Var) and store.base.name in ("self", "cls") and isinstance(store.key, f.Lit)


@dataclass(frozen=True, eq=False)
class Use:
    """A use of what fills a registry: the call, if it is one, and the class or function that it decorates, if it does."""

    path: str
    call: f.Call | None
    decorated: f.Scope | None


def _entries(resolver: Resolver, filler: Filler, context: Context) -> Iterator[tuple[str | None, Outcome]]:
    """Each use of what fills a registry: as a decorator, with arguments or without, or called with key and value."""
    for use in _uses(resolver, filler.scope.simple_name):
        if use.decorated is not None:
            value = _defined(resolver, use.path, use.decorated, context)
            if value is not None:
                yield from _stored(resolver, filler, use.call, use.path, value, context)
        elif filler.inner is None and use.path != filler.path:
            yield from _stored(resolver, filler, use.call, use.path, None, context)


def _uses(resolver: Resolver, name: str) -> list[Use]:
    """Every use of a function that fills a registry, by its name; looked for once."""
    if name not in resolver.registering:
        found: list[Use] = []
        for path, scope in _mentioning(resolver).get(name, ()):
            # Looked at without keeping what it says, as little of what goes by so common a name is of interest.
            calls = scope.glance().calls
            found += _decorating(resolver.program, path, scope, calls, name)
            found += [Use(path, call, None) for call in calls if called_name(call) == name]
        resolver.registering[name] = found
    return resolver.registering[name]


def _mentioning(resolver: Resolver) -> dict[str, list[tuple[str, f.Scope]]]:
    """The scopes that mention what fills any registry, by its name, and those that have something which it decorates."""
    if resolver.register_uses is None:
        names = {filler.scope.simple_name for fillers in _fillers(resolver).values() for filler in fillers}
        resolver.register_uses = defaultdict(list)
        for path, scope in resolver.program.code():
            for name in names.intersection(scope.mentions):
                resolver.register_uses[name].append((path, scope))
        for path, scope in resolver.program.code():
            for name in names.intersection(map(f.last_name, scope.decorators)):
                around = resolver.program.scopes(path).get(scope.owner or scope.parent)
                if around is not None and (path, around) not in resolver.register_uses[name]:
                    resolver.register_uses[name].append((path, around))
    return resolver.register_uses


def _decorating(program: Program, path: str, around: f.Scope, calls: tuple[f.Call, ...], name: str) -> Iterator[Use]:
    """What something of this name decorates in a scope."""
    for scope in program.scopes(path).values():
        if not scope.decorators or program.scopes(path).get(scope.owner or scope.parent) is not around:
            continue
        yield from (Use(path, call, scope) for found, call in decorators(scope, calls) if found == name)


def _defined(resolver: Resolver, path: str, scope: f.Scope, context: Context) -> Outcome | None:
    module = resolver.program.module_frame(path, context)
    if module is None:
        return None
    value = Class(path, scope, module) if scope.kind == "class" else Function(path, scope, module, None)
    return Outcome(value)


def _stored(
    resolver: Resolver, filler: Filler, call: f.Call | None, path: str, value: Outcome | None, context: Context
) -> Iterator[tuple[str | None, Outcome]]:
    """The key and the value of one use."""
    module = resolver.program.module_frame(filler.path, context)
    using = resolver.program.module_frame(path, context)
    if module is None or using is None:
        return
    params = [p for p in filler.scope.params if p.name not in ("self", "cls")]
    args: dict[str, Argument] = {}
    for position, param in enumerate(params if call is not None else ()):
        assert call is not None
        given = resolver.calls.argument(call, using, param.name, position)
        if given is not None:
            args[param.name] = Argument(known=given)
    if filler.inner is None and value is not None and params:
        args[params[0].name] = Argument(known=(value,))
    frame = resolver.keep(Frame(filler.path, filler.scope, context, outer=module, args=args))
    if filler.inner is not None:
        own = {p.name: Argument(known=(value,)) for p in filler.inner.params[:1]} if value is not None else {}
        frame = resolver.keep(Frame(filler.path, filler.inner, context, outer=frame, args=own))
    keys = [text_of(o.value) for o in resolver.evaluate(filler.store.key, frame)]
    for outcome in resolver.evaluate(filler.store.value, frame):
        if isinstance(outcome.value, (Class, Function, Instance)):
            yield (keys[0] if len(keys) == 1 else None), outcome
