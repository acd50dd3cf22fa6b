"""What a frame was found to lead to, and which other activations of its function must then lead to the same.

A function that is called in a thousand places has a thousand frames. What those lead to can differ only by what they
were seen to ask of their arguments (`Frame.consulted`), by whose method they are (`Resolver.ask`), and by which
functions above them may not be entered again (`Frame.refused`). Where all of that is equal, one of them is enough.
"""

from __future__ import annotations

import itertools
from collections.abc import Hashable, Iterable
from dataclasses import dataclass, replace
from typing import Literal

from modelguard.link.frames import Frame, Refused
from modelguard.link.resolve import Resolver
from modelguard.link.values import (
    Bound,
    Certainty,
    Const,
    Credential,
    Elements,
    External,
    Function,
    Instance,
    Listing,
    Made,
    Mapping,
    Merged,
    Outcome,
    Outcomes,
    Pieces,
    Unknown,
    Value,
)

Likeness = Literal["loose", "exact", "traced"]
"""What counts where two activations are compared: the classes of objects; what they are made with; where all comes from."""
_SURE: tuple[Certainty, ...] = ("possible", "likely", "certain")
MAX_PATTERNS = 8
"""Most ways in which one function is known to depend on its arguments; beyond it each activation is followed."""
_CALLS = 2
"""How many of the calls that led to where an object is made tell it apart."""
_DEEPEST = 4
_LONG = 40
"""A longer text with blanks in it is the name of nothing."""


@dataclass(frozen=True, eq=False)
class Leads:
    """What following a frame to the end came to: the functions it hands to others to call later, the frames on the way
    whose scopes import something when they run, the activations above it whose functions were not entered again, and
    whether anything of it is `fruitful`: spends, or may be read."""

    frame: Frame
    handed: tuple[Function, ...]
    importing: tuple[Frame, ...]
    refused: tuple[Refused, ...]
    fruitful: bool = False


