"""What it takes to change a credential: who has it, where it is handed over and read, in which order to move them.

A plan only; nothing is written, and no value of a credential is known here.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

from modelguard.enforce.keys import alias_of
from modelguard.enforce.policy import Consumer as Labelled
from modelguard.graph.model import Certainty, Consumer, Graph, Site, Token
from modelguard.graph.query import Index, Reader

To = Literal["per-consumer", "per-account", "same"]
Place = tuple[str, int]


@dataclass(frozen=True, slots=True)
class Holder:
    """A consumer that has the credential, and whether it `uses` it. `handed` is the line of its deployment that gives it to
    it, `reads` are lines of its code that read it (none where an image reads it by itself), `calls` where it spends with it.
    """

    consumer: Consumer
    label: str
    uses: bool
    certainty: Certainty
    handed: tuple[Place, ...]
    reads: tuple[Place, ...]
    calls: tuple[Place, ...]


@dataclass(frozen=True, slots=True)
class NewKey:
    """A credential that takes the place of the old one, and whose it is. `alias` as a LiteLLM proxy's key would have it."""

    alias: str
    holders: tuple[Holder, ...]

    @property
    def instances(self) -> int:
        """How many instances will have it."""
        return sum(h.consumer.instances for h in self.holders)


@dataclass(frozen=True, slots=True)
class Rotation:
    """The plan: new keys in the order in which to hand them out, the fewest instances first; `idle` never read theirs."""

    token: Token
    to: To
    keys: tuple[NewKey, ...]
    idle: tuple[Holder, ...] = ()

    @property
    def holders(self) -> tuple[Holder, ...]:
        """Everybody who has the old one."""
        return (*(h for key in self.keys for h in key.holders), *self.idle)

    @property
    def deployments(self) -> int:
        """How many instances must be deployed again for a new value, as it is now."""
        return 0 if self.token.binding == "runtime" else sum(h.consumer.instances for h in self.holders)


def rotation(graph: Graph, token: Token, to: To) -> Rotation:
    """The plan for a token of a graph."""
    index = Index(graph)
    found = {r.consumer.id: _holder(index, r, uses=False) for r in index.readers(token.id, "holds")}
    found |= {r.consumer.id: _holder(index, r, uses=True) for r in index.readers(token.id)}
    holders = sorted(found.values(), key=lambda h: h.label)
    groups: dict[str, list[Holder]] = {}
    for holder in (h for h in holders if h.uses):
        groups.setdefault(_key_of(holder, to, token), []).append(holder)
    keys = sorted((NewKey(alias, tuple(mine)) for alias, mine in groups.items()), key=lambda k: (k.instances, k.alias))
    return Rotation(token, to, tuple(keys), tuple(h for h in holders if not h.uses))


def _key_of(holder: Holder, to: To, token: Token) -> str:
    if to == "per-consumer":
        return alias_of(holder.label)
    if to == "per-account":
        return alias_of(holder.consumer.account or holder.consumer.stage or "no-account")
    return token.name


def _holder(index: Index, reader: Reader, *, uses: bool) -> Holder:
    consumer, via = reader.consumer, reader.edge.via
    tokens = {*index.deriving(reader.through), reader.through}
    read = {_place(index.nodes[s]) for t in tokens for s in index.sources(t, "reads")}
    sites = [index.nodes[s] for s in index.targets(consumer.id, "runs")]
    calls = {_place(s) for s in sites if isinstance(s, Site) and s.role == "call"}
    label = Labelled(consumer.name, consumer.account, consumer.stage).label
    return Holder(
        consumer,
        label,
        uses,
        reader.edge.certainty,
        _handed(via, read | calls, consumer),
        tuple(sorted({place for place in via if place in read})),
        tuple(place for place in via if place in calls),
    )


def _handed(via: Sequence[Place], code: set[Place], consumer: Consumer) -> tuple[Place, ...]:
    """Where a consumer is given it: the last line of its deployment before its code, by the way that the value takes."""
    ends = next((n for n, place in enumerate(via) if place in code), len(via))
    before = [place for place in via[:ends] if place != (consumer.path, consumer.line)]
    return tuple(before[-1:])


def _place(node: object) -> Place:
    return (str(getattr(node, "path", "")), int(getattr(node, "line", 0)))


def as_document(plan: Rotation) -> dict[str, Any]:
    """The plan (modelguard.rotate/1), ready for json.dumps."""
    return {
        "schema": "modelguard.rotate/1",
        "token": plan.token.id,
        "name": plan.token.name,
        "binding": plan.token.binding,
        "to": plan.to,
        "deployments": plan.deployments,
        "keys": [{"alias": key.alias, "holders": [_holder_document(h) for h in key.holders]} for key in plan.keys],
        "idle": [_holder_document(h) for h in plan.idle],
    }


def _holder_document(holder: Holder) -> dict[str, Any]:
    return {
        "consumer": holder.label,
        "instances": holder.consumer.instances,
        "uses": holder.uses,
        "certainty": holder.certainty,
        "handed": [list(p) for p in holder.handed],
        "reads": [list(p) for p in holder.reads],
        "calls": [list(p) for p in holder.calls],
    }
