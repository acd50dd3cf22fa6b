"""Classes and their objects: settings and record classes, which take their fields from data, and ordinary ones.

Sources: pydantic 2 (model fields, aliases) and pydantic-settings 2 (`env_prefix`, environment before defaults),
dataclasses, attrs, NamedTuple. Order of base classes is depth first, left to right, which is Python's own for trees.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from modelguard.extract import facts as f
from modelguard.link import by_name, class_state, environment, nest
from modelguard.link.access import entry
from modelguard.link.frames import Frame
from modelguard.link.names import bound as bound_value
from modelguard.link.values import (
    Class,
    Const,
    External,
    Function,
    Instance,
    Made,
    Mapping,
    Merged,
    Outcome,
    Outcomes,
    Step,
    Unknown,
    Value,
    named,
    text_of,
    through,
    unknown,
    weaken,
)

if TYPE_CHECKING:
    from modelguard.link.resolve import Resolver

_SETTINGS = frozenset({"pydantic_settings.BaseSettings", "pydantic.BaseSettings", "pydantic.v1.BaseSettings"})
_RECORDS = frozenset(
    {
        *_SETTINGS,
        "dagster.ConfigurableResource",
        "dagster.Config",
        "pydantic.BaseModel",
        "pydantic.v1.BaseModel",
        "typing.NamedTuple",
        "typing.TypedDict",
        "sqlmodel.SQLModel",
        "msgspec.Struct",
    }
)
_DATACLASS = frozenset(
    {
        "dataclasses.dataclass",
        "pydantic.dataclasses.dataclass",
        "attr.s",
        "attr.attrs",
        "attr.define",
        "attr.frozen",
        "attrs.define",
        "attrs.frozen",
        "attrs.mutable",
    }
)
_FIELD = frozenset({"pydantic.Field()", "pydantic.v1.Field()", "dataclasses.field()", "attr.ib()", "attrs.field()"})
FROM_MAPPING = frozenset({"model_validate", "parse_obj", "model_construct", "from_dict", "construct"})
"""Class methods of records that fill one from a mapping."""
_MAX_BASES = 20


# -- classes -------------------------------------------------------------------------------------------------------


def bases(resolver: Resolver, cls: Class) -> tuple[Class | External, ...]:
    """The class and what it inherits from, nearest first."""
    key = id(cls.scope), id(cls.frame)
    known = resolver.bases.get(key)
    if known is None:
        known, whole = _bases(resolver, cls)
        if whole:
            resolver.keep(cls)
            resolver.bases[key] = known
    return known if known[0] is cls else (cls, *known[1:])


def _bases(resolver: Resolver, cls: Class) -> tuple[tuple[Class | External, ...], bool]:
    """The line of a class, and whether all of it is known: inside a cycle a base may still be being worked out."""
    line: list[Class | External] = []
    todo: list[Class | External] = [cls]
    seen: set[int] = set()
    whole = True
    while todo and len(line) < _MAX_BASES:
        current = todo.pop(0)
        line.append(current)
        if isinstance(current, Class) and id(current.scope) not in seen:
            seen.add(id(current.scope))
            found: list[Class | External] = []
            for base in current.scope.bases:
                outcomes = resolver.evaluate(base, current.frame)
                whole = whole and bool(outcomes)
                found += [o.value for o in outcomes if isinstance(o.value, (Class, External))]
            todo[:0] = found
    return tuple(line), whole


def class_frame(resolver: Resolver, cls: Class) -> Frame:
    """The frame of a class body."""
    key = f"class:{id(cls.scope)}:{id(cls.frame)}"
    if key not in resolver.frames:
        resolver.frames[key] = Frame(cls.path, cls.scope, cls.frame.context, outer=cls.frame, args={})
    return resolver.frames[key]


def family(resolver: Resolver, cls: Class) -> str:
    """ "settings", "record" or "" for an ordinary class."""
    names = {c.name for c in bases(resolver, cls) if isinstance(c, External)}
    if names & _SETTINGS:
        return "settings"
    if names & _RECORDS:
        return "record"
    for base in bases(resolver, cls):
        if isinstance(base, Class):
            for decorator in base.scope.decorators:
                for outcome in resolver.evaluate(decorator, base.frame):
                    name = getattr(outcome.value, "name", "")
                    if isinstance(name, str) and name.removesuffix("()") in _DATACLASS:
                        return "record"
    return ""


def is_record(resolver: Resolver, cls: Class) -> bool:
    """Whether the class says what data it holds: a settings object, model, dataclass or named tuple."""
    return family(resolver, cls) != ""


def owner(resolver: Resolver, frame: Frame) -> Class | None:
    """The class whose body holds the method that a frame runs."""
    scope = resolver.program.scopes(frame.path).get(frame.scope.owner) if frame.scope.owner else None
    return Class(frame.path, scope, frame.outer or frame) if scope is not None else None


def construct(resolver: Resolver, cls: Class, call: f.Call, frame: Frame) -> Outcomes:
    """An object of the class, made by this call."""
    return (Outcome(Instance(cls, call, frame)),)


def fill(resolver: Resolver, cls: Class, outcomes: Outcomes) -> Outcomes:
    """Objects of a record class whose fields are the entries of a mapping."""
    return tuple(
        Outcome(Instance(cls, None, None, o.value), o.trail) if isinstance(o.value, (Mapping, Merged)) else o
        for o in outcomes
    )


def from_annotation(resolver: Resolver, annotation: f.Expr | None, frame: Frame) -> Outcomes:
    """An object of the class that an annotation names: what is known of a parameter whose caller is not."""
    if annotation is None:
        return ()
    outer = frame.outer or frame
    given = nest.injected(resolver, annotation, outer) if frame.script else _depended(resolver, annotation, outer)
    annotation = nest.plain(annotation)
    if given or annotation is None:
        return given
    found: list[Outcome] = []
    for value in annotated(resolver, annotation, frame.outer or frame):
        if isinstance(value, Class):
            found.append(Outcome(Instance(value, None, None)))
        elif isinstance(value, External) and value.made is None and _is_client_class(value.name):
            call = f.Call(annotation, (), annotation.at)
            resolver.keep(call)
            found.append(Outcome(Made(f"{value.name}()", call, frame)))
    return tuple(found)


def _depended(resolver: Resolver, annotation: f.Expr, outer: Frame) -> Outcomes:
    """What `Annotated[LLM, Depends(get_llm)]` gives, also under a name of its own."""
    if isinstance(annotation, f.Var):
        binds = resolver.program.binds(outer.scope).get(annotation.name, ())
        annotation = binds[0].value if len(binds) == 1 and isinstance(binds[0].value, f.Get) else annotation
    if not isinstance(annotation, f.Get) or annotation.attr or not isinstance(annotation.key, f.Seq):
        return ()
    last = annotation.base.key if isinstance(annotation.base, f.Get) else None
    name = annotation.base.name if isinstance(annotation.base, f.Var) else getattr(last, "value", "")
    if name != "Annotated":
        return ()
    found = [
        o for item in annotation.key.items[1:] if isinstance(item, f.CallRef) for o in resolver.evaluate(item, outer)
    ]
    return tuple(o for o in found if not isinstance(o.value, (Made, External, Unknown)) or o.trail)


def _is_client_class(name: str) -> bool:
    """A library's class, rather than a type of the language."""
    top, dot, last = name.partition(".")
    return bool(dot) and top not in ("builtins", "typing", "typing_extensions", "collections") and last[:1] != "_"


