"""What the runtime and libraries of JavaScript do to the values we follow; the counterpart of library.py's Python."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import TYPE_CHECKING

from modelguard.extract import facts as f
from modelguard.link import environment, files, js_config, js_options, nest, node, nuxt
from modelguard.link.access import elements, entry, places
from modelguard.link.frames import Frame
from modelguard.link.values import (
    Class,
    Const,
    Credential,
    Elements,
    External,
    Instance,
    Listing,
    Made,
    Mapping,
    Merged,
    Outcome,
    Outcomes,
    Pieces,
    RepoPath,
    text_of,
    unknown,
    weaken,
)

if TYPE_CHECKING:
    from modelguard.link.resolve import Resolver

_READ_INPUT = ("npm:@actions/core.getInput", "npm:@actions/core.getMultilineInput", "npm:@actions/core.getBooleanInput")
_ENV_VAR = re.compile(r"npm:env-var(?:\.from\(\))?\.get\(\)(?:\.\w+\(\))*\.as[A-Z]\w*")
_PARSES = frozenset({"parse", "safeParse", "parseAsync", "safeParseAsync"})
_ZOD = re.compile(r"npm:(?:zod(?:/v\d)?|zod\.z|@hono/zod-openapi)(?:\.z)?\.(?:strict|loose)?[oO]bject\(\)")


def call(resolver: Resolver, func: External, call: f.Call, frame: Frame) -> Outcomes | None:
    """What calling something of a library or the runtime gives; None where nothing is known of it."""
    name = func.name
    if name in _SAME:
        return files.same(resolver, call, frame)
    if name in _INTRINSICS:
        return _INTRINSICS[name](resolver, call, frame)
    if name in _READ_INPUT:
        return _input(resolver, call, frame)
    if name in nest.LOOKS_UP:
        return nest.configured(resolver, call, frame)
    if name in _CONTAINERS and call.args:
        given = resolver.evaluate(call.args[0].value, frame)
        made = tuple(Outcome(Instance(o.value, None, None)) for o in given if isinstance(o.value, Class))
        return nest.injected(resolver, call.args[0].value, frame) or made or None
    if name == "js.Map().get" and func.made is not None and call.args:
        return _of_map(resolver, func.made, resolver.evaluate(call.args[0].value, frame))
    configured = js_config.looked_up(resolver, func, call, frame) or js_options.given(resolver, func, call, frame)
    if configured is not None:
        return configured
    if func.made is not None and _ENV_VAR.fullmatch(name):
        return _env_var(resolver, func.made)
    if name.endswith(".useRuntimeConfig") and name.startswith(("npm:#imports", "npm:nitro", "npm:nuxt")):
        return nuxt.runtime_config(resolver, frame) or None
    if name == "npm:ai.wrapLanguageModel":
        return _wrapped(resolver, call, frame)
    last = name.rsplit(".", 1)[-1]
    if func.made is not None and name in _REGISTRIES:
        return _registered(resolver, func.made, call, frame)
    if func.made is not None and name.startswith("npm:ai.customProvider()."):
        return _custom_provider(resolver, func.made, last, call, frame)
    if last == "send" and call.args:
        given = resolver.evaluate(call.args[0].value, frame)
        return given if given and all(isinstance(o.value, Credential) for o in given) else None
    if last in _PARSES and func.made is not None and _ZOD.match(name) and call.args:
        source = resolver.evaluate(call.args[0].value, frame)
        found = node.validated(resolver, func.made.call, func.made.frame, source, frame)
        return _as_data(resolver, found, call, frame) if last.startswith("safe") else found
    return None


def _as_data(resolver: Resolver, found: Outcomes, call: f.Call, frame: Frame) -> Outcomes:
    """What `safeParse` gives: `{success, data}`."""
    wrapped: list[Outcome] = []
    for outcome in found:
        own = resolver.keep(Frame(frame.path, frame.scope, frame.context, frame.outer, frame.args, frame.bound))
        own.names = {**frame.names, "@data": (outcome,)}
        parts: dict[str, f.Expr] = {
            "data": f.Var("@data", call.at),
            "success": f.Opaque("whether the values are valid", call.at),
        }
        items = tuple(f.Item(f.Lit(name, call.at), value, call.at) for name, value in parts.items())
        wrapped.append(Outcome(Mapping(resolver.keep(f.Rec(items, call.at)), own)))
    return tuple(wrapped)


_CONTAINERS = frozenset(
    {
        "npm:tsyringe.container.resolve", "npm:typedi.Container.get", "npm:typedi.get", "npm:inversify.Container().get",
        "npm:@nestjs/core.NestFactory.create().get", "npm:@nestjs/core.NestFactory.createApplicationContext().get",
        "npm:@nestjs/core.ModuleRef().get",
    }
)  # fmt: skip
"""What gives an object of a class, made with what its constructor asks for by type."""


def _of_map(resolver: Resolver, made: Made, keys: Outcomes) -> Outcomes | None:
    """`new Map([["a", x], …]).get(key)`: what goes by that key, or any where it varies; None where it is filled later."""
    pairs: list[tuple[str | None, Outcomes]] = []
    for base in resolver.evaluate(made.call.args[0].value, made.frame) if made.call.args else ():
        for pair in elements(resolver, base) or ():
            key, value, *_ = (*(places(resolver, pair) or ()), (), ())
            pairs.append((text_of(key[0].value) if len(key) == 1 else None, value))
    wanted = {text_of(o.value) for o in keys}
    known = None not in wanted and all(key is not None for key, _ in pairs)
    found = tuple(o for key, value in pairs if not known or key in wanted for o in value)
    return (found if known else weaken(found, "possible", "the key varies")) or None


def _wrapped(resolver: Resolver, call: f.Call, frame: Frame) -> Outcomes | None:
    """`wrapLanguageModel({model, middleware})`: the model in it."""
    given = resolver.evaluate(call.args[0].value, frame) if call.args else ()
    return tuple(o for base in given for o in entry(resolver, base, "model")) or None


def _custom_provider(resolver: Resolver, made: Made, kind: str, call: f.Call, frame: Frame) -> Outcomes | None:
    """`customProvider({languageModels: {…}}).languageModel("id")`: the model that goes by that id, or any of them."""
    table = {"languageModel": "languageModels", "textEmbeddingModel": "textEmbeddingModels"}.get(kind)
    given = resolver.evaluate(made.call.args[0].value, made.frame) if made.call.args and table else ()
    ids = [t for a in call.args[:1] for t in resolver.texts(a.value, frame)]
    found: list[Outcome] = []
    for models in (o for base in given for o in entry(resolver, base, table or "")):
        named = [o for i in ids for o in entry(resolver, models, i)]
        found += named or elements(resolver, models) or ()
    return tuple(found) or None


_REGISTRIES = frozenset(
    f"npm:ai.{make}().{kind}"
    for make in ("createProviderRegistry", "experimental_createProviderRegistry")
    for kind in ("languageModel", "textEmbeddingModel")
)


def _registered(resolver: Resolver, registry: Made, call: f.Call, frame: Frame) -> Outcomes | None:
    """`createProviderRegistry({openai, own: customProvider(…)}).languageModel("openai:gpt-…")`: what the provider of that
    name makes of the rest."""
    kind = f.last_name(call.func)
    providers = resolver.evaluate(registry.call.args[0].value, registry.frame) if registry.call.args else ()
    found: list[Outcome] = []
    for asked in resolver.evaluate(call.args[0].value, frame) if call.args else ():
        name, _, model = (text_of(asked.value) or "").partition(":")
        for provider in (o for base in providers for o in entry(resolver, base, name)):
            own = resolver.keep(Frame(frame.path, frame.scope, frame.context, frame.outer, frame.args, frame.bound))
            own.names = {**frame.names, name: (provider,), "@model": (Outcome(Const(model), asked.trail),)}
            arg = f.Arg("", f.Var("@model", call.at))
            value = provider.value
            if isinstance(value, Made) and value.name == "npm:ai.customProvider()":
                found += _custom_provider(resolver, value, kind, f.Call(call.func, (arg,), call.at), own) or ()
            elif isinstance(value, (Made, External)):
                made = resolver.keep(f.Call(f.Var(name, call.at), (arg,), call.at))
                found.append(Outcome(Made(f"{value.name}()", made, own)))
    return tuple(found) or None


def _wrapped_client(resolver: Resolver, call: f.Call, frame: Frame) -> Outcomes:
    """`Instructor({client, mode})`: the client in it."""
    given = resolver.evaluate(call.args[0].value, frame) if call.args else ()
    return tuple(o for base in given for o in entry(resolver, base, "client")) or unknown("a client that is not seen")


def _input(resolver: Resolver, call: f.Call, frame: Frame) -> Outcomes:
    """`core.getInput("my name")` of a GitHub action: the variable INPUT_MY_NAME (actions/toolkit, core.ts)."""
    names = resolver.texts(call.args[0].value, frame) if call.args else []
    if len(names) != 1:
        return unknown("an input whose name is not known")
    name = f"INPUT_{names[0].replace(' ', '_').upper()}"
    key = resolver.keep(f.Lit(name, call.at))
    return environment.lookup(resolver, key, frame, call.at, None)


def _getenv(resolver: Resolver, call: f.Call, frame: Frame) -> Outcomes:
    if not call.args:
        return unknown("an environment look-up without a name")
    return environment.lookup(resolver, call.args[0].value, frame, call.at, None)


def _env_var(resolver: Resolver, made: Made) -> Outcomes:
    """`get("MODEL").required().default("m").asString()` of env-var: the variable, else its default."""
    default: f.Expr | None = None
    call, frame = made.call, made.frame
    for _ in range(_MAX_CHAIN):
        if f.last_name(call.func) == "default" and call.args:
            default = call.args[0].value
        bases = resolver.evaluate(call.func.base, frame) if isinstance(call.func, f.Get) else ()
        above = next((o.value for o in bases if isinstance(o.value, Made)), None)
        if above is None:
            break
        call, frame = above.call, above.frame
    if not call.args:
        return unknown("an environment look-up without a name")
    return environment.lookup(resolver, call.args[0].value, frame, call.at, default)


_MAX_CHAIN = 20


def _dotenv(resolver: Resolver, call: f.Call, frame: Frame) -> Outcomes:
    """`dotenv.config()`: `parsed` has the variables."""
    variables = f.Get(f.Var("process", call.at), f.Lit("env", call.at), call.at, True)
    return (
        Outcome(Mapping(resolver.keep(f.Rec((f.Item(f.Lit("parsed", call.at), variables, call.at),), call.at)), frame)),
    )


def _assign(resolver: Resolver, call: f.Call, frame: Frame) -> Outcomes:
    """`Object.assign({}, a, b)`: one object spread after another."""
    items = tuple(f.Item(None, a.value, a.value.at) for a in call.args if a.name == "")
    return (Outcome(Mapping(resolver.keep(f.Rec(items, call.at)), frame)),)


def _values(resolver: Resolver, call: f.Call, frame: Frame) -> Outcomes:
    found = []
    for base in resolver.evaluate(call.args[0].value, frame) if call.args else ():
        inside = elements(resolver, base)
        found.append(Outcome(Elements(inside)) if inside is not None else Outcome(base.value, base.trail))
    return tuple(found) or unknown("values of nothing")


def _create_env(resolver: Resolver, call: f.Call, frame: Frame) -> Outcomes:
    """t3-env's `createEnv({server: {…}, client: {…}, runtimeEnv})`: every schema's entry out of the environment."""
    everything = (Outcome(External("js.process.env")),)
    parts = []
    for base in resolver.evaluate(call.args[0].value, frame) if call.args else ():
        listed = (*entry(resolver, base, "runtimeEnv"), *entry(resolver, base, "runtimeEnvStrict"))
        variables = tuple(o for o in listed if isinstance(o.value, (Mapping, External))) or everything
        for part in ("shared", "client", "server"):
            for inner in entry(resolver, base, part):
                if isinstance(inner.value, Mapping):
                    made = resolver.keep(f.Call(call.func, (f.Arg("", inner.value.rec),), call.at))
                    parts += [o.value for o in node.validated(resolver, made, inner.value.frame, variables, frame)]
    return (Outcome(Merged(tuple(parts))),) if parts else unknown("what a schema gives")


def _clean_env(resolver: Resolver, call: f.Call, frame: Frame) -> Outcomes:
    """envalid's `cleanEnv(process.env, {…})`."""
    if len(call.args) < 2:
        return unknown("what a schema gives")
    made = resolver.keep(f.Call(call.func, call.args[1:], call.at))
    return node.validated(resolver, made, frame, resolver.evaluate(call.args[0].value, frame), frame)


