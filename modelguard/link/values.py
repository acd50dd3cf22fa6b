"""What an expression may stand for, and the trail of definitions and reads by which it got there.

A value is never guessed: what is not known is Unknown with the reason. Containers stay unevaluated (an expression with
the frame it belongs to) until somebody asks for what is inside.
"""

from __future__ import annotations

import itertools
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from modelguard.extract.facts import Call, Comp, Rec, Scope, Seq
    from modelguard.link.frames import Frame

Certainty = Literal["certain", "likely", "possible"]
Binding = Literal["literal", "deploy-time", "runtime", "unknown"]
Via = tuple[tuple[str, int], ...]
"""Places (path, line) in the order that a person would follow them."""
StepKind = Literal["define", "literal", "read", "pass"]


@dataclass(frozen=True, slots=True)
class Step:
    """One place on the way of a value, nearest to its use first.

    define: a definition in configuration or infrastructure; literal: a value written in code; read: code takes the
    value from one of those; pass: where it only travels on.
    """

    kind: StepKind
    path: str
    line: int
    column: int
    name: str = ""
    certainty: Certainty = "certain"
    why: str = ""
    dormant: bool = False
    role: str = ""
    value: str | None = None
    """The text of a definition or literal at this place, where it is known; a Credential's is never here."""


Trail = tuple[Step, ...]


@dataclass(frozen=True, slots=True)
class Const:
    """A known scalar."""

    value: str | int | float | bool | None


@dataclass(frozen=True, slots=True)
class Pieces:
    """Text of which parts are known; None is a part that is not, for the reason `why`. `secret`: a part that is one."""

    parts: tuple[str | None, ...]
    why: str = ""
    secret: Credential | Unknown | None = None

    @property
    def tail(self) -> str:
        """The known end of the text."""
        known = itertools.takewhile(lambda part: part is not None, reversed(self.parts))
        return "".join(reversed([part or "" for part in known]))


@dataclass(frozen=True, slots=True)
class Credential:
    """A token: where it comes from, never what it is."""

    binding: Binding
    store: str = ""
    name: str = ""
    digest: str = ""


@dataclass(frozen=True, slots=True)
class RepoPath:
    """A path inside the tree, relative to its root."""

    path: str


@dataclass(frozen=True, slots=True)
class FileText:
    """The contents of a file of the tree."""

    path: str


@dataclass(frozen=True, slots=True, eq=False)
class Mapping:
    """A mapping in its frame. `prefix` is the dotted name of its entries where it belongs to a document."""

    rec: Rec
    frame: Frame
    prefix: str = ""


@dataclass(frozen=True, slots=True, eq=False)
class Listing:
    """A sequence or comprehension in its frame."""

    seq: Seq | Comp
    frame: Frame
    prefix: str = ""


@dataclass(frozen=True, slots=True, eq=False)
class Elements:
    """A list whose elements were evaluated: what a template function made, or the rest of a call's arguments.

    `places` has all that may stand at each place, where that is not one item for each.
    """

    items: tuple[Outcome, ...]
    keys: tuple[str, ...] = ()
    places: tuple[Outcomes, ...] = ()


@dataclass(frozen=True, slots=True, eq=False)
class Merged:
    """Several mappings laid over each other; a later one wins."""

    parts: tuple[Value, ...]


@dataclass(frozen=True, slots=True, eq=False)
class Bound:
    """A built-in method of a known value, not yet called: `text.format`, `mapping.get`, `path.read_text`."""

    base: Outcome
    name: str


@dataclass(frozen=True, slots=True, eq=False)
class Function:
    """A function of the tree with the frame it was defined in, bound to `self` where it is a method of an object."""

    path: str
    scope: Scope
    frame: Frame
    bound: Value | None = None
    partial: tuple[Call, Frame] | None = None


@dataclass(frozen=True, slots=True, eq=False)
class Class:
    """A class of the tree."""

    path: str
    scope: Scope
    frame: Frame


@dataclass(frozen=True, slots=True, eq=False)
class Instance:
    """An object of a class of the tree, made by a call, or by filling the class from a mapping."""

    cls: Class
    call: Call | None
    frame: Frame | None
    source: Value | None = None


