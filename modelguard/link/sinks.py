"""Sinks: calls that spend, recognised by what they are called on, and the models and credentials they are given."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, replace
from functools import lru_cache

from modelguard.catalog.clients_index import Argument, CallSpec, Catalogue, HttpSpec, catalogue
from modelguard.catalog.identity import identify
from modelguard.extract import facts as f
from modelguard.extract.mentions import CALLED, called_name
from modelguard.link import addresses, environment
from modelguard.link.access import elements, entry
from modelguard.link.frames import Frame
from modelguard.link.resolve import Resolver
from modelguard.link.taken import read_at, read_where_taken
from modelguard.link.values import (
    Certainty,
    Const,
    External,
    Made,
    Mapping,
    Merged,
    Outcome,
    Outcomes,
    Pieces,
    Step,
    Unknown,
    named,
    text_of,
    unknown,
)

_AUTHORIZATION = (
    "Authorization", "authorization", "x-api-key", "X-Api-Key", "X-API-Key", "api-key", "Api-Key", "x-goog-api-key",
    "X-goog-api-key",
)  # fmt: skip
_QUERY = ("key", "api_key")


@dataclass(frozen=True, eq=False)
class Sink:
    """One call that spends, in one activation. `proxied`: it goes to an address of its own, not to the vendor's."""

    api: str
    kind: str
    call: f.Call
    frame: Frame
    models: Outcomes
    tokens: Outcomes
    proxied: bool = False
    certainty: Certainty = "certain"
    why: str = ""
    makes: bool = False
    """It only makes a model (see makers.py)."""
    given: tuple[Made, ...] = ()
    """The models that other calls made for it."""
    handed: bool = False
    """The method that spends is handed to what is called, which may be a function of the tree."""
    opens: bool = False
    """It only makes a client, which holds the credential that it is given."""
    ambient: tuple[str, ...] = ()
    """Where its credential comes from as it is given none: what a program may have set for the library, then variables."""


@dataclass(frozen=True, slots=True)
class _Sign:
    """What calls of one name have in common: keywords of which a sink has one (in JavaScript keys of an object that it
    is given), and whether it may be given everything by position."""

    keywords: frozenset[str] = frozenset()
    positional: bool = False


@lru_cache(maxsize=4)
def _signs(known: Catalogue) -> dict[tuple[str, bool], _Sign]:
    """By last name, and whether it is TypeScript or JavaScript."""
    found: dict[tuple[str, bool], _Sign] = {}

    def add(name: str, arguments: tuple[Argument, ...], free: bool) -> None:
        script = name.startswith(("npm:", "js."))
        key = re.split(r"[./]", name.removesuffix("()"))[-1].removeprefix("npm:"), script
        before = found.get(key, _Sign())
        inside = {n for a in arguments for n in ((*a.path[:1], *a.also) if script else a.names)}
        whole = any(a.position is not None and not (script and a.path) for a in arguments)
        found[key] = _Sign(before.keywords | inside | {"**"}, before.positional or free or whole)

    for spec in known.calls.values():
        taken = spec.credential if spec.opens and spec.credential is not None else spec.model
        add(spec.name, (taken,), bool(spec.model.implied))
    for request in known.http.values():
        bodies = (*request.json, *request.text)
        add(request.name, bodies, not bodies)
    return found


def spends(scope: f.Scope, script: bool) -> bool:
    """Whether any call of a scope may spend; its body is only looked at where it mentions a name that a sink may have."""
    known = catalogue()
    mentions = scope.mentions
    if mentions and CALLED not in mentions and not any(_may_be_sink(name, script, known) for name in mentions):
        return False
    body = scope.glance()
    return any(may_spend(call, body, script) for call in body.calls)


@lru_cache(maxsize=65_536)
def _may_be_sink(name: str, script: bool, known: Catalogue) -> bool:
    return (name, script) in _signs(known) or _REQUESTS.search(name) is not None


def may_spend(call: f.Call, scope: f.Scope | f.Body, script: bool) -> bool:
    """The cheap look at a call: a name that a sink may have, and an argument that one must have."""
    name = called_name(call)
    if any(_may_be_handed(a, call, script) for a in call.args):
        return True
    if not _may_be_sink(name, script, catalogue()):
        if script:
            return bool(call.args) and _is_provider(call.func, scope, catalogue())
        return _calls_class(call, scope)
    if _REQUESTS.search(name) and any(_is_body(a.value, scope) for a in call.args):
        return True
    sign = _signs(catalogue()).get((name, script))
    if sign is None:
        return False
    if sign.positional or any(a.name in sign.keywords for a in call.args):
        return True
    return script and any(_may_hold(a.value, sign.keywords) for a in call.args)


