"""Units whose parts were worked out by evaluating code: constructs of CDK, services that a program declares."""

from __future__ import annotations

from msgspec.structs import replace

from modelguard.extract import facts as f
from modelguard.extract import managed
from modelguard.link.frames import NOBODY, Frame
from modelguard.link.program import EMPTY, Program
from modelguard.link.resolve import Resolver
from modelguard.link.values import Mapping, Outcome, Outcomes

_MAX_SPREADS = 20
Declared = tuple[str, f.Unit, Frame]
"""A unit with the path that declares it, and the frame its parts are looked up in."""


def written_at(resolver: Resolver, base: Outcome, key: str, depth: int = 0) -> tuple[str, f.Span] | None:
    """Where a mapping's entry is written, in what it takes over from others too; the last one counts."""
    value = base.value
    if not isinstance(value, Mapping) or depth > _MAX_SPREADS:
        return None
    for item in reversed(value.rec.items):
        if item.key is None:
            for inner in resolver.evaluate(item.value, value.frame):
                found = written_at(resolver, inner, key, depth + 1)
                if found is not None:
                    return found
        elif key in resolver.texts(item.key, value.frame):
            return value.frame.path, item.at
    return None


class Parts:
    """The parts of one unit: known outcomes under made-up names, which the unit's expressions are."""

    def __init__(self, resolver: Resolver, path: str, at: f.Span) -> None:
        self._resolver = resolver
        self._at = at
        self.path = path
        self.frame: Frame = resolver.keep(Frame(path, EMPTY, NOBODY, args={}))

    def expr(self, outcomes: Outcomes) -> f.Expr | None:
        """An expression that is these outcomes; None where there are none."""
        if not outcomes:
            return None
        name = f"part.{len(self.frame.names)}"
        self.frame.names[name] = outcomes
        return self._resolver.keep(f.Var(name, self._at))

    def merged(self, layers: list[Outcomes], more: list[f.Item]) -> f.Expr:
        """An environment of several layers, the last one winning, and entries of its own."""
        spread = [f.Item(None, e, self._at) for layer in layers if (e := self.expr(layer)) is not None]
        return self._resolver.keep(f.Rec((*spread, *more), self._at))


def declared_models(
    program: Program,
    resolver: Resolver,
    parts: Parts,
    name: str,
    at: f.Span,
    found: list[tuple[managed.Model, f.Expr, f.Span]],
    stage: str = "",
) -> Declared:
    """A resource that asks a model by itself, with the calls that it makes as a scope of its file."""
    program.add_scope(parts.path, resolver.keep(managed.scope(name, [(m, place) for m, _, place in found])))
    return parts.path, resolver.keep(replace(managed.unit(name, at, found), stage=stage)), parts.frame
