"""Fields, tokens and sites as they are collected: one node a place, with everything that was seen to be there.

Ids: `field:PATH#NAME`, `token:PATH#NAME`, `consumer:PATH#NAME`, `site:ROLE:PATH:LINE:COLUMN`, `model:RAW`; a second one
of the same name in a file gets `~2`. Only sites carry lines in their ids.
"""

from __future__ import annotations

import posixpath
import re
from collections import defaultdict
from dataclasses import dataclass, field
from typing import Literal

from modelguard.extract.secrets import is_placeholder, is_to_fill
from modelguard.link.values import Binding, Const, Credential, Outcome, Pieces, Step, Unknown, Value, text_of

Place = tuple[str, int, int]
"""(path, line, column)."""


@dataclass
class FieldSeen:
    """A definition or literal that decides a model."""

    place: Place
    names: set[str] = field(default_factory=set)
    values: set[str] = field(default_factory=set)
    whys: set[str] = field(default_factory=set)
    derived: bool = False
    role: str = ""
    id: str = ""

    @property
    def name(self) -> str:
        """The shortest name it goes by, the first of those by the alphabet."""
        return min(self.names, key=lambda n: (n == "", len(n), n)) if self.names else ""

    @property
    def value(self) -> str | None:
        """Its value, where there is one and it is known."""
        return next(iter(self.values)) if len(self.values) == 1 else None


PLACEHOLDER = "placeholder"
"""The store of a token whose value is written in the code and is no secret (`os.getenv("LM_STUDIO_KEY", "lm-studio")`)."""


@dataclass
class TokenSeen:
    """A credential by its reference, with every place it is written at."""

    key: tuple[str, ...]
    name: str
    binding: Binding
    store: str
    places: set[Place] = field(default_factory=set)
    why: str = ""
    id: str = ""

    @property
    def place(self) -> Place:
        """Where a person would look first."""
        return min(self.places)


@dataclass
class SiteSeen:
    """A read or call in code."""

    role: Literal["read", "call"]
    place: Place
    name: str
    api: str = ""

    @property
    def id(self) -> str:
        """The site's id; the only one with a line in it."""
        path, line, column = self.place
        return f"site:{self.role}:{path}:{line}:{column}"


def definitions(trail: tuple[Step, ...]) -> list[Step]:
    """The definitions and literals of a trail, nearest to the use first, each place once."""
    found: dict[Place, Step] = {}
    for step in trail:
        if step.kind in ("define", "literal"):
            found.setdefault(place_of(step), step)
    return list(found.values())


_NAMED = 3
"""Most consumers that are named where something holds for many."""


def listed(names: list[str]) -> str:
    """`a, b, c and 4 more`."""
    more = len(names) - _NAMED
    return ", ".join(names[:_NAMED]) + (f" and {more} more" if more > 0 else "")


def place_of(step: Step) -> Place:
    """Where a step stands."""
    return step.path, step.line, step.column


_IN_ARN = re.compile(r"(?:foundation-model|inference-profile)/([^/]+)\Z")


def said(value: Value) -> str | None:
    """The model that a value names: its text, or the known end of an ARN of which only account or region are not known."""
    text = text_of(value)
    if text is None and isinstance(value, Pieces):
        found = _IN_ARN.search(value.tail)
        return found[1] if found else None
    return text


def credential_of(value: Value) -> Credential | Unknown | None:
    """The credential a value is or contains; a plain literal is one that is written into the repository."""
    if isinstance(value, Pieces):
        return value.secret
    if isinstance(value, Const):
        text = value.value
        if isinstance(text, str) and is_to_fill(text):
            return Unknown("a placeholder that waits to be replaced here", "literal", PLACEHOLDER)
        if not isinstance(text, str) or is_placeholder(text.strip()):
            return None
        return Credential("literal")
    return value if isinstance(value, (Credential, Unknown)) else None


def token_key(outcome: Outcome, root: Step) -> tuple[str, ...] | None:
    """What makes two tokens one: the secret's reference, the literal's digest, or the place of its definition."""
    secret = credential_of(outcome.value)
    if secret is None:
        return None
    if isinstance(secret, Credential) and secret.digest:
        return ("digest", secret.digest)
    if secret.store == "terraform":
        return ("terraform", posixpath.dirname(root.path), secret.name)
    if secret.store and secret.name:
        return (secret.store, secret.name)
    return ("place", root.path, str(root.line), str(root.column), root.name.rsplit(".", 1)[-1])


def assign_ids(kind: str, seen: list[tuple[str, str, Place]]) -> list[str]:
    """Ids for (path, name, place) in order of place; clashes are counted."""
    order = sorted(range(len(seen)), key=lambda i: seen[i][2])
    used: dict[str, int] = defaultdict(int)
    ids = [""] * len(seen)
    for index in order:
        path, name, _ = seen[index]
        base = f"{kind}:{path}#{name}"
        used[base] += 1
        ids[index] = base if used[base] == 1 else f"{base}~{used[base]}"
    return ids
