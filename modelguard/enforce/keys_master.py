"""Who calls with the proxy's master key: such a call is nobody's, and may go to every model."""

from __future__ import annotations

from collections.abc import Iterable

from modelguard.enforce.keys_plan import Change
from modelguard.enforce.policy import Consumer
from modelguard.graph import model as graph
from modelguard.graph.query import Index

NAMES = ("litellm_master_key", "master_key", "proxy_master_key")


def master_users(tree: graph.Graph) -> Iterable[Change]:
    """Consumers whose own calls use a credential that is called like the master key; the proxy itself makes no calls."""
    index = Index(tree)
    told: set[str] = set()
    for node in tree.nodes:
        if not isinstance(node, graph.Token) or not _is_master(node.name):
            continue
        for reader in index.readers(node.id):
            who = reader.consumer
            label = Consumer(who.name, who.account, who.stage).label
            if label in told or not _calls(index, who.id):
                continue
            told.add(label)
            what = f"calls with {node.name} ({node.path}:{node.line}): it may call everything, and nobody sees that it was it"
            yield Change("master-key", label, "master key", what, excess=True)


def _is_master(name: str) -> bool:
    last = name.replace("-", "_").replace("/", ".").lower().rsplit(".", 1)[-1]
    return last.endswith(NAMES)


def _calls(index: Index, consumer: str) -> bool:
    sites = (index.nodes.get(site) for site in index.targets(consumer, "runs"))
    return any(isinstance(site, graph.Site) and site.role == "call" for site in sites)