def _may_be_handed(arg: f.Arg, call: f.Call, script: bool) -> bool:
    """Whether an argument is named like a method that spends, and the call is given what that takes:
    `to_thread(client.chat.completions.create, model=…)`."""
    if arg.name not in ("", "func", "fn") or not isinstance(arg.value, f.Get) or not arg.value.attr:
        return False
    sign = _signs(catalogue()).get((f.last_name(arg.value), script))
    return sign is not None and any(a.name in sign.keywords and a.name != "**" for a in call.args)


def _calls_class(call: f.Call, scope: f.Scope | f.Body) -> bool:
    """Whether a call may be of a class under another name: one that was chosen before, handed over or looked up."""
    if not any(a.name in _model_keywords(catalogue()) for a in call.args):
        return False
    if isinstance(call.func, f.Get):
        return not call.func.attr
    if not isinstance(call.func, f.Var):
        return False
    name = call.func.name
    own = any(b.name == name and isinstance(b.value, _CHOICES) for b in scope.binds)
    return own or any(p.name == name.removesuffix("#0") for p in scope.params)


_CHOICES = (f.Var, f.Get, f.OneOf, f.Cond, f.Fallback)


@lru_cache(maxsize=4)
def _model_keywords(known: Catalogue) -> frozenset[str]:
    """The keywords by which calls are given their model."""
    return frozenset(n for spec in known.calls.values() if not spec.model.path for n in spec.model.names if n)


def _is_provider(func: f.Expr, scope: f.Scope | f.Body, known: Catalogue) -> bool:
    """Whether a name of this scope holds a provider of models, whatever it is called: `const llm = createOpenAI()`."""
    return isinstance(func, f.Var) and any(
        b.name == func.name
        and isinstance(b.value, f.CallRef)
        and b.value.index < len(scope.calls)
        and called_name(scope.calls[b.value.index]) in _creators(known)
        for b in scope.binds
    )


@lru_cache(maxsize=4)
def _creators(known: Catalogue) -> frozenset[str]:
    """The last names of functions that make a provider of models."""
    made = [s.name for s in known.calls.values() if s.makes and s.name.endswith("()")]
    return frozenset(re.split(r"[./]", n.removesuffix("()"))[-1] for n in made)


_REQUESTS = re.compile(
    r"(?i)^(?!(?:set|use|on|handle|update|save|insert|log|build|make|parse|format|get|is|to)(?:_|(?-i:[A-Z])))"
    r".*(?:request|completion|complete|invoke|infer|embed|llm)|^(?:post|chat|send|generate|ask)(?:_|(?-i:[A-Z])|$)"
)
"""What a function that sends a request to a model is called, whoever wrote it."""
_CONTENT = frozenset({"messages", "prompt", "input", "contents"})


def _is_body(expr: f.Expr, scope: f.Scope | f.Body) -> bool:
    """Whether an expression is, or names, an object like the body of a model request: `model` and what to answer."""
    if isinstance(expr, f.Var):
        return any(b.name == expr.name and isinstance(b.value, f.Rec) and _is_body(b.value, scope) for b in scope.binds)
    keys = {i.key.value for i in expr.items if isinstance(i.key, f.Lit)} if isinstance(expr, f.Rec) else set()
    return "model" in keys and not _CONTENT.isdisjoint(keys)


def _may_hold(expr: f.Expr, keys: frozenset[str]) -> bool:
    """Whether an argument may be an object with one of these keys: one that is not written out may."""
    if isinstance(expr, f.Rec):
        return any(i.key is None or not isinstance(i.key, f.Lit) or i.key.value in keys for i in expr.items)
    return isinstance(expr, (f.Var, f.Get, f.CallRef, f.OneOf, f.Fallback, f.Cond))


