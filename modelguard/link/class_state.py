"""What code stores on a class itself: the one object of a singleton, attributes that are set from outside."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from modelguard.extract import facts as f
from modelguard.extract.mentions import called_name
from modelguard.link import opened
from modelguard.link.frames import Frame
from modelguard.link.values import Class, Instance, Outcome, Outcomes, named

if TYPE_CHECKING:
    from modelguard.link.resolve import Resolver


def stored(resolver: Resolver, cls: Class, key: str) -> Outcomes:
    """What the file of a class assigns to `Class.key`, `cls.key` in a class method, or `self.__class__.key`."""
    found: list[Outcome] = []
    for scope, store in _stores(resolver, cls):
        if isinstance(store.key, f.Lit) and store.key.value == key:
            found += named(resolver.evaluate(store.value, _activation(resolver, cls, scope)), f"{cls.scope.name}.{key}")
    return tuple(dict.fromkeys(found))


def set_by_calls(resolver: Resolver, cls: Class, scope: f.Scope, store: f.Store) -> Outcomes:
    """What calls of a method that stores what it is given (`client.set_model("…")`) hand over, wherever they stand."""
    own = [p.name for p in scope.params[1:]]
    value = store.value
    if not isinstance(value, f.Var) or value.name.removesuffix("#0") not in own:
        return ()
    name = scope.simple_name
    position = own.index(value.name.removesuffix("#0"))
    with resolver.by_name() as allowed:
        return _handed(resolver, cls, name, (own[position], position)) if allowed else ()


def _handed(resolver: Resolver, cls: Class, name: str, param: tuple[str, int]) -> Outcomes:
    """What the calls of a class's method give for a parameter, by its name and place."""
    found: list[Outcome] = []
    for path, caller, call in _calls(resolver, name):
        frame = opened.alone(resolver, path, caller, cls.frame.context)
        assert isinstance(call.func, f.Get)
        made = resolver.evaluate(call.func.base, frame) if frame is not None else ()
        if frame is not None and any(isinstance(o.value, Instance) and o.value.cls.scope is cls.scope for o in made):
            found += resolver.calls.argument(call, frame, *param) or ()
    return tuple(dict.fromkeys(found))


MAX_SETTERS = 20
"""Most calls of one setting method that are looked at; where there are more, what it is given is not known."""


def _calls(resolver: Resolver, name: str) -> tuple[tuple[str, f.Scope, f.Call], ...]:
    """The calls of a method by its name, each with the scope that it stands in."""
    if name not in resolver.setting_calls:
        resolver.setting_calls[name] = tuple(
            (path, scope, call)
            for path, scope in resolver.program.code()
            if name in scope.mentions and path.endswith(".py")
            for call in scope.calls
            if isinstance(call.func, f.Get) and called_name(call) == name
        )
    calls = resolver.setting_calls[name]
    return calls if len(calls) <= MAX_SETTERS else ()


def set_outside(resolver: Resolver, instance: Instance, key: str) -> Outcomes:
    """What the code that makes an object assigns to its attribute afterwards: `client.model = "…"`."""
    frame = instance.frame
    if frame is None or instance.call is None:
        return ()
    found: list[Outcome] = []
    for store in frame.scope.stores:
        if isinstance(store.key, f.Lit) and store.key.value == key and isinstance(store.base, f.Var):
            made = [o.value for o in resolver.evaluate(store.base, frame)]
            if any(isinstance(v, Instance) and v.call is instance.call and v.frame is frame for v in made):
                found += named(resolver.evaluate(store.value, frame), f"{store.base.name.split('#', 1)[0]}.{key}")
    return tuple(found)


def of_new(scope: f.Scope, store: f.Store) -> bool:
    """Whether `__new__` gives an attribute to the object that it makes: `cls._instance.client = …`, `made.client = …`."""
    if scope.simple_name != "__new__":
        return False
    own = scope.params[0].name if scope.params else ""
    base = store.base.base if isinstance(store.base, f.Get) else store.base
    return isinstance(base, f.Var) and (isinstance(store.base, f.Get) or base.name.split("#", 1)[0] != own)


def _stores(resolver: Resolver, cls: Class) -> tuple[tuple[f.Scope, f.Store], ...]:
    known = resolver.class_stores.get(id(cls.scope))
    if known is None:
        resolver.keep(cls.scope)
        known = resolver.class_stores[id(cls.scope)] = tuple(_all(resolver, cls))
    return known


def _all(resolver: Resolver, cls: Class) -> Iterator[tuple[f.Scope, f.Store]]:
    simple = cls.scope.simple_name
    for scope in resolver.program.scopes(cls.path).values():
        own_method = scope.owner == cls.scope.name
        on_own = own_method and (_takes_class(scope) or "__class__" in scope.mentions)
        if not on_own and simple not in scope.mentions:
            continue
        body = scope.glance()
        own = body.params[0].name if own_method and body.params else ""
        on_class = own if _takes_class(scope) else ""
        for store in body.stores:
            base = store.base
            through = isinstance(base, f.Get) and getattr(base.key, "value", "") == "__class__"
            inner = base.base if isinstance(base, f.Get) and through else base
            name = inner.name.split("#", 1)[0] if isinstance(inner, f.Var) else ""
            if name and (name in (simple, on_class) or (through and name == own)):
                yield scope, store


def _takes_class(scope: f.Scope) -> bool:
    """Whether the first parameter of a method is its class."""
    return scope.simple_name == "__new__" or "classmethod" in scope.decorator_names()


def _activation(resolver: Resolver, cls: Class, scope: f.Scope) -> Frame:
    if scope.kind == "module":
        return cls.frame
    key = f"class:{id(scope)}:{id(cls.scope)}:{id(cls.frame)}"
    if key not in resolver.frames:
        bound = cls if scope.owner and _takes_class(scope) else None
        resolver.frames[key] = Frame(cls.path, scope, cls.frame.context, outer=cls.frame, bound=bound)
    return resolver.frames[key]