def annotated(resolver: Resolver, annotation: f.Expr, frame: Frame) -> list[Value]:
    """The classes that an annotation names, inside `Optional[...]`, `X | None` and quotes too."""
    if isinstance(annotation, f.Lit) and isinstance(annotation.value, str) and annotation.value.isidentifier():
        annotation = resolver.keep(f.Var(annotation.value, annotation.at))
    if isinstance(annotation, f.Op) and annotation.name == "|":
        return [v for part in annotation.parts for v in annotated(resolver, part, frame)]
    if isinstance(annotation, f.Get) and not annotation.attr:
        inner = (
            annotation.key.items[0] if isinstance(annotation.key, f.Seq) and annotation.key.items else annotation.key
        )
        names = [getattr(o.value, "name", "") for o in resolver.evaluate(annotation.base, frame)]
        wraps = any(n.rsplit(".", 1)[-1] in ("Optional", "Annotated", "Final", "ClassVar") for n in names)
        return annotated(resolver, inner, frame) if wraps else []
    if not isinstance(annotation, (f.Var, f.Get)):
        return []
    return [o.value for o in resolver.evaluate(annotation, frame) if isinstance(o.value, (Class, External))]


# -- attributes ----------------------------------------------------------------------------------------------------


def attribute(resolver: Resolver, instance: Instance, key: str, frame: Frame) -> Outcomes:
    """`instance.key`: a field, what methods store on `self`, a method, a class attribute."""
    kind = family(resolver, instance.cls)
    if kind and key in ("model_dump", "dict", "_asdict"):
        return (Outcome(External(f"modelguard.asdict.{key}")),)
    if kind:
        found = _field(resolver, instance, key, settings=kind == "settings")
        if found is not None:
            resolver.ask(instance)
            return _constructed(found, instance)
    stored = _stored(resolver, instance, key)
    outside = class_state.set_outside(resolver, instance, key)
    if outside:
        resolver.ask(instance)
        return (*outside, *weaken(stored, "possible", f"unless `{key}` is set where the object is made", dormant=True))
    if stored:
        resolver.ask(instance)
        return stored
    for cls in bases(resolver, instance.cls):
        if isinstance(cls, External):
            return (Outcome(External(f"{cls.name}().{key}")),)
        inside = _member(resolver, cls, key)
        if inside is not None:
            later = class_state.stored(resolver, cls, key)
            unset = all(isinstance(o.value, Const) and o.value.value is None for o in inside)
            return later if later and unset else _bound_members(resolver, inside, instance)
    loaded = by_name.attribute(resolver, instance, key)
    if loaded:
        resolver.ask(instance)
    return loaded or unknown(f"`{instance.cls.scope.name}` has no `{key}`")


