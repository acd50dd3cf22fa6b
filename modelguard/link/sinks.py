"""Sinks: calls that spend, recognised by what they are called on, and the models and credentials they are given."""

from __future__ import annotations

from dataclasses import replace

from modelguard.catalog.clients_index import Argument, CallSpec, catalogue
from modelguard.catalog.identity import identify
from modelguard.extract import facts as f
from modelguard.extract.mentions import called_name
from modelguard.link import environment
from modelguard.link.frames import Frame
from modelguard.link.given import argument_of, client_argument, credentials, place
from modelguard.link.requests import handed_body, request_sink
from modelguard.link.resolve import Resolver
from modelguard.link.spending import Sink, may_be_handed
from modelguard.link.taken import read_where_taken
from modelguard.link.values import Const, External, Made, Outcome, Outcomes, Step, Unknown, named, text_of, unknown


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
            if spec.where_given and not argument_of(resolver, spec.model, call, frame):
                return None
            if spec.opens:
                return _opening(resolver, spec, call, frame)
            found = _client_call(resolver, spec, made, call, frame)
            found = _of_its_makers(resolver, found)
            return None if _chosen_elsewhere(found) else found
        request = known.http.get(value.name)
        if request is not None:
            return request_sink(resolver, request, value.made if isinstance(value, External) else value, call, frame)
    if outcomes and not all(isinstance(o.value, Unknown) for o in outcomes):
        outside = all(isinstance(o.value, (External, Made, Unknown)) for o in outcomes)
        return handed_body(resolver, call, frame) if outside else None
    return _shaped(resolver, call, frame) or handed_body(resolver, call, frame)


def _handed_method(resolver: Resolver, call: f.Call, frame: Frame) -> Sink | None:
    """The method that spends which a call is given together with what it takes: a thread, an executor, `functools.partial`
    or a gateway of the tree calls it with that."""
    for index, arg in enumerate(call.args):
        if may_be_handed(arg, call, frame.script):
            rest = tuple(a for i, a in enumerate(call.args) if i > index or (a.name and i != index))
            found = sink(resolver, resolver.keep(f.Call(arg.value, rest, call.at)), frame)
            return replace(found, handed=True) if found is not None else None
    return None


def _opening(resolver: Resolver, spec: CallSpec, call: f.Call, frame: Frame) -> Sink | None:
    """A client that is made with a credential, whatever is asked of it."""
    given = argument_of(resolver, spec.credential, call, frame) if spec.credential is not None else None
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
    url = client_argument(resolver, spec.base_url, client, call, frame)
    where = client.frame if client is not None else frame
    proxied = bool(url) or (
        spec.base_url is not None and bool(environment.defines(resolver, where.context, spec.base_url.env))
    )
    models = _model(resolver, spec.model, call, frame)
    given = client_argument(resolver, spec.credential, client, call, frame)
    ambient = _ambient(spec.credential, models) if spec.credential is not None and given is None else ()
    return Sink(
        api=spec.api,
        kind=spec.kind,
        call=call,
        frame=frame,
        models=models,
        tokens=credentials(_token(resolver, spec, client, call, frame, ambient)),
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
    found = argument_of(resolver, argument, call, frame)
    last = argument.path[-1] if argument.path else argument.arg
    label = f"{place(frame)}{called_name(call) or 'call'}{f'.{last}' if last else ''}"
    if not found and argument.implied and not any(a.name in ("*", "**") for a in call.args):
        why = f"what `{called_name(call)}` takes where no model is given"
        step = Step("literal", frame.path, *call.at, name=label, certainty="likely", why=why, value=argument.implied)
        return (Outcome(Const(argument.implied), (step,)),)
    if not found:
        return unknown("no model argument is seen")
    return read_where_taken(resolver, named(found, label), argument, call, frame)


def _token(
    resolver: Resolver, spec: CallSpec, client: Made | None, call: f.Call, frame: Frame, ambient: tuple[str, ...]
) -> Outcomes:
    """The credential: what the client is given, else what its library reads from the environment by itself."""
    if spec.credential is None:
        return ()
    given = client_argument(resolver, spec.credential, client, call, frame)
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


def _is_at(step: Step, frame: Frame, at: f.Span) -> bool:
    return (step.kind, step.path, step.line, step.column) == ("read", frame.path, *at)


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


def _chain(expr: f.Expr) -> tuple[str, ...]:
    names: list[str] = []
    while isinstance(expr, f.Get) and expr.attr and isinstance(expr.key, f.Lit):
        names.append(str(expr.key.value))
        expr = expr.base
    return tuple(reversed(names))