def _leaves(text: str, call: f.Call) -> bool:
    """Whether a `replace` finds nothing to replace: a plain text or one character that is not there."""
    wanted = call.args[0].value if call.args else None
    if isinstance(wanted, f.Op) and wanted.name == "regex":
        wanted = wanted.parts[0]
        plain = str(getattr(wanted, "value", ""))
        return len(plain) == 2 and plain[0] == "\\" and not plain[1].isalnum() and plain[1] not in text
    return isinstance(wanted, f.Lit) and str(wanted.value) not in text


def _is_root(resolver: Resolver, call: f.Call, frame: Frame) -> bool:
    given = resolver.evaluate(call.args[0].value, frame) if call.args else ()
    return bool(given) and all(o.value == RepoPath("") for o in given)


def _cwd(resolver: Resolver, call: f.Call, frame: Frame) -> Outcomes:
    return (Outcome(RepoPath(frame.context.workdir)),)


_Intrinsic = Callable[["Resolver", f.Call, Frame], Outcomes]
_SAME = frozenset(
    {
        "js.JSON.stringify", "js.Object.freeze", "js.Object.seal", "js.String", "js.Promise.resolve", "js.Promise.all",
        "js.Promise.allSettled", "js.structuredClone", "js.Array.from", "npm:url.fileURLToPath", "js.Object.fromEntries",
        "npm:react.cache", "npm:react.useMemo", "npm:lodash.cloneDeep",
        # What watches a client, or holds a key, stands for it.
        "npm:langfuse.observeOpenAI", "npm:@langfuse/openai.observeOpenAI", "npm:langsmith/wrappers.wrapOpenAI",
        "npm:langsmith/wrappers.wrapSDK", "npm:langsmith/wrappers/openai.wrapOpenAI",
        "npm:langsmith/wrappers/anthropic.wrapAnthropic",
        "npm:braintrust.wrapOpenAI", "npm:braintrust.wrapAnthropic", "npm:braintrust.wrapAISDK", "npm:braintrust.wrapAISDKModel",
        "npm:weave.wrapOpenAI", "npm:langsmith/experimental/vercel.wrapAISDK", "npm:@posthog/ai.withTracing",
        "npm:@openai/agents-extensions.aisdk", "npm:@azure/openai.AzureKeyCredential", "npm:@azure/openai.OpenAIKeyCredential",
        "npm:@azure/core-auth.AzureKeyCredential",
    }
)  # fmt: skip
_INTRINSICS: dict[str, _Intrinsic] = {
    **dict.fromkeys(("js.Deno.env.get", "npm:astro:env/server.getSecret"), _getenv),
    **dict.fromkeys(("js.JSON.parse", "npm:js-yaml.load", "npm:yaml.parse", "npm:toml.parse"), files.parsed),
    **dict.fromkeys(
        ("npm:fs.readFileSync", "npm:fs/promises.readFile", "npm:fs.promises.readFile", "npm:fs-extra.readFileSync"), files.opened
    ),
    **dict.fromkeys(("npm:path.join", "npm:path.resolve"), files.path),
    "npm:path.dirname": files.folder,
    **dict.fromkeys(("npm:@instructor-ai/instructor", "npm:@instructor-ai/instructor.createInstructor"), _wrapped_client),
    "js.process.cwd": _cwd,
    "npm:dotenv.config": _dotenv,
    "js.Object.assign": _assign,
    "js.Object.values": _values,
    **dict.fromkeys((f"npm:@t3-oss/env-{k}.createEnv" for k in ("nextjs", "core", "nuxt")), _create_env),
    **dict.fromkeys(("npm:envalid.cleanEnv", "npm:envalid"), _clean_env),
}  # fmt: skip