def _constructed(outcomes: Outcomes, instance: Instance) -> Outcomes:
    if instance.call is None or instance.frame is None:
        return outcomes
    return through(outcomes, Step("pass", instance.frame.path, *instance.call.at, name=instance.cls.scope.name))


def _member(resolver: Resolver, cls: Class, key: str) -> Outcomes | None:
    binds = resolver.program.binds(cls.scope).get(key)
    if not binds:
        return None
    own = class_frame(resolver, cls)
    return tuple(o for b in binds for o in bound_value(resolver, b, own))


def _bound_members(resolver: Resolver, found: Outcomes, instance: Value) -> Outcomes:
    """Methods bound to their object, properties evaluated."""
    outcomes: list[Outcome] = []
    for outcome in found:
        function = outcome.value
        if not isinstance(function, Function) or not function.scope.owner:
            outcomes.append(outcome)
            continue
        decorators = function.scope.decorator_names()
        if "staticmethod" in decorators:
            outcomes.append(outcome)
            continue
        self_or_class = instance.cls if isinstance(instance, Instance) and "classmethod" in decorators else instance
        method = Function(function.path, function.scope, function.frame, self_or_class)
        if decorators & _PROPERTIES:
            outcomes.extend(_property(resolver, method))
        else:
            outcomes.append(Outcome(method, outcome.trail))
    return tuple(outcomes)


def is_property(scope: f.Scope) -> bool:
    """Whether a method is read like an attribute."""
    return not _PROPERTIES.isdisjoint(scope.decorator_names())


_PROPERTIES = frozenset({"property", "cached_property", "computed_field"})


def property_frame(resolver: Resolver, instance: Instance, key: str) -> Frame | None:
    """The activation of an object's property, as everybody has it who reads it."""
    for cls in bases(resolver, instance.cls):
        for outcome in (_member(resolver, cls, key) or ()) if isinstance(cls, Class) else ():
            function = outcome.value
            if isinstance(function, Function) and is_property(function.scope):
                return _property_frame(resolver, Function(function.path, function.scope, function.frame, instance))
    return None


