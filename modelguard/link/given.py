"""What a call is given for an argument of the catalogue, under any of its names and inside the objects it lies in."""

from __future__ import annotations

from modelguard.catalog.clients_index import Argument
from modelguard.extract import facts as f
from modelguard.link.access import elements, entry
from modelguard.link.frames import Frame
from modelguard.link.resolve import Resolver
from modelguard.link.values import Made, Mapping, Outcome, Outcomes, text_of


def argument_of(resolver: Resolver, argument: Argument, call: f.Call, frame: Frame) -> Outcomes | None:
    """What a call is given for an argument under any of its names; None where it is not given.

    Where an argument goes by position alone, its other names are those of the last step of its path.
    """
    found = _plain_argument(resolver, argument, call, frame)
    return found or argument_of(resolver, argument.orelse, call, frame) if argument.orelse is not None else found


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
            inside = tuple(o for base in inside for o in option(resolver, base, key))
        for key in (path[-1], *(argument.also if not argument.arg else ())):
            last = tuple(o for base in inside for o in option(resolver, base, key))
            if last:
                return last
    return None


def option(resolver: Resolver, base: Outcome, key: str) -> Outcomes:
    """An entry of an object of options, or (`*`) all of its elements; in JavaScript a library's class may hold the object
    (`new Configuration({ apiKey })`)."""
    value = base.value
    if key == "*":
        return elements(resolver, base) or ()
    if isinstance(value, Made) and value.frame.script:
        given = resolver.calls.argument(value.call, value.frame, "", 0) or ()
        return tuple(o for inner in given if isinstance(inner.value, Mapping) for o in entry(resolver, inner, key))
    return entry(resolver, base, key)


def place(frame: Frame) -> str:
    """What a field that a call of a function names is called by first."""
    return f"{frame.scope.name}." if frame.scope.name not in ("", "<main>") else ""


def client_argument(
    resolver: Resolver, argument: Argument | None, client: Made | None, call: f.Call, frame: Frame
) -> Outcomes | None:
    """What a client (or, for a plain function, the call itself) is given for an argument."""
    if argument is None or not (argument.arg or argument.path or argument.position is not None):
        return None
    if client is not None:
        return argument_of(resolver, argument, client.call, client.frame)
    return argument_of(resolver, argument, call, frame)


def credentials(found: Outcomes) -> Outcomes:
    """Without what holds no credential: a scheme with nothing after it, of `Bearer ${process.env.KEY ?? ""}`."""
    return tuple(o for o in found if not _is_blank(o))


def _is_blank(outcome: Outcome) -> bool:
    text = text_of(outcome.value)
    blank = text is not None and text.strip().lower() in ("bearer", "token", "basic")
    return blank and all(step.kind != "define" for step in outcome.trail)
