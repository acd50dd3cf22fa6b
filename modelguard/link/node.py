"""Names in TypeScript and JavaScript: what an import brings, what is global, what a schema makes of the environment.

Things of libraries are called by their package: `npm:openai`, `npm:@aws-sdk/client-bedrock-runtime.BedrockRuntimeClient`;
a default import is the package itself. Globals of the runtime are called `js.process`, `js.JSON` and so on.
"""

from __future__ import annotations

import posixpath
from collections.abc import Iterator
from typing import TYPE_CHECKING

from modelguard.extract import facts as f
from modelguard.link import environment, nuxt
from modelguard.link.access import entry
from modelguard.link.frames import Frame
from modelguard.link.values import (
    Const,
    External,
    Made,
    Mapping,
    Merged,
    Module,
    Outcome,
    Outcomes,
    RepoPath,
    unknown,
    weaken,
)

if TYPE_CHECKING:
    from modelguard.link.resolve import Resolver

_VARIABLES: dict[str, tuple[str, ...]] = {
    **dict.fromkeys(("npm:$env/static/private", "npm:$env/static/public"), ()),
    **dict.fromkeys(("npm:astro:env/server", "npm:astro:env/client"), ("getSecret",)),
}
"""Modules whose exports are environment variables, but for these: SvelteKit's and Astro's."""
ENVIRONMENTS = frozenset(
    {
        "js.process.env", "npm:process.env", "js.import.meta.env", "js.Bun.env", "npm:bun.env", "npm:hono.Context.env",
        "npm:$env/dynamic/private.env", "npm:$env/dynamic/public.env", "npm:cloudflare:workers.env",
        "npm:@sveltejs/kit.RequestEvent.platform.env", "npm:@cloudflare/workers-types.EventContext.env", *_VARIABLES,
    }
)  # fmt: skip
"""Objects whose properties are environment variables."""
WORKERS_AI: Outcomes = (Outcome(External("npm:cloudflare:workers.Ai()")),)
"""What a Worker's environment has under the name `AI`, which is no text (https://developers.cloudflare.com/workers-ai)."""
_GLOBALS = frozenset(
    "process console fetch JSON Object Array Promise String Number Boolean Math URL URLSearchParams Buffer globalThis window"
    " document setTimeout setInterval Date Error Map Set RegExp Deno Bun Symbol Headers Request Response AbortController"
    " TextEncoder TextDecoder crypto structuredClone performance navigator localStorage FormData Blob ReadableStream"
    " import.meta module exports".split()
)
UNDEFINED: Outcomes = (Outcome(Const(None)),)
"""What JavaScript gives for a property or an argument that is not there."""


def imported(resolver: Resolver, expr: f.Import, frame: Frame) -> Outcomes:
    """What an import statement or `require` binds."""
    program = resolver.program
    path = program.module(frame.path, expr.module)
    if path is None:
        shown = (
            _shown(resolver, expr.module, frame)
            if expr.module.startswith(".") and expr.module.endswith(".json")
            else None
        )
        if shown is not None:
            why = f"as {shown} shows it: `{expr.module}` is not in the repository"
            return weaken(_json(resolver, shown, expr), "likely", why)
        if expr.module.startswith("."):
            return unknown(f"`{expr.module}` is not in the repository")
        package = f"npm:{program.store.node_modules.library(frame.path, expr.module)}"
        if package in _VARIABLES and expr.name not in ("", "=", "default", *_VARIABLES[package]):
            name = resolver.keep(f.Lit(expr.name, expr.at))
            return environment.lookup(resolver, name, frame, expr.at, None)
        plain = expr.name in ("", "=", "default")
        return (Outcome(External(package if plain else f"{package}.{expr.name}")),)
    if path.endswith(".json"):
        return _json(resolver, path, expr)
    if expr.name == "":
        return (Outcome(Module(path)),)
    found = exported(resolver, path, expr.name, frame)
    if found is not None:
        return found
    return (Outcome(Module(path)),) if expr.name in ("=", "default") else unknown(f"`{expr.name}` is not in `{path}`")


def _shown(resolver: Resolver, written: str, frame: Frame) -> str | None:
    """The file that shows how a JSON file which is kept out of the repository is to look."""
    from modelguard.link import files

    path = posixpath.normpath(posixpath.join(posixpath.dirname(frame.path), written))
    return next((p for p in files.examples(path) if p in resolver.program.store), None)


def exported(resolver: Resolver, path: str, name: str, user: Frame) -> Outcomes | None:
    """One export of a module of the tree; what `module.exports = x` gives stands for its properties too."""
    from modelguard.link import names

    found = names.member(resolver, path, name, user)
    if found is not None or name == "=":
        return found
    whole = names.member(resolver, path, "=", user)
    if whole is None or name == "default":
        return whole
    inside = tuple(o for base in whole for o in entry(resolver, base, name))
    return inside or None