def _property(resolver: Resolver, method: Function) -> Outcomes:
    return resolver.calls.returned(_property_frame(resolver, method))


def _property_frame(resolver: Resolver, method: Function) -> Frame:
    key = f"property:{id(method.scope)}:{id(method.bound)}"
    if key not in resolver.frames:
        resolver.keep(method.bound)
        frame = Frame(method.path, method.scope, method.frame.context, outer=method.frame, args={}, bound=method.bound)
        resolver.frames[key] = frame
    return resolver.frames[key]


def method(resolver: Resolver, instance: Instance, name: str) -> Function | None:
    """A method of an object's class, bound to it."""
    for cls in bases(resolver, instance.cls):
        found = _member(resolver, cls, name) if isinstance(cls, Class) else None
        for outcome in _bound_members(resolver, found, instance) if found else ():
            if isinstance(outcome.value, Function):
                return outcome.value
    return None


def method_names(resolver: Resolver, cls: Class) -> list[str]:
    """The names of the methods that a class and what it extends in the tree define."""
    classes = [c for c in bases(resolver, cls) if isinstance(c, Class)]
    scopes = [s for c in classes for s in resolver.program.methods(c.path, c.scope.name)]
    return list(dict.fromkeys(s.simple_name for s in scopes))


def class_attribute(resolver: Resolver, cls: Class, key: str) -> Outcomes:
    """`Class.key`: an attribute, a class or static method, a nested class."""
    if key in FROM_MAPPING and is_record(resolver, cls):
        return (Outcome(Function(cls.path, f.Scope(f"{cls.scope.name}.{key}", "fill", cls.scope.at), cls.frame, cls)),)
    for base in bases(resolver, cls):
        if isinstance(base, External):
            return (Outcome(External(f"{base.name}.{key}")),)
        found = _member(resolver, base, key)
        if found is not None:
            decorated = [
                Outcome(Function(o.value.path, o.value.scope, o.value.frame, cls), o.trail)
                if isinstance(o.value, Function) and "classmethod" in o.value.scope.decorator_names()
                else o
                for o in found
            ]
            later = class_state.stored(resolver, base, key)
            if later and all(isinstance(o.value, Const) and o.value.value is None for o in decorated):
                return later
            return (*decorated, *weaken(later, "possible", f"`{key}` is set on the class later"))
    return class_state.stored(resolver, cls, key) or unknown(f"`{cls.scope.name}` has no `{key}`")


# -- what ordinary classes store ------------------------------------------------------------------------------------


def _stored(resolver: Resolver, instance: Instance, key: str) -> Outcomes:
    """What methods assign to `self.key`, `__init__` first, with the arguments the object was made with."""
    initial: list[Outcome] = []
    later: list[Outcome] = []
    for cls in bases(resolver, instance.cls):
        if not isinstance(cls, Class):
            continue
        for scope, stores in _stores(resolver, cls).get(key, ()):
            frame = method_frame(resolver, cls, scope, instance)
            first = scope.name.endswith(("__init__", "__post_init__", "model_post_init"))
            label = f"{cls.scope.name}.{key}"
            for store in stores:
                handed = class_state.set_by_calls(resolver, cls, scope, store) if not first else ()
                found = named(handed or resolver.evaluate(store.value, frame), label)
                (initial if first else later).extend(through(found, Step("pass", frame.path, *store.at, name=key)))
        if initial:
            break
    known = [o for o in initial if not (isinstance(o.value, Const) and o.value.value is None)]
    if known and not later:
        return tuple(known)
    both = (*known, *later) or tuple(initial)
    return weaken(both, "possible", f"several methods set `{key}`") if len(both) > 1 else both


