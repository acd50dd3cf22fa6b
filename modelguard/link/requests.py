"""Raw HTTP requests to models: by the end of their address, or by a body that only such a request has."""

from __future__ import annotations

from collections.abc import Iterable

from modelguard.catalog.clients_index import Argument, HttpSpec, catalogue
from modelguard.extract import facts as f
from modelguard.extract.mentions import called_name
from modelguard.link import addresses
from modelguard.link.access import entry
from modelguard.link.frames import Frame
from modelguard.link.given import argument_of, credentials, place
from modelguard.link.resolve import Resolver
from modelguard.link.spending import CONTENT, REQUESTS, Sink, is_body
from modelguard.link.taken import read_at
from modelguard.link.values import Made, Mapping, Merged, Outcome, Outcomes, Pieces, named, text_of, unknown

_AUTHORIZATION = (
    "Authorization", "authorization", "x-api-key", "X-Api-Key", "X-API-Key", "api-key", "Api-Key", "x-goog-api-key",
    "X-goog-api-key",
)  # fmt: skip
_QUERY = ("key", "api_key")


def request_sink(resolver: Resolver, spec: HttpSpec, made: Made | None, call: f.Call, frame: Frame) -> Sink | None:
    """A raw HTTP request, where its URL ends in a known endpoint."""
    if spec.name.endswith("()"):
        return None  # a Request is made here and sent elsewhere
    sent, where, made_by = call, frame, spec
    for outcome in resolver.calls.argument(call, frame, spec.url.arg, spec.url.position) or ():
        request = catalogue().http.get(outcome.value.name) if isinstance(outcome.value, Made) else None
        if request is not None and isinstance(outcome.value, Made):
            sent, where, made_by = outcome.value.call, outcome.value.frame, request
    bodies = [
        b for argument in (*made_by.json, *made_by.text) for b in argument_of(resolver, argument, sent, where) or ()
    ]
    urls = argument_of(resolver, made_by.url, sent, where) or ()
    ends = (e for o in urls for e in catalogue().endpoints if _ends(o, e.path))
    endpoint = next((e for e in ends if all(_has(resolver, bodies, (key,)) for key in e.body)), None)
    url = _url(sent, made_by.url)
    named_there = addresses.addressed(resolver, url, where) if url is not None else None
    known = endpoint is not None or named_there is not None
    if not known and not (_has(resolver, bodies, ("model",)) and _has(resolver, bodies, CONTENT)):
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
        models=named(models, f"{place(frame)}{called_name(call)}.model")
        or unknown("no model is seen in the request's body"),
        tokens=named(credentials(tokens), "Authorization"),
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
    headers = argument_of(resolver, spec.headers, call, frame) or ()
    query = resolver.calls.argument(call, frame, "params") or ()
    found = [o for h in headers for name in _AUTHORIZATION for o in entry(resolver, h, name)]
    found += [o for q in query for name in _QUERY for o in entry(resolver, q, name)]
    if found or client is None:
        return tuple(found)
    if frame.script:
        of_client = argument_of(resolver, _CLIENT_HEADERS, client.call, client.frame) or ()
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


def handed_body(resolver: Resolver, call: f.Call, frame: Frame) -> Sink | None:
    """A function from outside the tree that is called like a request and handed the body of one."""
    body = next((a.value for a in call.args if is_body(a.value, frame.scope)), None)
    name = called_name(call)
    if body is None or not REQUESTS.search(name):
        return None
    found = tuple(o for base in resolver.evaluate(body, frame) for o in _in_body(resolver, base))
    why = f"recognised by what `{name}` is given: where it sends it is not known"
    models = named(found, f"{place(frame)}{name}.model")
    return (
        Sink("request", "chat", call, frame, models, (), proxied=True, certainty="likely", why=why) if found else None
    )


def _in_body(resolver: Resolver, body: Outcome) -> Outcomes:
    """The model that a request's body names; a literal of the code is read where it is put in."""
    found = entry(resolver, body, "model")
    value = body.value
    items = value.rec.items if isinstance(value, Mapping) and value.frame.format == "code" else ()
    item = next((i for i in reversed(items) if isinstance(i.key, f.Lit) and i.key.value == "model"), None)
    if item is None or not isinstance(value, Mapping):
        return found
    return read_at(found, item.value, value.frame, item.at)
