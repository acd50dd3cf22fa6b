"""What there is to judge in one tree: fields, tokens, models, calls, what is unresolved and what could not be read."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator, Sequence
from typing import Any

from modelguard.graph.model import Consumer, Field, Graph, Site, Token
from modelguard.graph.query import Index, Reader
from modelguard.policy.findings import Subject

_CODE = (".py", ".ts", ".tsx", ".mts", ".cts", ".js", ".jsx", ".mjs", ".cjs")
_ONLINE = (
    "lambda", "kubernetes/deployment", "kubernetes/statefulset", "kubernetes/daemonset", "knative", "ecs", "cloud-run",
    "app-runner", "app-engine", "render", "fly", "cloudflare", "procfile", "langgraph", "vercel", "container-apps",
)  # fmt: skip
_OFFLINE = (
    "step", "airflow", "kubernetes/job", "kubernetes/cronjob", "argo", "kedro", "prefect", "dagster", "metaflow",
    "flyte", "zenml", "sagemaker", "batch", "github-action", "gitlab-ci", "step-functions",
)  # fmt: skip


def serving(consumer: Consumer) -> str:
    """`online` for what answers requests, `offline` for what runs as a job, "" where its platform does not say."""
    platform = consumer.platform.lower()
    if platform.startswith(_OFFLINE):
        return "offline"
    return "online" if platform.startswith(_ONLINE) else ""


def who(consumers: Sequence[Consumer], sure: Sequence[Consumer] | None = None) -> dict[str, Any]:
    """The facts about a group of consumers that several kinds have in common.

    Of accounts, stages and what runs how only those count for which it is more than possible, where `sure` says so.
    """
    sure = consumers if sure is None else sure
    return {
        "users": len(consumers),
        "names": len({c.name for c in consumers}),
        "instances": sum(c.instances for c in consumers),
        "readers": [c.name for c in consumers],
        "platforms": sorted({c.platform for c in consumers}),
        "accounts": sorted({c.account for c in sure if c.account}),
        "stages": sorted({c.stage for c in sure if c.stage}),
        "online": sum(serving(c) == "online" for c in sure),
        "offline": sum(serving(c) == "offline" for c in sure),
    }


def tree_subjects(graph: Graph, index: Index | None = None) -> Iterator[Subject]:
    """Fields, tokens, calls, what is unresolved and gaps of one tree."""
    index = index or Index(graph)
    yield from _fields(index)
    for node in graph.nodes:
        if isinstance(node, Token):
            yield _token(index, node)
        elif isinstance(node, Site) and node.role == "call":
            yield _call(index, node)
    for (path, kind, why), (line, names) in unknowns(graph).items():
        facts = {"kind": kind, "why": why, "path": path, "lost": False, "had": []}
        yield Subject("unresolved", f"{path}:{kind}:{why}", facts, path, line, None, names)
    for gap in graph.coverage.failed:
        gap_facts = {"path": gap.path, "why": gap.why, "was_read": False, "fields": 0}
        yield Subject("gap", gap.path, gap_facts, gap.path)


_OF_CONSUMER = re.compile(r" \(in (.+)\)\Z")


def unknowns(graph: Graph) -> dict[tuple[str, str, str], tuple[int, tuple[str, ...]]]:
    """(path, kind, reason) of what could not be determined to its first line and the consumers that meet it there.

    One reason is one thing to say, however many consumers come by it.
    """
    lines: dict[tuple[str, str, str], int] = {}
    names: dict[tuple[str, str, str], set[str]] = defaultdict(set)
    for left in graph.unresolved:
        found = _OF_CONSUMER.search(left.why) if left.consumers else None
        key = (left.path, left.kind, left.why[: found.start()] if found else left.why)
        lines[key] = min(lines.get(key, left.line), left.line)
        names[key].update(left.consumers)
    return {key: (line, tuple(sorted(names[key]))) for key, line in lines.items()}


# -- fields ------------------------------------------------------------------------------------------------------------


def _fields(index: Index) -> Iterator[Subject]:
    """Fields where a person would edit; what derives from another is that one's matter."""
    fields = [n for n in index.graph.nodes if isinstance(n, Field)]
    read_names: dict[str, list[Field]] = defaultdict(list)
    for node in fields:
        if node.role != "route" and index.readers(node.id):
            read_names[_last(node.name)].append(node)
    for node in fields:
        if not index.targets(node.id, "derives"):
            yield _field(index, node, read_names)


def active(readers: Sequence[Reader]) -> list[Consumer]:
    """The consumers for which a value decides, fallbacks that something sets over left out."""
    return [r.consumer for r in readers if not r.edge.dormant]


def certain_of(readers: Sequence[Reader]) -> list[Consumer]:
    """The consumers for which a value decides, where that is more than possible."""
    return [r.consumer for r in readers if not r.edge.dormant and r.edge.certainty != "possible"]


