"""The graph's values, as deeply frozen records: what `modelguard graph --format json` shows (modelguard.graph/1).

Edges point from the reader to what it reads. Lines and columns start at 1; paths are relative to the analysed
folder, with `/`. Ids are stable while definitions stay where they are named: no line numbers in them, sites apart.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

from modelguard.link.values import Binding, Certainty, Via

ValueSource = Literal["literal", "derived", "unknown"]
EdgeKind = Literal["uses", "holds", "derives", "reads", "calls", "runs", "names"]


__all__ = ["Binding", "Certainty", "Via"]


@dataclass(frozen=True, slots=True)
class Field:
    """A place whose value decides which model is called. `value` is None where it is unknown; `why` then says why."""

    id: str
    name: str
    path: str
    line: int
    column: int
    value: str | None
    value_source: ValueSource
    shared: bool = False
    instances: int = 0
    why: str = ""
    role: str = ""  # "route" for a gateway's route, which is exempt from the sharing rule
    repository: str = ""  # of merged graphs only; paths start with it


@dataclass(frozen=True, slots=True)
class Token:
    """A credential for an LLM provider or proxy. Its value is nowhere in this record."""

    id: str
    name: str
    path: str
    line: int
    column: int
    binding: Binding
    store: str = ""
    shared: bool = False
    instances: int = 0
    holders: int = 0
    why: str = ""
    repository: str = ""  # of merged graphs only; paths start with it


@dataclass(frozen=True, slots=True)
class Site:
    """A place in code that reads a field or token (`read`) or spends (`call`). `name` is the enclosing function."""

    id: str
    role: Literal["read", "call"]
    name: str
    path: str
    line: int
    column: int
    api: str = ""
    repository: str = ""  # of merged graphs only; paths start with it


@dataclass(frozen=True, slots=True)
class Consumer:
    """Something that runs. `instances` counts copies by for_each or count, not replicas."""

    id: str
    name: str
    platform: str
    path: str
    line: int
    instances: int = 1
    account: str | None = None
    stage: str | None = None
    aliases: tuple[str, ...] = ()
    repository: str = ""  # of merged graphs only; paths start with it


@dataclass(frozen=True, slots=True)
class Model:
    """A model by its canonical name. `provider` is genai-prices' provider id ("aws", "anthropic", "openai" …) or ""."""

    id: str
    name: str
    provider: str
    raw: str


Node = Field | Token | Site | Consumer | Model


@dataclass(frozen=True, slots=True)
class Edge:
    """One link with the evidence it rests on, in the order a person would follow it."""

    source: str
    target: str
    kind: EdgeKind
    certainty: Certainty = "certain"
    why: str = ""
    via: Via = ()
    dormant: bool = False  # a fallback that something sets over: it is read, but does not decide today


@dataclass(frozen=True, slots=True)
class Unresolved:
    """A call or value that could not be determined, and the reason. Never a guess.

    `value`: the field that decides is known, what it says is not. `consumers`: those in which it is so, all of them.
    """

    path: str
    line: int
    kind: Literal["model", "token", "entry-point", "value"]
    why: str
    consumers: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Gap:
    """A file that could not be read or parsed; everything else was still analysed."""

    path: str
    why: str


@dataclass(frozen=True, slots=True)
class Coverage:
    """What was looked at: counts of files and calls, and every file that failed with its reason.

    A call is resolved where a field or literal is known to be its model, for each consumer that makes it; what it may be
    besides stands in `unresolved`.
    """

    files: int = 0
    parsed: int = 0
    skipped: tuple[tuple[str, int], ...] = ()
    failed: tuple[Gap, ...] = ()
    calls: int = 0
    calls_resolved: int = 0


@dataclass(frozen=True, slots=True)
class Repository:
    """One of the repositories whose graphs were merged: paths of its nodes start with `name/`."""

    name: str
    commit: str | None = None
    link: str | None = None


@dataclass(frozen=True, slots=True)
class Graph:
    """Everything known about one tree. Nodes and edges are sorted by id, so equal trees give equal graphs."""

    root: str = "."
    commit: str | None = None
    nodes: tuple[Node, ...] = ()
    edges: tuple[Edge, ...] = ()
    unresolved: tuple[Unresolved, ...] = ()
    coverage: Coverage = field(default_factory=Coverage)
    link: str | None = (
        None  # the forge's page of a line: https://… with {commit}, {path} and {line}, where its remote says
    )
    repositories: tuple[Repository, ...] = ()  # of a merged graph