def _stores(resolver: Resolver, cls: Class) -> dict[str, list[tuple[f.Scope, list[f.Store]]]]:
    """What each method of a class assigns to an attribute of `self`, by attribute."""
    found = resolver.stores.get(id(cls.scope))
    if found is None:
        found = resolver.stores[id(cls.scope)] = {}
        resolver.keep(cls.scope)
        for scope in resolver.program.methods(cls.path, cls.scope.name):
            body = scope.glance()
            own = body.params[0].name if body.params else ""
            for store in body.stores:
                on_self = isinstance(store.base, f.Var) and store.base.name.split("#")[0] == own
                if isinstance(store.key, f.Lit) and (
                    class_state.of_new(scope, store) if scope.name.endswith(".__new__") else on_self
                ):
                    entries = found.setdefault(str(store.key.value), [])
                    if entries and entries[-1][0] is scope:
                        entries[-1][1].append(store)
                    else:
                        entries.append((scope, [store]))
    return found


def method_frame(resolver: Resolver, cls: Class, scope: f.Scope, instance: Instance) -> Frame:
    """The activation of an object's method: as its constructor calls it where it does, else by nobody in particular."""
    function = Function(cls.path, scope, cls.frame, instance)
    if scope.name.endswith(".__init__") and instance.call is not None and instance.frame is not None:
        call, frame = _initialised_by(resolver, cls, instance) or (instance.call, instance.frame)
        entered = resolver.calls.enter(function, call, frame)
        if entered is not None:
            return entered
    entered = _called_by_constructor(resolver, cls, function, instance)
    if entered is not None:
        return entered
    key = f"method:{id(scope)}:{id(instance)}"
    if key not in resolver.frames:
        resolver.keep(instance)
        resolver.frames[key] = Frame(cls.path, scope, cls.frame.context, outer=cls.frame, bound=instance)
    return resolver.frames[key]


def _called_by_constructor(resolver: Resolver, cls: Class, function: Function, instance: Instance) -> Frame | None:
    """The activation of a method that the constructor calls on the object it makes, with what it is given there."""
    scope = _constructor(resolver, cls)
    name = function.scope.name.rsplit(".", 1)[-1]
    if scope is None or scope is function.scope or not scope.params or instance.call is None:
        return None
    call = _called_on_self(resolver, scope).get(name)
    return resolver.calls.enter(function, call, method_frame(resolver, cls, scope, instance)) if call else None


def _called_on_self(resolver: Resolver, scope: f.Scope) -> dict[str, f.Call]:
    """The methods that a constructor calls on the object it makes, each with its first call."""
    found = resolver.called_on_self.get(id(scope))
    if found is None:
        found = resolver.called_on_self[id(scope)] = {}
        own = resolver.keep(scope).params[0].name
        for call in scope.calls:
            func = call.func
            if isinstance(func, f.Get) and isinstance(func.base, f.Var) and func.base.name == own:
                found.setdefault(str(getattr(func.key, "value", None)), call)
    return found


def _initialised_by(resolver: Resolver, cls: Class, instance: Instance) -> tuple[f.Call, Frame] | None:
    """The call by which the constructor of a derived class runs that of `cls`, and where it stands."""
    below: Class | None = None
    for found in bases(resolver, instance.cls):
        if isinstance(found, Class):
            if found.scope is cls.scope:
                break
            below = found if _constructor(resolver, found) is not None else below
    scope = _constructor(resolver, below) if below is not None else None
    if below is None or scope is None:
        return None
    for call in scope.calls:
        if isinstance(call.func, f.Get) and isinstance(call.func.key, f.Lit) and call.func.key.value == "__init__":
            named = not isinstance(call.func.base, f.CallRef)  # Base.__init__(self, …) rather than super()
            return resolver.calls.without_self(call) if named else call, method_frame(resolver, below, scope, instance)
    return None


def _constructor(resolver: Resolver, cls: Class) -> f.Scope | None:
    own = resolver.program.methods(cls.path, cls.scope.name)
    return next((s for s in own if s.name.endswith(".__init__")), None)


def stored_outside(resolver: Resolver, made: Made, key: str, frame: Frame) -> Outcomes:
    """An attribute that the code around sets on a library's object (`client.api_key = ...`)."""
    found: list[Outcome] = []
    for store in frame.scope.stores:
        if not (isinstance(store.key, f.Lit) and store.key.value == key and isinstance(store.base, f.Var)):
            continue
        if any(o.value is made for o in resolver.evaluate(store.base, frame)):
            found.extend(named(resolver.evaluate(store.value, frame), f"{store.base.name}.{key}"))
    return tuple(found)


