"""Where a call takes its model: the line of the argument, or of the entry in the object that it is given.

A value that no configuration lies behind is read there: a call over twenty lines spends in its first one, and says
`model: "gpt-5-mini"` in its last.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from typing import TYPE_CHECKING

from modelguard.catalog.clients_index import Argument
from modelguard.extract import facts as f
from modelguard.link.frames import Frame
from modelguard.link.values import Outcome, Outcomes, Step

if TYPE_CHECKING:
    from modelguard.link.resolve import Resolver

_DEEPEST = 4


def read_where_taken(resolver: Resolver, found: Outcomes, argument: Argument, call: f.Call, frame: Frame) -> Outcomes:
    """What a call is given as its model, read where it stands, if that is another line than the call's; a literal that a
    function of the tree was called with, where it was."""
    found = tuple(_read_where_handed(resolver, o) for o in found)
    written = next(_expressions(argument, call, frame), None)
    in_code = frame.script or frame.python  # and no step of a state machine
    if written is None or written.at[0] == call.at[0] or not in_code:
        return found
    return read_at(found, written, frame)


def read_at(found: Iterable[Outcome], written: f.Expr, frame: Frame, at: f.Span | None = None) -> Outcomes:
    """Values with a read in front where they are written, or at this place, if none is on their way: what takes a value
    itself is a literal, an attribute, or a name that the same function gives a literal. A parameter, or a name for what
    was looked up before, only hands it on."""
    read = Step("read", frame.path, *(at or written.at), name=frame.scope.name)
    start = frame.scope.at[0]

    def taken(outcome: Outcome) -> bool:
        if not outcome.trail or any(step.kind not in ("literal", "pass") for step in outcome.trail):
            return False
        last = outcome.trail[-1]
        return not isinstance(written, f.Var) or (last.path == frame.path and start <= last.line <= written.at[0])

    return tuple(replace(o, trail=(read, *o.trail)) if taken(o) else o for o in found)


def _read_where_handed(resolver: Resolver, outcome: Outcome) -> Outcome:
    literal = outcome.trail[-1] if _is_unread(outcome) and len(outcome.trail) > 1 else None
    if literal is None or (literal.line, literal.column) not in _handed(resolver, literal.path):
        return outcome
    read = Step("read", literal.path, literal.line, literal.column)
    return replace(outcome, trail=(*outcome.trail[:-1], read, literal))


def _handed(resolver: Resolver, path: str) -> frozenset[f.Span]:
    """Where the literals stand that calls in a file of code are given."""
    known = resolver.handed_literals.get(path)
    if known is None:
        calls = (c for scope in resolver.program.scopes(path).values() for c in scope.glance().calls)
        known = frozenset(a.value.at for c in calls for a in c.args if isinstance(a.value, f.Lit))
        resolver.handed_literals[path] = known
    return known


def _is_unread(outcome: Outcome) -> bool:
    return bool(outcome.trail) and all(step.kind in ("literal", "pass") for step in outcome.trail)


def _expressions(argument: Argument | None, call: f.Call, frame: Frame) -> Iterator[f.Expr]:
    """The expressions that an argument may be, as they are written in the scope of the call; the first counts."""
    while argument is not None:
        for start in _given(argument, call):
            for path in (argument.path, *argument.else_paths):
                yield from _inside(start, path, frame, 0)
        for spread in (a.value for a in call.args if a.name == "**"):
            for name in argument.names:
                yield from _inside(spread, (name, *argument.path), frame, 0)
        argument = argument.orelse


def _given(argument: Argument, call: f.Call) -> Iterator[f.Expr]:
    yield from (a.value for a in call.args if a.name and a.name in argument.names)
    plain = [a for a in call.args if a.name in ("", "*")]
    place = argument.position
    if place is not None and place < len(plain) and all(a.name == "" for a in plain[: place + 1]):
        yield plain[place].value


def _inside(expr: f.Expr, path: tuple[str, ...], frame: Frame, depth: int) -> Iterator[f.Expr]:
    """What stands under the keys of a path in an object that is written out, or that a name of the scope was given."""
    if not path:
        yield expr
    elif isinstance(expr, f.Rec):
        for item in reversed(expr.items):
            if isinstance(item.key, f.Lit) and item.key.value == path[0]:
                yield from _inside(item.value, path[1:], frame, depth)
    elif isinstance(expr, f.Var) and depth < _DEEPEST:
        for bind in frame.scope.binds:
            if bind.name == expr.name:
                yield from _inside(bind.value, path, frame, depth + 1)
