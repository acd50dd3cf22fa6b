"""Nuxt and Nitro: what needs no import, and the runtime configuration that nuxt.config declares.

Sources: https://nuxt.com/docs/guide/going-further/runtime-config (a variable `NUXT_` and the key's words sets an entry),
https://nuxt.com/docs/guide/directory-structure/server (what `server/utils` exports needs no import), Nitro 2.
"""

from __future__ import annotations

import posixpath
import re
from typing import TYPE_CHECKING

from modelguard.extract import facts as f
from modelguard.link import environment
from modelguard.link.access import entry
from modelguard.link.frames import Frame
from modelguard.link.program import folders_above
from modelguard.link.values import Const, Mapping, Outcome, Outcomes, Unknown, weaken

if TYPE_CHECKING:
    from modelguard.link.resolve import Resolver

GLOBALS = frozenset(
    "useRuntimeConfig defineEventHandler defineLazyEventHandler defineCachedEventHandler defineCachedFunction eventHandler"
    " readBody readValidatedBody readMultipartFormData readFormData getQuery getValidatedQuery getRouterParam getHeader"
    " createError sendStream setHeader setResponseHeader setResponseStatus createEventStream useStorage useNitroApp"
    " defineNitroPlugin defineTask defineNuxtConfig defineNitroConfig".split()
)
"""Functions that need no import, some of which hand on what they are given."""
_CONFIGS = ("nuxt.config.ts", "nuxt.config.js", "nuxt.config.mjs", "nitro.config.ts")
_MAX_DEPTH = 5


def runtime_config(resolver: Resolver, frame: Frame) -> Outcomes:
    """What `useRuntimeConfig()` gives: the entry `runtimeConfig` of the nearest nuxt.config."""
    for path in (posixpath.join(folder, name) for folder in folders_above(frame.path) for name in _CONFIGS):
        module = resolver.program.module_frame(path, frame.context) if path in resolver.program.store else None
        if module is not None:
            return _declared(resolver, module, frame)
    return ()


def _declared(resolver: Resolver, module: Frame, frame: Frame) -> Outcomes:
    found: list[Outcome] = []
    for call in module.scope.calls:
        for given in call.args[:1] if f.last_name(call.func) in ("defineNuxtConfig", "defineNitroConfig") else ():
            for base in resolver.evaluate(given.value, module):
                for declared in entry(resolver, base, "runtimeConfig") if isinstance(base.value, Mapping) else ():
                    if isinstance(declared.value, Mapping):
                        found.append(Outcome(_settable(resolver, declared.value, ("nuxt",), frame)))
    return tuple(found)


def _settable(resolver: Resolver, value: Mapping, path: tuple[str, ...], frame: Frame) -> Mapping:
    """A mapping each of whose entries a variable may set."""
    inner = value.frame
    own = resolver.keep(Frame(inner.path, inner.scope, frame.context, inner.outer, inner.args, inner.bound))
    own.names = dict(inner.names)
    items: list[f.Item] = []
    for item in value.rec.items:
        if isinstance(item.key, f.Lit):
            inside = (*path, str(item.key.value))
            name = f"@{len(items)}"
            given = entry(resolver, Outcome(value), str(item.key.value))
            own.names[name] = tuple(o for one in given for o in _set(resolver, one, inside, item, own))
            items.append(f.Item(item.key, f.Var(name, item.at), item.at))
    return Mapping(resolver.keep(f.Rec(tuple(items), value.rec.at)), own)


def _set(resolver: Resolver, declared: Outcome, path: tuple[str, ...], item: f.Item, frame: Frame) -> Outcomes:
    """An entry, or what the variable holds that stands for it; where it is empty, that alone."""
    if isinstance(declared.value, Mapping):
        inside = _settable(resolver, declared.value, path, frame) if len(path) < _MAX_DEPTH else declared.value
        return (Outcome(inside, declared.trail),)
    name = "_".join(re.sub(r"(?<=[a-z0-9])(?=[A-Z])|[^A-Za-z0-9]", "_", part) for part in path).upper()
    given = environment.variable(resolver, name, frame, item.at, None)
    if declared.value in (Const(""), Const(None)):
        return given
    if all(isinstance(o.value, Unknown) for o in given):
        return (declared,)
    return (*given, *weaken((declared,), "possible", f"only where `{name}` is not set", dormant=True))