def sink(resolver: Resolver, call: f.Call, frame: Frame) -> Sink | None:
    """The sink that a call is, if it is one."""
    known = catalogue()
    handed = _handed_method(resolver, call, frame)
    if handed is not None:
        return handed
    outcomes = resolver.evaluate(call.func, frame)
    for outcome in outcomes:
        value = outcome.value
        if not isinstance(value, (External, Made)):
            continue
        spec = known.call(value.name)
        if spec is not None:
            made = value.made if isinstance(value, External) else value
            if spec.where_given and not _argument(resolver, spec.model, call, frame):
                return None
            if spec.opens:
                return _opening(resolver, spec, call, frame)
            found = _client_call(resolver, spec, made, call, frame)
            found = _of_its_makers(resolver, found)
            return None if _chosen_elsewhere(found) else found
        request = known.http.get(value.name)
        if request is not None:
            return _request(resolver, request, value.made if isinstance(value, External) else value, call, frame)
    if outcomes and not all(isinstance(o.value, Unknown) for o in outcomes):
        outside = all(isinstance(o.value, (External, Made, Unknown)) for o in outcomes)
        return _handed_body(resolver, call, frame) if outside else None
    return _shaped(resolver, call, frame) or _handed_body(resolver, call, frame)


def _handed_method(resolver: Resolver, call: f.Call, frame: Frame) -> Sink | None:
    """The method that spends which a call is given together with what it takes: a thread, an executor, `functools.partial`
    or a gateway of the tree calls it with that."""
    for index, arg in enumerate(call.args):
        if _may_be_handed(arg, call, frame.script):
            rest = tuple(a for i, a in enumerate(call.args) if i > index or (a.name and i != index))
            found = sink(resolver, resolver.keep(f.Call(arg.value, rest, call.at)), frame)
            return replace(found, handed=True) if found is not None else None
    return None


def _opening(resolver: Resolver, spec: CallSpec, call: f.Call, frame: Frame) -> Sink | None:
    """A client that is made with a credential, whatever is asked of it."""
    given = _argument(resolver, spec.credential, call, frame) if spec.credential is not None else None
    if not given or spec.credential is None:
        return None
    label = spec.credential.arg or (spec.credential.path or ("api_key",))[-1]
    return Sink(spec.api, spec.kind, call, frame, (), named(given, label), opens=True)


def _of_its_makers(resolver: Resolver, found: Sink) -> Sink:
    """A call that is given models which a provider made: what they were made with, and with whose key."""
    models: list[Outcome] = []
    tokens: list[Outcome] = []
    given: list[Made] = []
    for outcome in found.models:
        made = outcome.value
        inner = _making(resolver, made) if isinstance(made, Made) else None
        if inner is None or not isinstance(made, Made):
            models.append(outcome)
            continue
        given.append(made)
        models += [Outcome(o.value, (*outcome.trail, *o.trail)) for o in inner.models]
        tokens += inner.tokens
    if not given:
        return found
    distinct = tuple(dict.fromkeys(models)), tuple(dict.fromkeys(tokens))
    return replace(found, models=distinct[0], tokens=distinct[1], given=tuple(given))


def _making(resolver: Resolver, made: Made) -> Sink | None:
    """What a call that made a model would be as a sink of its own; None for any other call."""
    if not _is_maker(made.name):
        return None
    for outcome in resolver.evaluate(made.call.func, made.frame):
        value = outcome.value
        spec = catalogue().call(value.name) if isinstance(value, (External, Made)) else None
        if spec is not None and spec.makes and isinstance(value, (External, Made)):
            client = value.made if isinstance(value, External) else value
            return _client_call(resolver, spec, client, made.call, made.frame)
    return None


def _is_maker(name: str) -> bool:
    spec = catalogue().call(name.removesuffix("()"))
    return spec is not None and spec.makes


def _chosen_elsewhere(found: Sink) -> bool:
    """Whether the model is an object that another call of the catalogue made: that one is the choice."""
    call = catalogue().call
    made = any(isinstance(o.value, Made) and call(o.value.name.removesuffix("()")) for o in found.models)
    return made and not any(text_of(o.value) is not None for o in found.models)


def _client_call(resolver: Resolver, spec: CallSpec, made: Made | None, call: f.Call, frame: Frame) -> Sink:
    client = made
    url = _given(resolver, spec.base_url, client, call, frame)
    where = client.frame if client is not None else frame
    proxied = bool(url) or (
        spec.base_url is not None and bool(environment.defines(resolver, where.context, spec.base_url.env))
    )
    models = _model(resolver, spec.model, call, frame)
    given = _given(resolver, spec.credential, client, call, frame)
    ambient = _ambient(spec.credential, models) if spec.credential is not None and given is None else ()
    return Sink(
        api=spec.api,
        kind=spec.kind,
        call=call,
        frame=frame,
        models=models,
        tokens=_credentials(_token(resolver, spec, client, call, frame, ambient)),
        proxied=proxied or spec.api.startswith("litellm."),
        makes=spec.makes,
        ambient=ambient,
    )