def _field(index: Index, node: Field, read_names: dict[str, list[Field]]) -> Subject:
    readers = index.readers(node.id)
    users = active(readers)
    sure = certain_of(readers)
    sites = {s for n in index.deriving(node.id) for s in index.sources(n, "reads")}
    held = index.readers(node.id, "holds")
    unread = not readers and not sites and not held
    facts = {
        "name": node.name,
        "path": node.path,
        "value": node.value or "",
        "role": node.role,
        "sites": len(sites),
        "held": len(held),
        "default_for": _default_for(index, node, readers),
        "overrides": _overrides(node, read_names) if unread else "",
        "in_code": node.path.endswith(_CODE),
        "sure": len({c.name for c in sure}),
        **who(users, sure),
    }
    return Subject("field", node.id, facts, node.path, node.line, node.column, tuple(c.name for c in users))


def _default_for(index: Index, node: Field, readers: Sequence[Reader]) -> str:
    """`NAME = VALUE` of the field that is read in the same place and says another model, where this is its fallback."""
    dormant = {r.consumer.id for r in readers if r.edge.dormant}
    if not dormant or node.value is None or len(dormant) < len(readers):
        return ""
    sites = set(index.sources(node.id, "reads"))
    for consumer in sorted(dormant):
        for edge in index.out[consumer]:
            other = index.nodes.get(edge.target)
            if edge.kind != "uses" or edge.dormant or not isinstance(other, Field) or other.id == node.id:
                continue
            if sites & set(index.sources(other.id, "reads")) and other.value not in (None, node.value):
                return f"{other.name} = {other.value}"
    return ""


def _overrides(node: Field, read_names: dict[str, list[Field]]) -> str:
    """A field of the same name in another file of configuration, which consumers do read: this one overrides nothing."""
    if node.role == "route" or node.path.endswith(_CODE):
        return ""
    same = [f for f in read_names.get(_last(node.name), ()) if f.name == node.name and f.path != node.path]
    others = [f for f in same if f.value != node.value and not f.path.endswith(_CODE)]
    return f"{others[0].name} in {others[0].path}" if others else ""


def _last(name: str) -> str:
    return name.removesuffix(".fallback").rsplit(".", 1)[-1].lower()


# -- tokens ------------------------------------------------------------------------------------------------------------

_TESTS = re.compile(
    r"(?:^|/)(?:tests?|testing|__tests__|specs?|fixtures|examples?|samples?|e2e|conftest\.py)(?:/|\Z)|(?:^|/)test_|[._](?:test|spec)\.\w+\Z"
)
_BINDINGS = {
    "deploy-time": "baked at deploy time",
    "literal": "written into the repository",
    "runtime": "fetched while running",
    "unknown": "from nowhere that is known",
}


def _token(index: Index, node: Token) -> Subject:
    users = index.readers(node.id)
    holding = {r.consumer.id: r.consumer for r in (*users, *index.readers(node.id, "holds"))}
    platforms = {c.platform for c in holding.values()}
    accounts = sorted({c.account for c in holding.values() if c.account})
    word = "Lambdas" if platforms == {"lambda"} else "instances"
    master = "master" in node.name.lower() and "key" in node.name.lower()
    facts = {
        "name": node.name,
        "path": node.path,
        "binding": node.binding,
        "binding_words": _BINDINGS[node.binding],
        "store": node.store,
        "holding": len(holding),
        "holders": node.holders,
        "master": master,
        "in_tests": bool(_TESTS.search(node.path)),
        "services": sum(not _is_proxy(r) and not _TESTS.search(r.consumer.path) for r in users),
        "instances_word": f"{word} in {len(accounts)} accounts" if len(accounts) > 1 else word,
        **who([r.consumer for r in users], certain_of(users)),
        "instances": node.instances,
    }
    names = tuple(sorted(c.name for c in holding.values()))
    return Subject("token", node.id, facts, node.path, node.line, node.column, names)


def _is_proxy(reader: Reader) -> bool:
    """Whether it is the LiteLLM proxy that reads its own key."""
    return "LiteLLM proxy" in reader.edge.why


# -- calls -------------------------------------------------------------------------------------------------------------


def _call(index: Index, node: Site) -> Subject:
    runners = sorted(set(index.sources(node.id, "runs")))
    consumers = [c for s in runners if isinstance(c := index.nodes.get(s), Consumer)]
    reached: set[str] = set()
    for read in (node.id, *index.targets(node.id, "calls")):
        for field in index.targets(read, "reads"):
            reached |= {getattr(index.nodes[m], "name", "") for m in index.targets(field, "names")}
    facts = {
        "name": node.name,
        "path": node.path,
        "api": node.api,
        "readers": [c.name for c in consumers],
        "users": len(consumers),
        "models": sorted(reached),
    }
    key = f"call:{node.path}#{node.name}#{node.api}"
    return Subject("call", key, facts, node.path, node.line, node.column, tuple(c.name for c in consumers))
