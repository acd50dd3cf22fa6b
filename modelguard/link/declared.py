"""Units whose parts were worked out by evaluating code: constructs of CDK, services that a program declares."""

from __future__ import annotations

from modelguard.extract import facts as f
from modelguard.link.frames import Frame
from modelguard.link.program import EMPTY, NOBODY
from modelguard.link.resolve import Resolver
from modelguard.link.values import Outcomes

Declared = tuple[str, f.Unit, Frame]
"""A unit with the path that declares it, and the frame its parts are looked up in."""


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
