"""Programs that ask a model by themselves, as the catalogue describes them: `actions` and `commands` of its files."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Source:
    """Where a program that asks a model by itself takes a value: an option of its command line, the place of a word after
    its name (from 0), an input of an action (an option, or a path of a document, in it) or a variable."""

    options: tuple[str, ...] = ()
    position: int | None = None
    input: str = ""
    path: tuple[str, ...] = ()
    env: str = ""


@dataclass(frozen=True, slots=True)
class Ask:
    """One model that such a program asks: the first source that gives a name decides, else what is `implied`, by the major
    version (`""`: any). `only` says when it is asked at all, where that is not always."""

    sources: tuple[Source, ...]
    implied: Mapping[str, str]
    only: str = ""


@dataclass(frozen=True, slots=True)
class ToolSpec:
    """A program that asks a model by itself: an action, by its repository, or a command, by its first words.

    A command asks only with one of the words `when`, if there are any, and not where one of `unless` comes first. `images`
    are container images that run it with what they are given. Of `credentials`, each that is there may be used.
    """

    names: tuple[str, ...]
    api: str
    kind: str
    asks: tuple[Ask, ...]
    credentials: tuple[Source, ...] = ()
    when: tuple[str, ...] = ()
    unless: tuple[str, ...] = ()
    images: tuple[str, ...] = ()


def _source(data: Mapping[str, Any]) -> Source:
    return Source(
        tuple(data.get("options", ())),
        data.get("position"),
        data.get("input", ""),
        tuple(data.get("path", ())),
        data.get("env", ""),
    )


def _implied(data: str | Mapping[str, str] | None) -> Mapping[str, str]:
    return {"": data} if isinstance(data, str) else data or {}


def tool(data: Mapping[str, Any]) -> ToolSpec:
    """One entry of `actions` or `commands`, which the schema has been checked against."""
    asks = (Ask(tuple(map(_source, a["from"])), _implied(a.get("implied")), a.get("only", "")) for a in data["asks"])
    return ToolSpec(
        tuple(data["names"]),
        data["api"],
        data["kind"],
        tuple(asks),
        tuple(map(_source, data.get("credentials", ()))),
        tuple(data.get("when", ())),
        tuple(data.get("unless", ())),
        tuple(data.get("images", ())),
    )
