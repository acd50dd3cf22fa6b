"""Step Functions state machines (Amazon States Language): tasks that ask Bedrock, as calls of a scope of their own.

Format: https://states-language.net and the "Optimized integrations" of the Step Functions guide. A definition is a file
of its own, or stands in a template. What a state takes from its input (`$.model`, JSONata) is known when it runs.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from modelguard.extract.build import pieces
from modelguard.extract.facts import (
    Arg,
    Bind,
    Call,
    Expr,
    Get,
    Import,
    Item,
    Join,
    Lit,
    Opaque,
    Rec,
    Scope,
    Seq,
    Span,
    Unit,
    Var,
)
from modelguard.extract.yaml_doc import get, items, text

KIND = "states"
PAYLOAD = "payload."
PLATFORM = "step-functions"
_BEDROCK = re.compile(r"arn:aws[\w-]*:states:::(?:aws-sdk:)?(bedrock(?:runtime)?):(\w+)")
_SUBSTITUTION = re.compile(r"\$\{([A-Za-z0-9_.]+)\}")
_MAX_STATES = 2_000


def recognises(document: Expr) -> bool:
    """Whether a document is a state machine: `StartAt`, and `States` of which each has a type."""
    states = get(document, "States")
    return text(get(document, "StartAt")) is not None and isinstance(states, Rec)


def scope(document: Expr, name: str) -> Scope:
    """The calls of a state machine that ask a model."""
    return Scope(name, KIND, document.at, binds=tuple(_payloads(document, 0)), calls=tuple(_calls(document, 0)))


def _states(machine: Expr, depth: int) -> Iterator[Expr]:
    """Every state, those of branches and maps too."""
    states = get(machine, "States")
    for item in states.items[:_MAX_STATES] if isinstance(states, Rec) and depth < 20 else ():
        yield item.value
        inner = (*items(get(item.value, "Branches")), get(item.value, "ItemProcessor"), get(item.value, "Iterator"))
        for machine_ in inner:
            if machine_ is not None:
                yield from _states(machine_, depth + 1)


def _payloads(machine: Expr, depth: int) -> Iterator[Bind]:
    """What tasks hand to Lambda functions, under the name by which the definition refers to the function."""
    for state in _states(machine, depth):
        resource, given = get(state, "Resource"), get(state, "Parameters") or get(state, "Arguments")
        invoked = (text(resource) or "").startswith("arn:aws:states:::lambda:invoke")
        function = get(given, "FunctionName") if invoked else resource
        payload = get(given, "Payload") if invoked else given
        match = _SUBSTITUTION.search(text(function) or "")
        base = function.base if isinstance(function, Get) else function
        name = match[1] if match else base.name if isinstance(base, Var) else ""
        if name and isinstance(payload, Rec):
            entries = []
            for item in payload.items:
                key = str(getattr(item.key, "value", ""))
                value = Opaque("taken from the state's input", item.at) if key.endswith(".$") else value_of(item.value)
                entries.append(Item(Lit(key.removesuffix(".$"), item.at), value, item.at))
            yield Bind(f"{PAYLOAD}{name}", Rec(tuple(entries), payload.at), payload.at)


def _calls(machine: Expr, depth: int) -> Iterator[Call]:
    for state in _states(machine, depth):
        match = _BEDROCK.match(text(get(state, "Resource")) or "")
        if match is not None:
            yield _task(state, match[2], get(state, "Resource") or state)


def _task(state: Expr, action: str, resource: Expr) -> Call:
    """`invokeModel` and the like: named as boto3's methods of the Bedrock runtime, with their parameters."""
    given = get(state, "Parameters") or get(state, "Arguments")
    args = []
    for item in given.items if isinstance(given, Rec) else ():
        key = str(item.key.value) if isinstance(item.key, Lit) else ""
        value = Opaque("taken from the state's input", item.at) if key.endswith(".$") else value_of(item.value)
        args.append(Arg(key.removesuffix(".$"), value))
    service = Import("states", "bedrock", 0, resource.at)
    return Call(Get(service, Lit(action, resource.at), resource.at, True), tuple(args), resource.at)


def value_of(value: Expr) -> Expr:
    """A parameter: JSONata is worked out when it runs, `${Name}` is put in when the state machine is deployed."""
    written = text(value)
    if written is None:
        return value
    if written.startswith("{%"):
        return Opaque("worked out from the state's input", value.at)
    if "${" not in written:
        return value
    parts = pieces(written, _SUBSTITUTION, lambda m: substituted(m[1], value.at), value.at)
    return parts[0] if len(parts) == 1 else Join(tuple(parts), value.at)


def substituted(name: str, at: Span) -> Expr:
    """What is put in under a name when the state machine is deployed."""
    return Get(Import("os", "environ", 0, at), Lit(name, at), at)


def unit(name: str, at: Span, definition: Expr, substitutions: Expr | None = None) -> Unit:
    """A state machine as something that runs: `definition` names its scope in this file, or the file that it is in."""
    env = substitutions if isinstance(substitutions, Rec) else Rec((), at)
    return Unit(name, PLATFORM, at, env=env, command=Seq((definition,), at))
