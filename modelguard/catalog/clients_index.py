"""The catalogue of LLM client libraries: one YAML file a library in `clients/`, read into frozen records.

A call is named by what it is called on: `openai.OpenAI().chat.completions.create` is a method of an object that
`openai.OpenAI(...)` made; `litellm.completion` is a function. So a new library needs a file, not code.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field, replace
from functools import lru_cache
from importlib.resources import files
from typing import Any

from modelguard.catalog.tools import ToolSpec, tool


@dataclass(frozen=True, slots=True)
class Argument:
    """Where a call takes a value.

    By keyword (`also`: its aliases), by position (from 0), inside it by `path` (or one of `else_paths`; `*` is each element
    of a list), else as the program `set` it for the library (`openai.api_key`, or `lib.configure(api_key)` for what a call
    is given), else from `env`, or one of `else_env`. `by_provider`: the library reads the variable of the provider that the
    model's name tells. `implied` is what the library takes where none is given.
    """

    arg: str = ""
    position: int | None = None
    env: str = ""
    path: tuple[str, ...] = ()
    also: tuple[str, ...] = ()
    else_paths: tuple[tuple[str, ...], ...] = ()
    implied: str = ""
    set: tuple[str, ...] = ()
    else_env: tuple[str, ...] = ()
    by_provider: bool = False
    orelse: Argument | None = None
    """Where it is taken from where this argument is not given."""

    @property
    def variables(self) -> tuple[str, ...]:
        """The variables that are read where it is not given, the first first."""
        return (self.env, *self.else_env) if self.env else ()

    @property
    def names(self) -> tuple[str, ...]:
        """Every keyword it goes by."""
        return (self.arg, *self.also)


@dataclass(frozen=True, slots=True)
class CallSpec:
    """One way to spend: its public API name, what kind of model it asks, and where the model's name goes in.

    `client` has the constructor's name where the call is a method. `shape` are the last names of the method by which
    it is recognised where the client's origin is not known, `shape_args` arguments that must then be there.
    """

    name: str
    api: str
    kind: str
    model: Argument
    client: str = ""
    provider: str = ""
    credential: Argument | None = None
    base_url: Argument | None = None
    shape: tuple[str, ...] = ()
    shape_args: tuple[str, ...] = ()
    makes: bool = False
    """It only makes the model, which another call is given and asks."""
    where_given: bool = False
    """It spends only where it is given a model."""
    opens: bool = False
    """It makes a client, which holds the credential that it is given; it asks no model itself."""


@dataclass(frozen=True, slots=True)
class HttpSpec:
    """An HTTP library's request: where URL, JSON body (a mapping or its text) and headers go in."""

    name: str
    url: Argument
    json: tuple[Argument, ...]
    text: tuple[Argument, ...]
    headers: Argument


@dataclass(frozen=True, slots=True)
class Endpoint:
    """The end of a URL's path that makes a request a model call, where its body has all of these keys."""

    path: str
    api: str
    kind: str
    body: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class SecretSpec:
    """A call that fetches a credential while the program runs."""

    name: str
    store: str
    id: Argument


@dataclass(frozen=True, slots=True, eq=False)
class Catalogue:
    """Everything known about client libraries, by full name. Compared by identity."""

    calls: Mapping[str, CallSpec]
    shapes: tuple[CallSpec, ...]
    http: Mapping[str, HttpSpec]
    endpoints: tuple[Endpoint, ...]
    secrets: Mapping[str, SecretSpec]
    credential_names: frozenset[str]
    providers: Mapping[str, str]
    """The variable of each provider's key, for libraries that reach many."""
    settings: frozenset[str]
    """What programs set for a library as a whole, by full name; `lib.configure(api_key)` is what a call is given."""
    setting_names: frozenset[str]
    """The last names of what is assigned or called so."""
    wrappers: tuple[CallSpec, ...] = ()
    """The calls among them that are a user's own."""
    actions: Mapping[str, ToolSpec] = field(default_factory=dict)
    """GitHub actions that ask a model, by `owner/name` and folder in lower case."""
    commands: Mapping[tuple[str, ...], ToolSpec] = field(default_factory=dict)
    """Programs that ask a model, by their first words."""

    def call(self, name: str) -> CallSpec | None:
        """The call of a full name. A class may be imported from a module of its package that lies deeper than the one
        it is known by (`langchain_groq.chat_models.ChatGroq`)."""
        found = self.calls.get(name)
        if found is not None or name.startswith(("npm:", "js.")):
            return found
        made, called, rest = name.partition("()")
        *folders, last = made.split(".")
        for length in range(len(folders) - 1, 0, -1):
            found = self.calls.get(".".join((*folders[:length], last)) + called + rest)
            if found is not None:
                return found
        return None