def _json(resolver: Resolver, path: str, expr: f.Import) -> Outcomes:
    facts = resolver.program.store.facts(path)
    if facts is None or facts.document is None:
        return unknown(f"`{path}` could not be read")
    whole = resolver.evaluate(facts.document, resolver.program.document_frame(path))
    if expr.name in ("", "=", "default"):
        return whole
    return tuple(o for base in whole for o in entry(resolver, base, expr.name)) or UNDEFINED


def global_name(name: str, frame: Frame) -> Outcomes | None:
    """A name that the runtime has, or None."""
    if name == "__filename":
        return (Outcome(RepoPath(frame.path)),)
    if name == "__dirname":
        return (Outcome(RepoPath(frame.path.rpartition("/")[0])),)
    if name == "super":
        return (Outcome(External("builtins.super")),)
    if name in _GLOBALS:
        return (Outcome(External(f"js.{name}")),)
    if name == "$fetch":
        return (Outcome(External("npm:ofetch.$fetch")),)
    return (Outcome(External(f"npm:#imports.{name}")),) if name in nuxt.GLOBALS else None


# -- schemas of the environment ----------------------------------------------------------------------------------------


def validated(resolver: Resolver, schema: f.Call, where: Frame, source: Outcomes, frame: Frame) -> Outcomes:
    """What a schema (`z.object({…})`, envalid's validators) takes out of `source`: each key, with its own default.

    `where` is the frame in which the schema is written, `frame` that of whoever has something checked by it.
    """
    parts = tuple(
        Outcome(taken)
        for shape, inside in _shapes(resolver, schema, where, 0)
        for base in resolver.evaluate(shape, inside)
        if isinstance(base.value, Mapping)
        for taken in (_taken(resolver, base.value, source, frame),)
    )
    if len(parts) > 1:
        return (Outcome(Merged(tuple(p.value for p in parts if isinstance(p.value, Mapping)))),)
    return parts or unknown("what a schema gives")


def _taken(resolver: Resolver, shape: Mapping, source: Outcomes, frame: Frame) -> Mapping:
    """What a shape takes out of `source`."""
    inner = shape.frame
    own = resolver.keep(Frame(inner.path, inner.scope, frame.context, inner.outer, inner.args, inner.bound))
    own.names = {**inner.names, _SOURCE: source}
    for param in inner.scope.params:
        inner.consult(param.name)
    items = tuple(_validated(item, inner) for item in shape.rec.items if isinstance(item.key, f.Lit))
    return Mapping(resolver.keep(f.Rec(items, shape.rec.at)), own)


def _shapes(resolver: Resolver, schema: f.Call, where: Frame, depth: int) -> Iterator[tuple[f.Expr, Frame]]:
    """The objects that describe a schema, those of what it extends first: `base.extend({…})`, `a.merge(b).strict()`."""
    method = f.last_name(schema.func)
    if depth > _MAX_SCHEMAS or method in _MAKING_OTHERS:
        return
    given = schema.args[0].value if schema.args else None
    if isinstance(schema.func, f.Get):
        for base in resolver.evaluate(schema.func.base, where):
            if isinstance(base.value, Made):
                yield from _shapes(resolver, base.value.call, base.value.frame, depth + 1)
    if method in _JOINING and given is not None:
        for other in resolver.evaluate(given, where):
            if isinstance(other.value, Made):
                yield from _shapes(resolver, other.value.call, other.value.frame, depth + 1)
    elif given is not None and method not in _KEEPING:
        yield given, where


_MAX_SCHEMAS = 20
"""Longest chain of schemas that extend each other."""
_MAKING_OTHERS = frozenset({"transform", "pipe", "preprocess", "codec"})
_JOINING = frozenset({"merge", "and"})
_KEEPING = frozenset(
    "strict passthrough strip partial required readonly refine superRefine catchall describe brand optional nullable default"
    " check loose meta".split()
)
"""Methods of a schema that leave its keys as they are."""
_SOURCE = "@source"


def _validated(item: f.Item, where: Frame) -> f.Item:
    assert item.key is not None
    at = item.key.at
    read: f.Expr = f.Get(f.Var(_SOURCE, at), item.key, at, True)
    default = _default(item.value, where)
    return f.Item(item.key, f.Fallback(read, default, at) if default is not None else read, at)


def _default(expr: f.Expr, where: Frame) -> f.Expr | None:
    """The default in `z.string().default("x")` or `str({default: "x"})`."""
    steps = 0
    while isinstance(expr, f.CallRef) and expr.index < len(where.scope.calls) and steps < 20:
        call = where.scope.calls[expr.index]
        steps += 1
        if isinstance(call.func, f.Get) and getattr(call.func.key, "value", "") == "default" and call.args:
            return call.args[0].value
        options = call.args[0].value if call.args else None
        if isinstance(options, f.Rec):
            for item in options.items:
                if getattr(item.key, "value", None) in ("default", "devDefault"):
                    return item.value
        if not isinstance(call.func, f.Get):
            return None
        expr = call.func.base
    return None