def _ambient(credential: Argument, models: Outcomes) -> tuple[str, ...]:
    """What a credential that is not given comes from: settings of the library, then variables by their names."""
    texts = [t for o in models if (t := text_of(o.value)) is not None] if credential.by_provider else []
    providers = [identify(t).provider or identify(t.replace(":", "/", 1)).provider or "" for t in texts]
    keys = [key for p in dict.fromkeys(providers) if (key := catalogue().providers.get(p)) is not None]
    return (*credential.set, *keys, *credential.variables)


def _model(resolver: Resolver, argument: Argument, call: f.Call, frame: Frame) -> Outcomes:
    found = _argument(resolver, argument, call, frame)
    last = argument.path[-1] if argument.path else argument.arg
    label = f"{_place(frame)}{called_name(call) or 'call'}{f'.{last}' if last else ''}"
    if not found and argument.implied and not any(a.name in ("*", "**") for a in call.args):
        why = f"what `{called_name(call)}` takes where no model is given"
        step = Step("literal", frame.path, *call.at, name=label, certainty="likely", why=why, value=argument.implied)
        return (Outcome(Const(argument.implied), (step,)),)
    if not found:
        return unknown("no model argument is seen")
    return read_where_taken(resolver, named(found, label), argument, call, frame)


def _argument(resolver: Resolver, argument: Argument, call: f.Call, frame: Frame) -> Outcomes | None:
    """What a call is given for an argument under any of its names; None where it is not given.

    Where an argument goes by position alone, its other names are those of the last step of its path.
    """
    found = _plain_argument(resolver, argument, call, frame)
    return found or _argument(resolver, argument.orelse, call, frame) if argument.orelse is not None else found


def _plain_argument(resolver: Resolver, argument: Argument, call: f.Call, frame: Frame) -> Outcomes | None:
    written = {a.name for a in call.args}
    # A name that is written out counts before what a `**` may hold.
    plain = next((n for n in argument.names if n and n in written), None) if not argument.path else None
    if plain is not None:
        return resolver.calls.argument(call, frame, plain)
    found = resolver.calls.argument(call, frame, argument.arg, argument.position)
    for other in argument.also if found is None and argument.arg else ():
        found = found if found is not None else resolver.calls.argument(call, frame, other)
    if not argument.path or found is None:
        return found
    for path in (argument.path, *argument.else_paths):
        inside = found
        for key in path[:-1]:
            inside = tuple(o for base in inside for o in _option(resolver, base, key))
        for key in (path[-1], *(argument.also if not argument.arg else ())):
            last = tuple(o for base in inside for o in _option(resolver, base, key))
            if last:
                return last
    return None


def _option(resolver: Resolver, base: Outcome, key: str) -> Outcomes:
    """An entry of an object of options, or (`*`) all of its elements; in JavaScript a library's class may hold the object
    (`new Configuration({ apiKey })`)."""
    value = base.value
    if key == "*":
        return elements(resolver, base) or ()
    if isinstance(value, Made) and value.frame.script:
        given = resolver.calls.argument(value.call, value.frame, "", 0) or ()
        return tuple(o for inner in given if isinstance(inner.value, Mapping) for o in entry(resolver, inner, key))
    return entry(resolver, base, key)


def _place(frame: Frame) -> str:
    return f"{frame.scope.name}." if frame.scope.name not in ("", "<main>") else ""


def _given(
    resolver: Resolver, argument: Argument | None, client: Made | None, call: f.Call, frame: Frame
) -> Outcomes | None:
    """What a client (or, for a plain function, the call itself) is given for an argument."""
    if argument is None or not (argument.arg or argument.path or argument.position is not None):
        return None
    if client is not None:
        return _argument(resolver, argument, client.call, client.frame)
    return _argument(resolver, argument, call, frame)


def _token(
    resolver: Resolver, spec: CallSpec, client: Made | None, call: f.Call, frame: Frame, ambient: tuple[str, ...]
) -> Outcomes:
    """The credential: what the client is given, else what its library reads from the environment by itself."""
    if spec.credential is None:
        return ()
    given = _given(resolver, spec.credential, client, call, frame)
    if given is not None:
        return named(given, spec.credential.arg or (spec.credential.path or ("key",))[-1])
    at, where = (client.call.at, client.frame) if client is not None else (call.at, frame)
    for name in ambient:
        found = environment.variable(resolver, name, where, at, None) if name not in catalogue().settings else ()
        defined = tuple(o for o in found if not (o.trail and o.trail[-1].role == "undefined"))
        if defined:
            # The library looks it up: no code of the tree reads it.
            return tuple(Outcome(o.value, tuple(s for s in o.trail if not _is_at(s, where, at))) for o in defined)
    return ()