def _argument(data: Mapping[str, Any] | None) -> Argument:
    data = data or {}
    return Argument(
        arg=data.get("arg", ""),
        position=data.get("position"),
        env=data.get("env", ""),
        path=tuple(data.get("path", ())),
        also=tuple(data.get("also", ())),
        implied=data.get("implied", ""),
        else_paths=tuple(tuple(path) for path in data.get("else_paths", ())),
        set=tuple(data.get("set", ())),
        else_env=tuple(data.get("else_env", ())),
        by_provider=data.get("by_provider", False),
        orelse=_optional(data.get("orelse")),
    )


def _optional(data: Mapping[str, Any] | None) -> Argument | None:
    return _argument(data) if data else None


def _client_calls(client: Mapping[str, Any]) -> Iterable[CallSpec]:
    for name in client["names"]:
        for call in client["calls"]:
            for method in call["methods"]:
                shaped = call.get("shape") or call.get("shape_args")
                yield CallSpec(
                    name=f"{name}.{method}" if name.endswith(")") else f"{name}().{method}",
                    api=call["api"],
                    kind=call["kind"],
                    model=_argument(call["model"]),
                    client=name,
                    provider=client.get("provider", ""),
                    credential=_optional(client.get("credential")),
                    base_url=_optional(client.get("base_url")),
                    shape=tuple(method.split(".")[-2:]) if shaped else (),
                    shape_args=tuple(call.get("shape_args", ())),
                    where_given=call.get("where_given", False),
                )


def _openings(client: Mapping[str, Any]) -> Iterable[CallSpec]:
    """The constructors of clients that may be given a credential."""
    credential = _optional(client.get("credential"))
    if credential is None or not (credential.arg or credential.path or credential.position is not None):
        return
    for name in client["names"]:
        if not name.endswith(")"):
            api = re.split(r"[:.]", name.removeprefix("npm:"))[0].lstrip("@")
            yield CallSpec(name, f"{api}.client", "client", Argument(), credential=credential, opens=True)


def _function_calls(function: Mapping[str, Any]) -> Iterable[CallSpec]:
    for name in function["names"]:
        yield CallSpec(
            name=name,
            api=function["api"],
            kind=function["kind"],
            model=_argument(function["model"]),
            credential=_optional(function.get("credential")),
            base_url=_optional(function.get("base_url")),
            where_given=function.get("where_given", False),
        )


def _provider_calls(provider: Mapping[str, Any], methods: Mapping[str, Iterable[str]]) -> Iterable[CallSpec]:
    """What makes a model of a provider: its instance itself, and each of the methods by kind."""
    for name in provider["names"]:
        for kind, called in methods.items():
            for method in called:
                yield CallSpec(
                    name=f"{name}.{method}" if method else name,
                    api=provider["api"],
                    kind=kind,
                    model=Argument(position=0),
                    credential=_optional(provider.get("credential")),
                    base_url=_optional(provider.get("base_url")),
                    makes=True,
                )