# -- fields of records ------------------------------------------------------------------------------------------------


def _field(resolver: Resolver, instance: Instance, key: str, settings: bool) -> Outcomes | None:
    """A declared field: what the object was made with, the environment (settings), the default; None: no field."""
    for position_of in bases(resolver, instance.cls):
        if not isinstance(position_of, Class):
            continue
        binds = resolver.program.binds(position_of.scope).get(key)
        if binds and isinstance(binds[0].value, f.Closure):
            return None
        if binds:
            return _filled(resolver, instance, position_of, binds[0], settings)
    return None


def _filled(resolver: Resolver, instance: Instance, cls: Class, bind: f.Bind, settings: bool) -> Outcomes:
    own = class_frame(resolver, cls)
    spec = _spec(resolver, bind, own)
    given: Outcomes | None = None
    for name in (*_alias_names(resolver, spec, ("alias", "validation_alias")), bind.name):
        if instance.source is not None:
            given = entry(resolver, Outcome(instance.source), name) or None
        elif instance.call is not None and instance.frame is not None:
            given = resolver.calls.argument(
                instance.call, instance.frame, name, _position(resolver, instance, cls, bind)
            )
        if given:
            break
    default = _default(resolver, bind, spec, own)
    if given and default and not settings and _only_spread(instance, bind.name, given):
        from modelguard.link.names import UNLESS_HANDED

        return given + weaken(_typed(resolver, default, bind, own), "possible", UNLESS_HANDED)
    if given:
        return _typed(resolver, given, bind, own)
    if settings:
        return _from_environment(resolver, instance, cls, bind, spec, default)
    if default is not None:
        return _typed(resolver, default, bind, own)
    if instance.call is None and instance.source is None:
        return unknown(f"`{cls.scope.name}.{bind.name}` is filled where nobody is known", _declared(own, cls, bind))
    return unknown(f"`{cls.scope.name}.{bind.name}` is not given", _declared(own, cls, bind))


def _only_spread(instance: Instance, name: str, given: Outcomes) -> bool:
    """Whether a field is given at most by a mapping of which nothing is known."""
    args = instance.call.args if instance.call is not None else ()
    spread = any(a.name == "**" for a in args) and not any(a.name == name for a in args)
    return spread and all(isinstance(o.value, Unknown) for o in given)


def _declared(own: Frame, cls: Class, bind: f.Bind) -> tuple[Step, ...]:
    return (Step("pass", own.path, *bind.at, name=f"{cls.scope.name}.{bind.name}"),)


def _position(resolver: Resolver, instance: Instance, cls: Class, bind: f.Bind) -> int | None:
    """A field's place among a dataclass's positional arguments; pydantic takes keywords only, which does no harm."""
    fields = [b for b in cls.scope.binds if b.annotation is not None]
    return fields.index(bind) if bind in fields else None


def _spec(resolver: Resolver, bind: f.Bind, own: Frame) -> Made | None:
    """The `Field(...)` that describes a field, if one does."""
    if not isinstance(bind.value, f.CallRef):
        return None
    made = [o.value for o in resolver.evaluate(bind.value, own) if isinstance(o.value, Made)]
    return made[0] if made and made[0].name in _FIELD else None


def _alias_names(resolver: Resolver, spec: Made | None, keywords: tuple[str, ...]) -> list[str]:
    names: list[str] = []
    for keyword in keywords if spec is not None else ():
        assert spec is not None
        for outcome in resolver.calls.argument(spec.call, spec.frame, keyword) or ():
            text = text_of(outcome.value)
            if text is not None:
                names.append(text)
            elif isinstance(outcome.value, Made):  # AliasChoices("a", "b")
                for arg in outcome.value.call.args:
                    names += resolver.texts(arg.value, outcome.value.frame)
    return names