def _credentials(found: Outcomes) -> Outcomes:
    """Without what holds no credential: a scheme with nothing after it, of `Bearer ${process.env.KEY ?? ""}`."""
    return tuple(o for o in found if not _is_blank(o))


def _is_blank(outcome: Outcome) -> bool:
    text = text_of(outcome.value)
    blank = text is not None and text.strip().lower() in ("bearer", "token", "basic")
    return blank and all(step.kind != "define" for step in outcome.trail)


def _is_at(step: Step, frame: Frame, at: f.Span) -> bool:
    return (step.kind, step.path, step.line, step.column) == ("read", frame.path, *at)


# -- requests ----------------------------------------------------------------------------------------------------------


def _request(resolver: Resolver, spec: HttpSpec, made: Made | None, call: f.Call, frame: Frame) -> Sink | None:
    """A raw HTTP request, where its URL ends in a known endpoint."""
    if spec.name.endswith("()"):
        return None  # a Request is made here and sent elsewhere
    sent, where, made_by = call, frame, spec
    for outcome in resolver.calls.argument(call, frame, spec.url.arg, spec.url.position) or ():
        request = catalogue().http.get(outcome.value.name) if isinstance(outcome.value, Made) else None
        if request is not None and isinstance(outcome.value, Made):
            sent, where, made_by = outcome.value.call, outcome.value.frame, request
    bodies = [
        b for argument in (*made_by.json, *made_by.text) for b in _argument(resolver, argument, sent, where) or ()
    ]
    urls = _argument(resolver, made_by.url, sent, where) or ()
    ends = (e for o in urls for e in catalogue().endpoints if _ends(o, e.path))
    endpoint = next((e for e in ends if all(_has(resolver, bodies, (key,)) for key in e.body)), None)
    url = _url(sent, made_by.url)
    named_there = addresses.addressed(resolver, url, where) if url is not None else None
    known = endpoint is not None or named_there is not None
    if not known and not (_has(resolver, bodies, ("model",)) and _has(resolver, bodies, _CONTENT)):
        return None
    models = tuple(o for body in bodies for o in _in_body(resolver, body)) or (
        named_there.models if named_there else ()
    )
    api, kind = (endpoint.api, endpoint.kind) if endpoint else ("request", "chat")
    if named_there is not None:
        api, kind = named_there.api, named_there.kind
    tokens = _request_token(resolver, made_by, sent, where, made)
    if not tokens and url is not None:
        tokens = addresses.key_in(resolver, url, where)
    return Sink(
        api=api,
        kind=kind,
        call=call,
        frame=frame,
        models=named(models, f"{_place(frame)}{called_name(call)}.model")
        or unknown("no model is seen in the request's body"),
        tokens=named(_credentials(tokens), "Authorization"),
        proxied=True,
        certainty="certain" if known else "likely",
        why="" if known else "recognised by what it sends: what answers there is not known",
    )


def _url(call: f.Call, argument: Argument) -> f.Expr | None:
    """The address of a request as written."""
    plain = [a.value for a in call.args if a.name == ""]
    named_url = next((a.value for a in call.args if a.name and a.name == argument.arg), None)
    place = argument.position
    return named_url or (plain[place] if place is not None and place < len(plain) else None)


def _request_token(resolver: Resolver, spec: HttpSpec, call: f.Call, frame: Frame, client: Made | None) -> Outcomes:
    """The credential in a request's headers or query, else in the headers of the session that sends it."""
    headers = _argument(resolver, spec.headers, call, frame) or ()
    query = resolver.calls.argument(call, frame, "params") or ()
    found = [o for h in headers for name in _AUTHORIZATION for o in entry(resolver, h, name)]
    found += [o for q in query for name in _QUERY for o in entry(resolver, q, name)]
    if found or client is None:
        return tuple(found)
    if frame.script:
        of_client = _argument(resolver, _CLIENT_HEADERS, client.call, client.frame) or ()
        return tuple(o for h in of_client for name in _AUTHORIZATION for o in entry(resolver, h, name))
    given = resolver.calls.argument(client.call, client.frame, "headers") or ()
    given += _session_headers(resolver, client)
    return tuple(o for h in given for name in _AUTHORIZATION for o in entry(resolver, h, name))