def _http(data: Mapping[str, Any]) -> Iterable[HttpSpec]:
    json, text = tuple(map(_argument, data["json"])), tuple(map(_argument, data["text"]))
    for name in data["names"]:
        yield HttpSpec(name, _argument(data["url"]), json, text, _argument(data["headers"]))


_extended: ContextVar[Catalogue | None] = ContextVar("catalogue", default=None)


def catalogue() -> Catalogue:
    """The catalogue: as shipped, with the wrappers that an analysis was given."""
    return _extended.get() or _shipped()


@contextmanager
def knowing(wrappers: tuple[CallSpec, ...]) -> Iterator[None]:
    """For as long as this is open, calls of a user's own wrappers are known like those of any library."""
    if not wrappers:
        yield
        return
    shipped = _shipped()
    names = {name for w in wrappers if w.credential for name in w.credential.variables}
    calls = {**shipped.calls, **{w.name: w for w in wrappers}}
    more = replace(shipped, calls=calls, credential_names=shipped.credential_names | names, wrappers=wrappers)
    token = _extended.set(more)
    try:
        yield
    finally:
        _extended.reset(token)


def wrapper(entry: Mapping[str, Any]) -> tuple[CallSpec, ...]:
    """The calls of one entry of `wrappers:` in modelguard.yaml, which is one of the catalogue's `functions`."""
    return tuple(_function_calls({"api": "wrapper", "kind": "chat", "model": {"arg": "model"}, **entry}))


@lru_cache(maxsize=1)
def _shipped() -> Catalogue:
    """The shipped catalogue, read once a process."""
    import yaml

    calls: dict[str, CallSpec] = {}
    openings: dict[str, CallSpec] = {}
    http: dict[str, HttpSpec] = {}
    secrets: dict[str, SecretSpec] = {}
    endpoints: list[Endpoint] = []
    actions: dict[str, ToolSpec] = {}
    commands: dict[tuple[str, ...], ToolSpec] = {}
    known_names: set[str] = set()
    providers: dict[str, str] = {}
    for entry in sorted(files("modelguard.catalog").joinpath("clients").iterdir(), key=lambda p: p.name):
        if not entry.name.endswith(".yaml"):
            continue
        data = yaml.load(entry.read_text("utf-8"), Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader))  # noqa: S506
        for client in data.get("clients", ()):
            calls.update((c.name, c) for c in _client_calls(client))
            openings.update((c.name, c) for c in _openings(client))
        for function in data.get("functions", ()):
            calls.update((c.name, c) for c in _function_calls(function))
        for provider in data.get("providers", ()):
            calls.update((c.name, c) for c in _provider_calls(provider, data["makes"]))
        for request in data.get("http", ()):
            http.update((h.name, h) for h in _http(request))
        for secret in data.get("secrets", ()):
            secrets.update((n, SecretSpec(n, secret["store"], _argument(secret["id"]))) for n in secret["names"])
        known_names.update(data.get("credentials", ()))
        actions.update((n.lower(), tool(given)) for given in data.get("actions", ()) for n in given["names"])
        commands.update((tuple(n.split()), tool(given)) for given in data.get("commands", ()) for n in given["names"])
        providers.update(data.get("keys", {}))
        endpoints += [
            Endpoint(e["path"], e["api"], e["kind"], tuple(e.get("body", ()))) for e in data.get("endpoints", ())
        ]
    shapes = {(c.shape, c.shape_args): c for c in reversed(calls.values()) if c.shape}
    credentials = [c.credential for c in calls.values() if c.credential]
    settings = frozenset(name for c in credentials for name in c.set)
    return Catalogue(
        calls={**openings, **calls},
        shapes=tuple(shapes.values()),
        http=http,
        endpoints=tuple(endpoints),
        secrets=secrets,
        credential_names=frozenset(known_names.union(*(c.variables for c in credentials), providers.values())),
        providers=providers,
        settings=settings,
        setting_names=frozenset(name.partition("(")[0].rpartition(".")[2] for name in settings),
        actions=actions,
        commands=commands,
    )
