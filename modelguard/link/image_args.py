"""Arguments of an image's build that become its variables: `ENV MODEL=$MODEL` after `ARG MODEL`."""

from __future__ import annotations

from modelguard.extract import facts as f
from modelguard.link.access import element_keys, entry
from modelguard.link.declared import Parts
from modelguard.link.frames import Frame
from modelguard.link.resolve import Resolver
from modelguard.link.values import Outcome, Outcomes, text_of

Named = tuple[tuple[str, str], ...]
"""Variables of an image, each with the argument that it is the value of."""


def named(resolver: Resolver, stage: Outcome) -> Named:
    """The variables of a Dockerfile's stage that are arguments of its build."""
    found = []
    for base in entry(resolver, stage, "of_args"):
        for key in element_keys(resolver, base) or ():
            name = text_of(key.value) or ""
            found += [(name, text) for o in entry(resolver, base, name) if (text := text_of(o.value)) is not None]
    return tuple(found)


def given(
    resolver: Resolver, path: str, env: f.Expr, frame: Frame, of_args: Named, args: Outcomes
) -> tuple[f.Expr, Frame]:
    """An image's variables with what its build is given, and the frame in which they are looked up."""
    parts = Parts(resolver, path, env.at)
    items = []
    for name, argument in of_args:
        expr = parts.expr(tuple(o for base in args for o in entry(resolver, base, argument)))
        items += [f.Item(f.Lit(name, env.at), expr, env.at)] if expr is not None else []
    return parts.merged([resolver.evaluate(env, frame)], items), parts.frame