def _session_headers(resolver: Resolver, client: Made) -> Outcomes:
    """The headers that a session is given where it is made: `session.headers.update({…})`, `session.headers = {…}`."""
    found: list[Outcome] = []
    scope = client.frame.scope

    def of_client(expr: f.Expr) -> bool:
        on_headers = isinstance(expr, f.Get) and getattr(expr.key, "value", "") == "headers"
        base = expr.base if on_headers and isinstance(expr, f.Get) else None
        return base is not None and any(
            isinstance(o.value, Made) and o.value.call is client.call for o in resolver.evaluate(base, client.frame)
        )

    for call in scope.calls:
        if called_name(call) == "update" and isinstance(call.func, f.Get) and call.args and of_client(call.func.base):
            found += resolver.evaluate(call.args[0].value, client.frame)
    for store in scope.stores:
        if of_client(store.base) and isinstance(store.key, f.Lit):
            item = f.Item(store.key, store.value, store.at)
            found.append(Outcome(Mapping(resolver.keep(f.Rec((item,), store.at)), client.frame)))
        elif isinstance(store.key, f.Lit) and store.key.value == "headers":
            found += resolver.evaluate(store.value, client.frame)
    return tuple(found)


_CLIENT_HEADERS = Argument(position=0, path=("headers",))
"""The headers of all requests of a client: `axios.create({headers})`."""


def _has(resolver: Resolver, bodies: list[Outcome], keys: Iterable[str]) -> bool:
    """Whether one of some bodies is known to have one of these keys."""
    known = [b for b in bodies if isinstance(b.value, (Mapping, Merged))]
    return any(entry(resolver, body, key) for body in known for key in keys)


def _ends(outcome: Outcome, path: str) -> bool:
    value = outcome.value
    text = value.tail if isinstance(value, Pieces) else text_of(value)
    return text is not None and text.split("?", 1)[0].rstrip("/").endswith(path)


# -- by shape ----------------------------------------------------------------------------------------------------------


def _shaped(resolver: Resolver, call: f.Call, frame: Frame) -> Sink | None:
    """A method chain that only a model client has (`….chat.completions.create(model=…)`), of a client of unknown origin."""
    chain = _chain(call.func)
    for spec in catalogue().shapes:
        if chain[-len(spec.shape) :] != spec.shape or len(chain) < len(spec.shape):
            continue
        if not all(any(a.name == wanted for a in call.args) for wanted in (spec.shape_args or (spec.model.arg,))):
            continue
        models = _model(resolver, spec.model, call, frame)
        why = "recognised by its shape: where the client comes from is not known"
        return Sink(spec.api, spec.kind, call, frame, models, (), proxied=True, certainty="likely", why=why)
    return None


def _handed_body(resolver: Resolver, call: f.Call, frame: Frame) -> Sink | None:
    """A function from outside the tree that is called like a request and handed the body of one."""
    body = next((a.value for a in call.args if _is_body(a.value, frame.scope)), None)
    name = called_name(call)
    if body is None or not _REQUESTS.search(name):
        return None
    found = tuple(o for base in resolver.evaluate(body, frame) for o in _in_body(resolver, base))
    why = f"recognised by what `{name}` is given: where it sends it is not known"
    models = named(found, f"{_place(frame)}{name}.model")
    return (
        Sink("request", "chat", call, frame, models, (), proxied=True, certainty="likely", why=why) if found else None
    )


def _in_body(resolver: Resolver, body: Outcome) -> Outcomes:
    """The model that a request's body names; a literal of the code is read where it is put in."""
    found = entry(resolver, body, "model")
    value = body.value
    items = value.rec.items if isinstance(value, Mapping) and value.frame.format == "code" else ()
    item = next((i for i in reversed(items) if isinstance(i.key, f.Lit) and i.key.value == "model"), None)
    return read_at(found, item.at, value.frame) if item is not None and isinstance(value, Mapping) else found


def _chain(expr: f.Expr) -> tuple[str, ...]:
    names: list[str] = []
    while isinstance(expr, f.Get) and expr.attr and isinstance(expr.key, f.Lit):
        names.append(str(expr.key.value))
        expr = expr.base
    return tuple(reversed(names))