class Explored:
    """The frames that were followed to the end. One instance serves all who are only asked whether they spend; whoever
    is visited for all that it reaches has its own.

    Objects are told apart by where they are made and the last calls that led there, not by all of them: else functions
    that call each other have no end of different activations. Where something fruitful depends on them, by all, and
    values by where they come from too: what else could be found would say the same of the same consumer.
    """

    def __init__(self, resolver: Resolver) -> None:
        self._resolver = resolver
        self._leads: dict[int, Leads] = {}
        self._barren: set[int] = set()
        self._patterns: dict[Hashable, list[tuple[tuple[str, ...], Likeness]]] = {}
        self._equal: dict[Hashable, dict[int, Leads]] = {}

    def leads(self, frame: Frame) -> Leads | None:
        """What this very frame leads to, where that is known."""
        return self._leads.get(id(frame))

    def equal(self, frame: Frame) -> Iterable[Leads]:
        """What activations of the same function that can't differ lead to; where `leads` knows nothing of one of them,
        what it reaches is known only to whoever visited it."""
        if frame.caller is None or frame.args is None:
            return ()
        function = _function(frame)
        found: list[Leads] = []
        for names, like in self._patterns.get(function, ()):
            found += self._equal.get((function, names, like, self._given(frame, names, like)), {}).values()
        return found

    def same(self, frame: Frame, other: Frame) -> bool:
        """Whether an activation can't differ from another one of its function that was followed to the end."""
        names = tuple(sorted(other.consulted or ()))
        like = self._asked(other, names)
        return frame.outer is other.outer and self._given(frame, names, like) == self._given(other, names, like)

    def finished(
        self, frame: Frame, handed: tuple[Function, ...], children: Iterable[Frame], fruitful: bool = False
    ) -> None:
        """A frame and all that it leads to were visited, but for what is being followed still further up. It is
        fruitful by itself, or by what it leads to."""
        below = [self._leads.get(id(child)) for child in children]
        known = [leads for leads in below if leads is not None]
        refused = tuple((frame.refused or {}).values())
        if len(known) < len(below):
            self._remember(Leads(frame, (), (), refused))
            return
        importing = {id(frame.scope): frame} if frame.scope.imports or frame.scope.lists_modules else {}
        for leads in known:
            importing.update({id(other.scope): other for other in leads.importing})
        handed = (*handed, *(function for one in known for function in one.handed))
        fruitful = fruitful or any(leads.fruitful for leads in known)
        self._concluded(Leads(frame, handed, tuple(importing.values()), refused, fruitful))

    def goes_for(self, known: Leads, frame: Frame) -> None:
        """A frame was left out, as another one that was followed to the end goes for it."""
        if not known.refused and id(known.frame) in self._leads:
            self._leads.setdefault(id(frame), replace(known, frame=self._resolver.keep(frame)))

    def barren(self, frames: Iterable[Frame]) -> None:
        """Everything that these frames reach was visited, with what it imports and hands on, and nothing spends."""
        for frame in frames:
            self._barren.add(id(frame))
            if id(frame) not in self._leads:
                self._concluded(Leads(frame, (), (), tuple((frame.refused or {}).values())))

    def is_barren(self, frame: Frame) -> bool:
        """Whether nothing spends of all that a frame reaches."""
        return id(frame) in self._barren

    def _concluded(self, leads: Leads) -> None:
        self._leads[id(leads.frame)] = leads
        self._remember(leads)

    def _remember(self, leads: Leads) -> None:
        frame = self._resolver.keep(leads.frame)
        if frame.caller is None or frame.args is None or frame.too_deep:
            return
        function = _function(frame)
        patterns = self._patterns.setdefault(function, [])
        names = tuple(sorted(frame.consulted or ()))
        like = "traced" if leads.fruitful else self._asked(frame, names)
        if (names, like) not in patterns:
            if len(patterns) >= MAX_PATTERNS:
                return
            patterns.append((names, like))
        key = (function, names, like, self._given(frame, names, like))
        # The key holds ids of parts of these, which may be forgotten everywhere else.
        self._resolver.keep([self._argument(frame, name) for name in names])
        self._equal.setdefault(key, {})[id(frame)] = leads

    # -- arguments -------------------------------------------------------------------------------------------------

    def _given(self, frame: Frame, names: tuple[str, ...], like: Likeness) -> Hashable:
        """What a frame's arguments of these names are, as far as it matters."""
        kinds: list[Hashable] = [self._kind(frame.bound, like, 0) if frame.bound is not None else None]
        for name in names:
            outcomes = self._argument(frame, name)
            if outcomes is None:
                call = frame.caller[1] if frame.caller is not None else None
                kinds.append(("absent", any(a.name in ("*", "**") for a in call.args) if call is not None else False))
            else:
                kinds.append(self._kinds(outcomes, like, 0))
        return tuple(kinds)

    def _argument(self, frame: Frame, name: str) -> Outcomes | None:
        given = frame.args.get(name) if frame.args is not None else None
        if given is None:
            return None
        if given.expr is None or given.frame is None:
            return given.known
        return self._resolver.evaluate(given.expr, given.frame)

    def _asked(self, frame: Frame, names: tuple[str, ...]) -> Likeness:
        """How an activation must be like this one: whether anything asked what one of its objects was made with."""
        values = [frame.bound] if frame.bound is not None else []
        values += [o.value for name in names for o in self._argument(frame, name) or ()]
        return "exact" if any(self._was_asked(value, 0) for value in values) else "loose"

    def _was_asked(self, value: Value, depth: int) -> bool:
        if isinstance(value, Instance):
            return self._resolver.was_asked(value)
        if isinstance(value, Elements) and depth < _DEEPEST:
            return any(self._was_asked(o.value, depth + 1) for o in value.items)
        if isinstance(value, Function) and value.bound is not None:
            return self._was_asked(value.bound, depth + 1)
        return isinstance(value, Bound) and self._was_asked(value.base.value, depth + 1)

    def _kinds(self, outcomes: Outcomes, like: Likeness, depth: int) -> Hashable:
        traced = like == "traced"
        return frozenset((self._kind(o.value, like, depth), _origin(o) if traced else None) for o in outcomes)

    def _kind(self, value: Value, like: Likeness, depth: int) -> Hashable:
        """Equal for values of which nothing that was asked can differ."""
        if isinstance(value, Const):
            return "text" if _is_prose(value.value) else (type(value.value), value.value)
        if isinstance(value, (Unknown, Credential)):
            return type(value).__name__
        if isinstance(value, Pieces):
            return "text" if any(_is_prose(part) for part in value.parts) else value.parts
        if isinstance(value, Instance):
            of_class = id(value.cls.scope), id(value.cls.frame)
            made = id(value.call), self._place(value.frame, like), id(value.source)
            return of_class if like == "loose" else (*of_class, *made)
        if isinstance(value, Function):
            bound = self._kind(value.bound, like, depth + 1) if value.bound is not None else None
            partial = (id(value.partial[0]), self._place(value.partial[1], like)) if value.partial is not None else None
            return id(value.scope), self._place(value.frame, like), bound, partial
        if isinstance(value, External):
            return value.name, id(value.made) if value.made is not None else None
        if isinstance(value, Made):
            return value.name, id(value.call), self._place(value.frame, like)
        if isinstance(value, Bound):
            return value.name, self._kind(value.base.value, like, depth + 1) if depth < _DEEPEST else id(value)
        if isinstance(value, Elements) and depth < _DEEPEST:
            items = tuple(self._kind(o.value, like, depth + 1) for o in value.items)
            return value.keys, items, tuple(map(len, value.places))
        if isinstance(value, Mapping):
            return ("nothing",) if not value.rec.items else (id(value.rec), self._place(value.frame, like))
        if isinstance(value, Listing):
            return id(value.seq), self._place(value.frame, like)
        if isinstance(value, Merged) and depth < _DEEPEST:
            return tuple(self._kind(part, like, depth + 1) for part in value.parts)
        return id(self._resolver.keep(value)) if isinstance(value, (Elements, Merged)) else _whole(value)

    def _place(self, frame: Frame | None, like: Likeness) -> Hashable:
        """Which activation a value belongs to."""
        if frame is None or frame.caller is None or like == "traced":
            return id(frame)
        calls = [other.caller[1] for other in itertools.islice(frame.stack(), _CALLS) if other.caller is not None]
        return id(frame.scope), id(frame.outer), *map(id, calls)


def _whole(value: Value) -> Hashable:
    """Classes by identity, as equal ones are made again; paths, files and modules as they are."""
    scope = getattr(value, "scope", None)
    return (id(scope), id(getattr(value, "frame", None))) if scope is not None else value


def _origin(outcome: Outcome) -> Hashable:
    """Where a value comes from, and how sure that is; the calls that it only travelled through don't count."""
    steps = outcome.trail
    doubt = min((s.certainty for s in steps), key=_SURE.index, default="certain")
    places = tuple((s.kind, s.path, s.line, s.column) for s in steps if s.kind != "pass")
    return places, doubt, any(s.dormant for s in steps)


def _function(frame: Frame) -> Hashable:
    return id(frame.scope), id(frame.outer)


def _is_prose(text: object) -> bool:
    return isinstance(text, str) and ("\n" in text or (len(text) > _LONG and " " in text))
