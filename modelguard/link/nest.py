"""NestJS: what its container gives a constructor, what its configuration holds, which methods it calls.

Sources: docs.nestjs.com (custom providers, lifecycle events, configuration), @nestjs/config 4. Routes of like frameworks go by
decorators too: routing-controllers, tsoa, TypeGraphQL, Ts.ED, Midway, LoopBack, inversify-express-utils.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from modelguard.extract import facts as f
from modelguard.extract.mentions import called_name
from modelguard.extract.node_modules import is_script
from modelguard.link import containers, environment
from modelguard.link.access import elements, entry
from modelguard.link.frames import Frame
from modelguard.link.values import Class, Const, External, Function, Instance, Made, Mapping, Outcome, Outcomes, text_of

if TYPE_CHECKING:
    from modelguard.link.resolve import Resolver

DECORATING = (
    "npm:@nestjs/", "npm:nestjs-", "npm:nest-commander", "npm:necord", "npm:routing-controllers", "npm:tsoa.", "npm:type-graphql.",
    "npm:@tsed/", "npm:@midwayjs/", "npm:@loopback/", "npm:inversify-express-utils", "npm:discordx.",
)  # fmt: skip
"""Packages whose decorators make a method what the framework calls."""
HOOKS = frozenset(
    {
        "onModuleInit", "onApplicationBootstrap", "onModuleDestroy", "use", "canActivate", "intercept", "transform", "catch",
        "process", "run", "handle", "execute",
    }
)  # fmt: skip
"""Methods that the framework calls by their names, of classes that it makes: hooks, guards, pipes, processors, commands."""
LOOKS_UP = frozenset({"npm:@nestjs/config.ConfigService().get", "npm:@nestjs/config.ConfigService().getOrThrow"})
INJECT = "inject"
"""The operator of an annotation that stands for `@Inject(token) name: Type`: the token and the type."""
_MAX_ALIASES = 5


def injected(resolver: Resolver, annotation: f.Expr, frame: Frame) -> Outcomes:
    """What the container gives for a parameter of a constructor, where a module says with what it provides it."""
    token = annotation.parts[0] if isinstance(annotation, f.Op) and annotation.name == INJECT else annotation
    if not isinstance(token, (f.Lit, f.Var, f.Get)):
        return ()
    for outcome in resolver.evaluate(token, frame):
        made = getattr(outcome.value, "made", None)
        if isinstance(outcome.value, External) and outcome.value.name.endswith("registerAs().KEY") and made is not None:
            return _settings(resolver, made.call, made.frame)
        given = _provided(resolver, _key(outcome.value), frame, 0)
        if given:
            return given
    return ()


def plain(annotation: f.Expr) -> f.Expr | None:
    """The type of a parameter, without by what it is injected."""
    if isinstance(annotation, f.Op) and annotation.name == INJECT:
        return annotation.parts[1] if len(annotation.parts) > 1 else None
    return annotation


def _key(value: object) -> object:
    """By what a provider is found: a text, a class, a symbol."""
    if isinstance(value, Class):
        return id(value.scope)
    return id(value.call) if isinstance(value, Made) else text_of(value)  # type: ignore[arg-type]


def _provided(resolver: Resolver, key: object, frame: Frame, depth: int) -> Outcomes:
    provider = _providers(resolver, frame).get(key) if key is not None and depth < _MAX_ALIASES else None
    if provider is None:
        return ()
    value = entry(resolver, provider, "useValue")
    if value and not all(isinstance(o.value, Const) and o.value.value is None for o in value):
        return value
    found: list[Outcome] = []
    for outcome in entry(resolver, provider, "useClass"):
        if isinstance(outcome.value, Class):
            found.append(Outcome(Instance(outcome.value, None, None), outcome.trail))
    for outcome in entry(resolver, provider, "useFactory"):
        found += _made_by(resolver, outcome)
    for outcome in entry(resolver, provider, "useExisting"):
        found += _provided(resolver, _key(outcome.value), frame, depth + 1)
    return tuple(found)


def _made_by(resolver: Resolver, factory: Outcome) -> Outcomes:
    """What a function gives that the container calls: its parameters are injected too."""
    function = factory.value
    if not isinstance(function, Function):
        return ()
    key = f"nest:{id(function.scope)}:{id(function.frame)}"
    if key not in resolver.frames:
        resolver.keep(function)
        made = Frame(function.path, function.scope, function.frame.context, outer=function.frame, bound=function.bound)
        resolver.frames[key] = made
    return resolver.calls.returned(resolver.frames[key])


def _providers(resolver: Resolver, frame: Frame) -> dict[object, Outcome]:
    """The providers that modules of the tree write out, and what containers are told, by what they provide."""
    known = resolver.providers.get(id(frame.context))
    if known is None:
        known = resolver.providers[id(frame.context)] = {}
        resolver.keep(frame.context)
        for call, module in _calls(resolver, frame, "Module"):
            for written in _inside(resolver, call.args[0].value, module, "providers"):
                if isinstance(written.value, Mapping):
                    for token in entry(resolver, written, "provide"):
                        known.setdefault(_key(token.value), written)
        for tokens, written in containers.providers(resolver, frame):
            for token in tokens:
                known.setdefault(_key(token.value), written)
    return known


def _calls(resolver: Resolver, frame: Frame, name: str) -> Iterator[tuple[f.Call, Frame]]:
    """The calls at the top of scripts of what goes by this name, with their frames."""
    program = resolver.program
    for path, scope in program.code() if resolver.program.uses_nest else ():
        if scope.kind == "module" and is_script(path) and name in scope.mentions:
            module = program.module_frame(path, frame.context)
            for call in scope.calls if module is not None else ():
                if called_name(call) == name and call.args and module is not None:
                    yield call, module


def _inside(resolver: Resolver, options: f.Expr, frame: Frame, key: str) -> Iterator[Outcome]:
    """The elements of one entry of some options."""
    for base in resolver.evaluate(options, frame):
        for listed in entry(resolver, base, key):
            yield from elements(resolver, listed) or ()


# -- configuration -----------------------------------------------------------------------------------------------------


def configured(resolver: Resolver, call: f.Call, frame: Frame) -> Outcomes:
    """`config.get("llm.model", default)`: of what the application loads, else of the environment."""
    given = call.args[1].value if len(call.args) > 1 else None
    default = given if not isinstance(given, f.Rec) else None
    found: list[Outcome] = []
    for key in resolver.texts(call.args[0].value, frame) if call.args else []:
        loaded = tuple(o for o in _loaded(resolver, key, frame) if o.value != Const(None))
        if loaded:
            found += loaded
            continue
        name = resolver.keep(f.Lit(key, call.args[0].value.at))
        found += environment.lookup(resolver, name, frame, call.at, default)
    return tuple(found)


def _loaded(resolver: Resolver, key: str, frame: Frame) -> Outcomes:
    """An entry of what `registerAs(name, factory)` and `forRoot({load: [factory]})` give."""
    space, _, rest = key.partition(".")
    found: list[Outcome] = []
    for call, module in _calls(resolver, frame, "registerAs"):
        if rest and space in resolver.texts(call.args[0].value, module):
            found += _at(resolver, _settings(resolver, call, module), rest)
    for call, module in _calls(resolver, frame, "forRoot"):
        for factory in _inside(resolver, call.args[0].value, module, "load"):
            found += _at(resolver, _made_by(resolver, factory), key)
    return tuple(found)


def _settings(resolver: Resolver, call: f.Call, frame: Frame) -> Outcomes:
    """What the factory that `registerAs` is given returns."""
    factories = resolver.evaluate(call.args[1].value, frame) if len(call.args) > 1 else ()
    return tuple(o for factory in factories for o in _made_by(resolver, factory))


def _at(resolver: Resolver, bases: Outcomes, dotted: str) -> Outcomes:
    """What stands under a dotted name."""
    for part in dotted.split("."):
        bases = tuple(o for base in bases if isinstance(base.value, Mapping) for o in entry(resolver, base, part))
    return bases
