"""Objects that are filled by name: `setattr(self, key, value)` for keys that only the data has."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from modelguard.extract import facts as f
from modelguard.link import environment
from modelguard.link.access import element_keys, entry
from modelguard.link.frames import Frame
from modelguard.link.values import Class, Instance, Mapping, Outcome, Outcomes, Unknown, named, text_of, weaken

if TYPE_CHECKING:
    from modelguard.link.resolve import Resolver

_MAX_NESTING = 30
_CHANGES: dict[str, Callable[[str], str]] = {"": str, "lower": str.lower, "upper": str.upper}
"""What may be done to a key before it names an attribute."""
_LOADERS = frozenset({"safe_load", "full_load", "load", "loads", "parse"})


@dataclass(frozen=True, eq=False)
class Filled:
    """A method of a class that may fill its objects by name: its loops over a mapping, and its calls that load a document."""

    cls: Class
    scope: f.Scope
    loops: tuple[tuple[f.Expr, str, str], ...]
    loads: tuple[f.Call, ...]


def sets_by_name(resolver: Resolver, cls: Class) -> bool:
    """Whether methods of a class `setattr(self, key, value)` with keys that only the data has."""
    key = id(cls.scope), id(cls.frame)
    if key not in resolver.sets_by_name:
        resolver.keep(cls)
        methods = [scope for _, scope in _methods(resolver, cls) if "setattr" in scope.mentions]
        resolver.sets_by_name[key] = any(_sets(call) for scope in methods for call in scope.calls)
    return resolver.sets_by_name[key]


def _sets(call: f.Call) -> bool:
    named = isinstance(call.func, f.Var) and call.func.name == "setattr" and len(call.args) > 1
    return named and not isinstance(call.args[1].value, f.Lit)


def _methods(resolver: Resolver, cls: Class) -> Iterator[tuple[Class, f.Scope]]:
    """The methods of a class and of those of the tree that it inherits from."""
    from modelguard.link.objects import bases

    for one in bases(resolver, cls):
        for scope in resolver.program.methods(one.path, one.scope.name) if isinstance(one, Class) else ():
            assert isinstance(one, Class)
            yield one, scope


def _filling(resolver: Resolver, cls: Class) -> tuple[Filled, ...]:
    """The methods of a class that may fill its objects by name; worked out once."""
    key = id(cls.scope), id(cls.frame)
    if key not in resolver.filling:
        resolver.keep(cls)
        found: list[Filled] = []
        for one, scope in _methods(resolver, cls):
            loops = tuple(loop for c in scope.calls if (loop := _loop(resolver, scope, c)) is not None)
            loads = tuple(c for c in scope.calls if getattr(getattr(c.func, "key", None), "value", "") in _LOADERS)
            found += [Filled(one, scope, loops, loads)] if loops or loads else []
        resolver.filling[key] = tuple(found)
    return resolver.filling[key]


def attribute(resolver: Resolver, instance: Instance, key: str) -> Outcomes:
    """An attribute that is set by its name: from the mapping that a method goes through, else from a document which the
    class loads, at whatever depth."""
    if not sets_by_name(resolver, instance.cls):
        return ()
    return _gone_through(resolver, instance, key) or _loaded(resolver, instance, key)


def _gone_through(resolver: Resolver, instance: Instance, key: str) -> Outcomes:
    """`for name, value in data.items(): setattr(self, name.lower(), value)`."""
    from modelguard.link.objects import method_frame

    for method in _filling(resolver, instance.cls):
        for data, variable, change in method.loops:
            frame = method_frame(resolver, method.cls, method.scope, instance)
            for name in dict.fromkeys((key, key.upper(), key.lower())):
                found = _entries(resolver, data, frame, name) if _CHANGES[change](name) == key else ()
                if found:
                    return _set_over(resolver, method.scope, frame, variable, name, named(found, name))
    return ()


def _loop(resolver: Resolver, scope: f.Scope, call: f.Call) -> tuple[f.Expr, str, str] | None:
    """Of a `setattr` in a loop: the mapping that is gone through, the variable that has the key, what is done to it."""
    if not (isinstance(call.func, f.Var) and call.func.name == "setattr" and len(call.args) > 1):
        return None
    key: f.Expr = call.args[1].value
    change = ""
    if isinstance(key, f.CallRef) and 0 <= key.index < len(scope.calls):
        func = scope.calls[key.index].func
        if isinstance(func, f.Get) and isinstance(func.key, f.Lit):
            key, change = func.base, str(func.key.value)
    if not isinstance(key, f.Var) or change not in _CHANGES:
        return None
    for bind in resolver.program.binds(scope).get(key.name, ()):
        value = bind.value
        pair: f.Expr = value.base if isinstance(value, f.Get) and getattr(value.key, "value", None) == 0 else value
        if isinstance(pair, f.Each):
            source: f.Expr = pair.base
            called = scope.calls[source.index].func if isinstance(source, f.CallRef) else None
            if isinstance(called, f.Get) and getattr(called.key, "value", "") in ("items", "keys"):
                source = called.base
            return source, key.name, change
    return None


def _entries(resolver: Resolver, data: f.Expr, frame: Frame, name: str) -> Outcomes:
    return tuple(
        o
        for base in resolver.evaluate(data, frame)
        if not isinstance(base.value, Unknown)
        for o in entry(resolver, base, name)
        if not isinstance(o.value, Unknown)
    )


def _set_over(resolver: Resolver, scope: f.Scope, frame: Frame, variable: str, name: str, found: Outcomes) -> Outcomes:
    """The entry; where the loop looks its name up in the environment, that comes first."""
    for call in scope.calls:
        looks_up = getattr(getattr(call.func, "key", None), "value", "") in ("getenv", "get")
        given = call.args[0].value if call.args else None
        if looks_up and isinstance(given, f.Var) and given.name == variable:
            defined = environment.defines(resolver, frame.context, name)
            if defined:
                here = environment.variable(resolver, name, frame, call.at, None)
                return (*here, *weaken(found, "possible", f"only where `{name}` is not set", dormant=True))
            return weaken(found, "likely", f"unless `{name}` is set in the environment")
    return found


def _loaded(resolver: Resolver, instance: Instance, key: str) -> Outcomes:
    from modelguard.link.objects import method_frame

    for method in _filling(resolver, instance.cls):
        for call in method.loads:
            frame = method_frame(resolver, method.cls, method.scope, instance)
            for outcome in resolver.calls.value(call, frame):
                found = _leaf(resolver, outcome, key, 0)
                if found:
                    return weaken(found, "likely", "set by `setattr` from the entries of what is loaded")
    return ()


def _leaf(resolver: Resolver, base: Outcome, key: str, depth: int) -> Outcomes:
    """The last entry of this name in a document that is no mapping itself."""
    if depth > _MAX_NESTING or not isinstance(base.value, Mapping):
        return ()
    found: Outcomes = ()
    for item in element_keys(resolver, base) or ():
        name = text_of(item.value)
        for outcome in entry(resolver, base, name) if name is not None else ():
            if isinstance(outcome.value, Mapping):
                found = _leaf(resolver, outcome, key, depth + 1) or found
            elif name == key:
                found = (outcome,)
    return found