@dataclass(frozen=True, slots=True)
class Module:
    """A Python module of the tree."""

    path: str


@dataclass(frozen=True, slots=True, eq=False)
class External:
    """Something of a library, by its full name; `made` is the object it belongs to (`openai.OpenAI().chat`)."""

    name: str
    made: Made | None = None


@dataclass(frozen=True, slots=True, eq=False)
class Made:
    """An object that a library's call made: the call is kept, so that its arguments can be looked at."""

    name: str
    call: Call
    frame: Frame


@dataclass(frozen=True, slots=True)
class Unknown:
    """Not known, and why. `binding`, `store` and `name` say where it will come from, were it a credential."""

    why: str
    binding: Binding = "unknown"
    store: str = ""
    name: str = ""


Value = (
    Const
    | Pieces
    | Credential
    | RepoPath
    | FileText
    | Mapping
    | Listing
    | Elements
    | Merged
    | Bound
    | Function
    | Class
    | Instance
    | Module
    | External
    | Made
    | Unknown
)
SCALARS = (Const, Pieces, Credential, Unknown)
"""Values that a definition can have as a field or token."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """One thing an expression may be, with the trail to where it was written."""

    value: Value
    trail: Trail = ()

    def __hash__(self) -> int:
        """By the ends of the trail: going over all of it took a tenth of the time of an analysis."""
        trail = self.trail
        return hash((self.value, len(trail), trail[0].line, trail[-1].line) if trail else self.value)


Outcomes = tuple[Outcome, ...]


def unknown(why: str, trail: Trail = ()) -> Outcomes:
    """A single unknown outcome."""
    return (Outcome(Unknown(why), trail),)


def through(outcomes: Outcomes, step: Step) -> Outcomes:
    """The outcomes with one more place in front; a pass step that stands on the line before adds nothing."""
    if step.kind == "pass":
        return tuple(o if _same_line(o.trail, step) else Outcome(o.value, (step, *o.trail)) for o in outcomes)
    return tuple(Outcome(o.value, (step, *o.trail)) for o in outcomes)


def _same_line(trail: Trail, step: Step) -> bool:
    plain = step.certainty == "certain" and not step.dormant
    return plain and bool(trail) and trail[0].path == step.path and trail[0].line == step.line


def weaken(outcomes: Outcomes, certainty: Certainty, why: str, dormant: bool = False) -> Outcomes:
    """The outcomes with less certainty, for the reason given; it is put on the step nearest to the use."""
    weakened = []
    for outcome in outcomes:
        if outcome.trail:
            s = outcome.trail[0]
            least = certainty if _RANK[certainty] < _RANK[s.certainty] else s.certainty
            # Written out: dataclasses.replace takes three times as long, and this is asked for very often.
            first = Step(s.kind, s.path, s.line, s.column, s.name, least, why, s.dormant or dormant, s.role, s.value)
            outcome = Outcome(outcome.value, (first, *outcome.trail[1:]))  # noqa: PLW2901
        weakened.append(outcome)
    return tuple(weakened)


def named(outcomes: Outcomes, name: str) -> Outcomes:
    """Literals that have no name yet are called by the name they are given here."""
    result = []
    for outcome in outcomes:
        if outcome.trail and outcome.trail[-1].kind == "literal" and not outcome.trail[-1].name:
            s = outcome.trail[-1]
            last = Step(s.kind, s.path, s.line, s.column, name, s.certainty, s.why, s.dormant, s.role, s.value)
            outcome = Outcome(outcome.value, (*outcome.trail[:-1], last))  # noqa: PLW2901
        result.append(outcome)
    return tuple(result)


_RANK: dict[Certainty, int] = {"certain": 2, "likely": 1, "possible": 0}


def weakest(*certainties: Certainty) -> Certainty:
    """The least of several certainties."""
    return min(certainties, key=lambda c: _RANK[c])


def text_of(value: Value) -> str | None:
    """The text a value is, where it is known."""
    if isinstance(value, Const) and isinstance(value.value, str):
        return value.value
    if isinstance(value, Const) and isinstance(value.value, (int, float)) and not isinstance(value.value, bool):
        return str(value.value)
    return value.path if isinstance(value, RepoPath) else None