_KEEPS = frozenset({"trim", "trimStart", "trimEnd", "toString", "valueOf", "catch", "finally"})


def method(resolver: Resolver, base: Outcome, name: str, call: f.Call, frame: Frame) -> Outcomes | None:
    """A built-in method of a known value; None where nothing is known of it."""
    value = base.value
    if isinstance(value, (Mapping, Merged)):
        return (base,) if name in ("catch", "finally") else None
    text = text_of(value)
    if name in ("toLowerCase", "toUpperCase") and text is not None:
        made = text.lower() if name == "toLowerCase" else text.upper()
        return (Outcome(Const(made), base.trail),)
    if name in _KEEPS and isinstance(value, (Const, Pieces, Credential)):
        return (base,)
    if name in ("substring", "slice", "substr") and text is not None and len(call.args) == 1:
        start = getattr(call.args[0].value, "value", None)
        return (Outcome(Const(text[start:]), base.trail),) if isinstance(start, int) and start >= 0 else None
    if name in ("replace", "replaceAll") and text is not None and _leaves(text, call):
        return (base,)
    if name == "split" and isinstance(value, RepoPath) and _is_root(resolver, call, frame):
        return (Outcome(Elements((Outcome(Const("")), Outcome(Const(f"/{value.path}"), base.trail)))),)
    if name == "split" and text is not None:
        given = [t for a in call.args[:1] for t in resolver.texts(a.value, frame)]
        parts = text.split(given[0]) if len(given) == 1 and given[0] else []
        return (Outcome(Elements(tuple(Outcome(Const(p), base.trail) for p in parts))),) if parts else None
    if name in ("slice", "concat", "filter", "sort", "reverse") and isinstance(value, (Elements, Listing)):
        return (base,)
    return None
