"""Environment look-ups, answered in the environment of the consumer whose entry point reaches them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from modelguard.extract import facts as f
from modelguard.link.access import entry
from modelguard.link.frames import Context, Frame
from modelguard.link.values import Mapping, Outcome, Outcomes, Step, Unknown, named, through, unknown, weaken

if TYPE_CHECKING:
    from modelguard.link.resolve import Resolver


def lookup(resolver: Resolver, key: f.Expr, frame: Frame, at: f.Span, default: f.Expr | None) -> Outcomes:
    """What the variable named by `key` is for whoever runs this frame; `default` is the look-up's own fallback."""
    outcomes: list[Outcome] = []
    for outcome in resolver.evaluate(key, frame):
        name = getattr(outcome.value, "value", None)
        if not isinstance(name, str):
            outcomes.extend(unknown("an environment variable whose name is not known"))
            continue
        outcomes.extend(variable(resolver, name, frame, at, default))
    return tuple(outcomes)


def variable(resolver: Resolver, name: str, frame: Frame, at: f.Span, default: f.Expr | None) -> Outcomes:
    """One variable: what defines it with the read in front, and the fallback as an outcome of its own."""
    read = Step("read", frame.path, *at, name=frame.scope.name)
    defined = defines(resolver, frame.context, name)
    plain = named(resolver.evaluate(default, frame), f"{name}.fallback") if default is not None else ()
    fallback = through(plain, read)
    if defined:
        why = f"only where `{name}` is not set"
        return (*through(defined, read), *weaken(fallback, "possible", why, dormant=True))
    nearest = _dotenv(resolver, name, frame)
    if nearest:
        why = f"only where `{name}` is not set"
        return (*through(nearest, read), *weaken(fallback, "possible", why, dormant=True))
    why = f"`{name}` is defined nowhere in the repository"
    missing = Outcome(Unknown(why, name=name), (read, Step("define", frame.path, *at, name=name, role="undefined")))
    return (missing, *weaken(fallback, "likely", f"the fallback, as {why}"))


def defines(resolver: Resolver, context: Context, name: str) -> Outcomes:
    """What a consumer's own environment says about a variable; nothing where it does not set it."""
    if context.unit is None or context.unit.env is None or context.unit_frame is None:
        return ()
    found: list[Outcome] = []
    for base in resolver.evaluate(context.unit.env, context.unit_frame):
        value = base.value
        if isinstance(value, Mapping) and not value.prefix:
            base = Outcome(Mapping(value.rec, value.frame, context.name), base.trail)  # noqa: PLW2901
        if isinstance(value, Unknown):
            continue
        found.extend(entry(resolver, base, name))
    return tuple(found)


def _dotenv(resolver: Resolver, name: str, frame: Frame) -> Outcomes:
    path = resolver.program.dotenv(frame.path)
    facts = resolver.program.store.facts(path) if path else None
    if path is None or facts is None or not isinstance(facts.document, f.Rec):
        return ()
    document = Outcome(Mapping(facts.document, resolver.program.document_frame(path)))
    return weaken(entry(resolver, document, name), "likely", f"set in {path}, which is taken to be loaded")
