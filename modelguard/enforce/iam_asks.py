"""What consumers ask Bedrock for, by the exact id in their code or configuration, and through what."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass

from modelguard.catalog.identity import identify
from modelguard.enforce.policy import Consumer
from modelguard.graph import model as graph
from modelguard.graph.diff import models_of
from modelguard.graph.query import Index

_PROXIED = (
    "openai.",
    "langchain.openai",
    "langchain.litellm_proxy",
    "ai.openai",
    "ai.compatible",
    "ai.gateway",
    "http.",
)
"""Clients that speak OpenAI's protocol: with a Bedrock id they talk to a proxy, whose role calls Bedrock."""


@dataclass(frozen=True, slots=True)
class Ask:
    """One id that a consumer asks for; `api` is the call's, "" where no call was seen."""

    raw: str
    proxied: bool
    api: str = ""


def asks(tree: graph.Graph) -> Mapping[str, tuple[Ask, ...]]:
    """By a consumer's label, all that it asks Bedrock for; fallbacks that something sets over are left out."""
    index = Index(tree)
    found: dict[str, dict[Ask, None]] = defaultdict(dict)
    for edge in tree.edges:
        node = index.nodes.get(edge.source)
        if edge.kind != "uses" or edge.dormant or not isinstance(node, graph.Consumer):
            continue
        label = Consumer(node.name, node.account, node.stage).label
        models = models_of(index, edge.target) or frozenset(
            m for root in index.roots(edge.target) for m in models_of(index, root)
        )
        calls = _apis(index, node.id, edge.target) or ("",)
        for raw in sorted(models):
            if identify(raw).provider == "aws":
                found[label] |= {Ask(raw, api.startswith(_PROXIED), api): None for api in calls}
    return {label: tuple(sorted(mine, key=lambda a: (a.raw, a.proxied, a.api))) for label, mine in found.items()}


def _apis(index: Index, consumer: str, target: str) -> tuple[str, ...]:
    """The APIs of the consumer's calls that the field's value flows into, itself or through the definition it is read from."""
    fields = {target, *index.deriving(target), *index.roots(target)}
    found = set()
    for site in index.targets(consumer, "runs"):
        call = index.nodes.get(site)
        if not isinstance(call, graph.Site) or call.role != "call":
            continue
        reads = {*index.targets(site, "reads")}
        for read in index.targets(site, "calls"):
            reads |= {*index.targets(read, "reads")}
        if reads & fields:
            found.add(call.api)
    return tuple(sorted(found))