def _default(resolver: Resolver, bind: f.Bind, spec: Made | None, own: Frame) -> Outcomes | None:
    if isinstance(bind.value, f.Op) and bind.value.name == "declared":
        return None
    label = f"{own.scope.name}.{bind.name}"
    if spec is None:
        return named(resolver.evaluate(bind.value, own), label) or None
    found = resolver.calls.argument(spec.call, spec.frame, "default", 0)
    if found and not all(isinstance(o.value, (Unknown,)) or _ellipsis(o) for o in found):
        return named(found, label)
    factory = resolver.calls.argument(spec.call, spec.frame, "default_factory") or ()
    made: list[Outcome] = []
    for function in factory:
        empty = resolver.keep(f.Call(bind.value, (), bind.at))
        made.extend(resolver.calls.apply(function, empty, own))
    return named(tuple(made), label) if made else None


def _ellipsis(outcome: Outcome) -> bool:
    return isinstance(outcome.value, Const) and outcome.value.value in ("...", Ellipsis)


def _from_environment(
    resolver: Resolver, instance: Instance, cls: Class, bind: f.Bind, spec: Made | None, default: Outcomes | None
) -> Outcomes:
    """pydantic-settings: the variable `prefix + name` in upper case, before the default."""
    own = class_frame(resolver, cls)
    # `api_key: str = ""` is no fallback: the program needs it all the same.
    nested = tuple(o for o in default or () if not isinstance(o.value, Const) or o.value.value not in ("", None))
    if any(isinstance(o.value, Instance) for o in nested):
        return nested
    aliases = _alias_names(resolver, spec, ("validation_alias", "alias", "env"))
    names = [a.upper() for a in aliases] or [(_prefix(resolver, instance) + bind.name).upper()]
    # Pydantic takes the first that is set; where none is known to be, the first stands for the field.
    for name in names:
        if environment.defines(resolver, own.context, name):
            found = _of_variable(resolver, name, own, bind)
            extra = weaken(nested, "possible", f"only where `{name}` is not set", dormant=True)
            return (*found, *extra)
    found = _of_variable(resolver, names[0], own, bind)
    if not nested:
        return found
    if not all(isinstance(o.value, Unknown) for o in found):
        return (*found, *weaken(nested, "possible", f"only where `{names[0]}` is not set", dormant=True))
    return weaken(nested, "likely", f"`{names[0]}` is set nowhere")


def _of_variable(resolver: Resolver, name: str, own: Frame, bind: f.Bind) -> Outcomes:
    """A variable by way of a settings field: code reads it where it takes the attribute, not where it is declared."""
    found = environment.variable(resolver, name, own, bind.at, None)
    return tuple(
        Outcome(o.value, (replace(o.trail[0], kind="pass"), *o.trail[1:]))
        if o.trail and o.trail[0].kind == "read"
        else o
        for o in found
    )


def _prefix(resolver: Resolver, instance: Instance) -> str:
    for cls in bases(resolver, instance.cls):
        if not isinstance(cls, Class):
            continue
        for outcome in _member(resolver, cls, "model_config") or ():
            if isinstance(outcome.value, (Mapping, Merged)):
                texts = [text_of(o.value) for o in entry(resolver, outcome, "env_prefix")]
            elif isinstance(outcome.value, Made):
                call, frame = outcome.value.call, outcome.value.frame
                texts = [text_of(o.value) for o in resolver.calls.argument(call, frame, "env_prefix") or ()]
            else:
                texts = []
            if texts and texts[0] is not None:
                return texts[0]
        for outcome in _member(resolver, cls, "Config") or ():
            if isinstance(outcome.value, Class):
                for found in _member(resolver, outcome.value, "env_prefix") or ():
                    if (text := text_of(found.value)) is not None:
                        return text
    return ""


def _typed(resolver: Resolver, outcomes: Outcomes, bind: f.Bind, own: Frame) -> Outcomes:
    """Mappings become objects of the class that the field's annotation names."""
    if bind.annotation is None or not any(isinstance(o.value, (Mapping, Merged)) for o in outcomes):
        return outcomes
    classes = [v for v in annotated(resolver, bind.annotation, own) if isinstance(v, Class)]
    return fill(resolver, classes[0], outcomes) if classes and is_record(resolver, classes[0]) else outcomes
