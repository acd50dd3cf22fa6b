"""Loops inside of a stack or construct: `for name in ("ask", "sum"): Function(self, name, …)` makes one construct a turn.

Each turn is an activation of its own, in which the loop's variable is that element; what stands outside of the loop is looked
at in the activation as it is.
"""

from __future__ import annotations

from dataclasses import replace

from modelguard.extract import facts as f
from modelguard.extract.mentions import parts
from modelguard.link.access import STAGED, elements
from modelguard.link.frames import Frame
from modelguard.link.resolve import Resolver
from modelguard.link.values import Outcome, Step

MAX_TURNS = 100


def turns(resolver: Resolver, frame: Frame) -> list[Frame]:
    """The turns of a scope's loop whose elements are known; empty where it has none, or several that are not nested."""
    loops = [e for b in frame.scope.binds for e in parts(b.value) if isinstance(e, f.Each)]
    if not loops or len({e.base.at for e in loops}) != 1:
        return []
    if len(resolver.evaluate(loops[0], frame)) < 2:
        return []  # one stage's turn, which was decided already
    bases = resolver.evaluate(loops[0].base, frame)
    found = elements(resolver, bases[0], keys=loops[0].keys) if len(bases) == 1 else None
    if found is None or not 1 < len(found) <= MAX_TURNS:
        return []
    return [turn for number in range(len(found)) if (turn := _turn(resolver, frame, loops, number)) is not None]


def _turn(resolver: Resolver, frame: Frame, loops: list[f.Each], number: int) -> Frame | None:
    one: Frame = resolver.keep(replace(frame, known={}, given={}, inner={}))
    for loop in loops:
        bases = resolver.evaluate(loop.base, frame)
        found = elements(resolver, bases[0], keys=loop.keys) if len(bases) == 1 else None
        if found is None or number >= len(found):
            return None
        mark = Step("pass", frame.path, *loop.at, role=STAGED)  # what one turn selects is none of the others'
        resolver.settle(loop, one, (Outcome(found[number].value, (mark, *found[number].trail)),))
    return one
