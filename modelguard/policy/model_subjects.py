"""What there is to judge about models in use, and about the consumers that use them: catalogue, prices and usage."""

from __future__ import annotations

import fnmatch
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from modelguard.budget.ledger import Ledger, Need, judge
from modelguard.catalog.identity import ModelIdentity, identify, looks_like_model
from modelguard.catalog.lifecycle import lifecycle_of
from modelguard.cost.prices import Prices, Unpriced
from modelguard.graph.diff import models_of, reached
from modelguard.graph.model import Consumer, Field, Graph
from modelguard.graph.query import Index
from modelguard.policy.findings import Subject
from modelguard.policy.settings import Quota, Settings
from modelguard.policy.subjects import serving, who
from modelguard.usage.rollup import Rollup, Row, match_consumers


@dataclass(frozen=True)
class World:
    """What is known beside the graph: prices, usage, the ledger, the configuration, and the day."""

    graph: Graph
    on: date
    prices: Prices
    settings: Settings
    rollup: Rollup | None = None
    ledger: Ledger | None = None


def rows_by_consumer(world: World) -> dict[str, list[Row]]:
    """The rollup's rows by consumer id."""
    if world.rollup is None:
        return {}
    consumers = [n for n in world.graph.nodes if isinstance(n, Consumer)]
    aliases = world.settings.aliases
    pairs = [(c.name, (*c.aliases, *aliases.get(c.name, ()))) for c in consumers]
    names = match_consumers(sorted({r.consumer for r in world.rollup.rows}), pairs)
    found: dict[str, list[Row]] = defaultdict(list)
    for row in world.rollup.rows:
        name = names.get(row.consumer, ("", ""))[0]
        for consumer in consumers:
            if consumer.name == name and (consumer.account is None or row.account in (None, consumer.account)):
                found[consumer.id].append(row)
    return dict(found)


def model_subjects(world: World, index: Index, rows: Mapping[str, Sequence[Row]]) -> Iterator[Subject]:
    """Each model that consumers reach, by the field where a person would edit it; then the consumers."""
    through: dict[tuple[str, str], list[Consumer]] = defaultdict(list)
    ways = reached(world.graph)
    for (consumer, root), models in ways.items():
        node = index.nodes[consumer]
        assert isinstance(node, Consumer)
        for raw in models:
            through[root, raw].append(node)
    for (root, raw), consumers in sorted(through.items(), key=lambda e: e[0]):
        field = index.nodes[root]
        assert isinstance(field, Field)
        yield _model(world, field, raw, sorted(consumers, key=lambda c: (c.name, c.id)), rows)
    by_consumer: dict[str, set[str]] = defaultdict(set)
    for (consumer, _), models in ways.items():
        by_consumer[consumer] |= models
    spare = _stand_ins(index)
    for node in world.graph.nodes:
        if isinstance(node, Consumer) and (node.id in by_consumer or node.id in rows):
            yield _consumer(world, node, by_consumer.get(node.id, set()), spare.get(node.id, ()), rows.get(node.id, ()))


def _model(
    world: World, field: Field, raw: str, consumers: Sequence[Consumer], rows: Mapping[str, Sequence[Row]]
) -> Subject:
    model = identify(raw)
    life = lifecycle_of(model)
    facts: dict[str, Any] = {
        "name": model.name,
        "raw": raw,
        "provider": model.provider,
        "region": model.region,
        "known": model.known or model.name in world.prices.overrides,
        "aliased": not model.provider and not looks_like_model(raw),
        "priced": not isinstance(world.prices.price_of(model, world.on), Unpriced),
        "floating": "latest" in raw.lower().replace(":", "-").replace("@", "-").split("-"),
        "deprecated": life.retires is not None or _deprecated(model),
        "retires": life.retires.isoformat() if life.retires else "",
        # A name for a literal that a call is given ends with the argument it is given as.
        "hard_coded": field.path.endswith((".py", ".ts", ".tsx", ".js", ".jsx", ".mjs")) and _is_argument(field.name),
        **who(consumers),
    }
    if life.retires is not None:
        facts["days_left"] = (life.retires - world.on).days
    used = [r for c in consumers for r in rows.get(c.id, ()) if identify(r.model).name == model.name]
    facts |= _sizes(life.context, used)
    facts |= _peak(world.settings.quotas, model, consumers, used)
    key = f"{field.id}:{raw}"
    names = tuple(c.name for c in consumers)
    return Subject("model", key, facts, field.path, field.line, field.column, names, field.id)


def _is_argument(name: str) -> bool:
    return "." in name and name.rsplit(".", 1)[-1].lower() in (
        "model",
        "modelid",
        "model_id",
        "model_name",
        "deployment",
    )


def _deprecated(model: ModelIdentity) -> bool:
    """What genai-prices says, where LiteLLM's map names no day."""
    from genai_prices.data import providers

    found = next((p for p in providers if p.id == model.provider), None)
    return found is not None and any(m.deprecated and m.id == model.name for m in found.models)


def _sizes(context: int | None, used: Sequence[Row]) -> dict[str, Any]:
    """The context window, and a measured call's mean input: what is billed with what the prompt cache held."""
    calls = sum(r.calls or 0 for r in used if r.tokens_in is not None)
    if context is None or not calls:
        return {"context_known": False}
    parts = ("tokens_in", "cache_read_tokens", "cache_write_tokens")
    tokens = sum(getattr(r, part) or 0 for r in used if r.tokens_in is not None for part in parts)
    return {"context_known": True, "context": context, "tokens_in": tokens / calls}


def _peak(
    quotas: Sequence[Quota], model: ModelIdentity, consumers: Sequence[Consumer], used: Sequence[Row]
) -> dict[str, Any]:
    """The busiest hour's mean minute against the first quota that fits; tokens by the day's mean a call."""
    accounts = {c.account for c in consumers}
    quota = next((q for q in quotas if _fits(q, model, accounts)), None)
    by_hour: dict[tuple[str, int], list[float]] = defaultdict(lambda: [0.0, 0.0])
    for row in used:
        if row.hours is None or row.hours.calls is None:
            continue
        each = ((row.tokens_in or 0) + (row.tokens_out or 0)) / row.calls if row.calls else 0.0
        for hour, calls in enumerate(row.hours.calls):
            by_hour[row.day, hour][0] += calls
            by_hour[row.day, hour][1] += calls * each
    if quota is None or not by_hour:
        return {"quota_known": False}
    if quota.requests_per_minute is not None:
        peak = max(v[0] for v in by_hour.values()) / 60
        return {"quota_known": True, "quota": quota.requests_per_minute, "peak": peak, "quota_unit": "requests"}
    if quota.tokens_per_minute is not None:
        peak = max(v[1] for v in by_hour.values()) / 60
        return {"quota_known": True, "quota": quota.tokens_per_minute, "peak": peak, "quota_unit": "tokens"}
    return {"quota_known": False}


def _fits(quota: Quota, model: ModelIdentity, accounts: set[str | None]) -> bool:
    return (
        fnmatch.fnmatchcase(model.name, quota.model.lower())
        and (quota.account is None or quota.account in accounts)
        and (quota.region is None or quota.region == model.region)
    )


# -- consumers ---------------------------------------------------------------------------------------------------------


def _stand_ins(index: Index) -> dict[str, tuple[str, ...]]:
    """Consumer id to the raw models of routes that a gateway stands in with where another fails."""
    found: dict[str, set[str]] = defaultdict(set)
    for node in index.graph.nodes:
        if isinstance(node, Field) and node.role == "route":
            for reader in index.readers(node.id):
                if reader.edge.dormant and "stands in for" in reader.edge.why:
                    found[reader.consumer.id] |= models_of(index, node.id)
    return {consumer: tuple(sorted(models)) for consumer, models in found.items()}


def _consumer(world: World, node: Consumer, models: set[str], spare: Sequence[str], rows: Sequence[Row]) -> Subject:
    names = sorted({identify(m).name for m in models})
    spares = sorted({identify(m).name for m in spare} - set(names))
    lacking = [] if world.ledger is None else [n for n in spares if _lacks(world.ledger, node, n, world.on)]
    facts: dict[str, Any] = {
        "name": node.name,
        "platform": node.platform,
        "account": node.account or "",
        "stage": node.stage or "",
        "instances": node.instances,
        "models": names,
        "fallbacks": spares,
        "fallbacks_unfunded": lacking,
        "serving": serving(node),
        "owner": world.settings.owners.get(node.name) or _ledger_owner(world.ledger, node) or "",
        **_volume(rows),
    }
    return Subject("consumer", node.id, facts, node.path, node.line, None, (node.name,))


def _lacks(ledger: Ledger, node: Consumer, model: str, on: date) -> bool:
    need = Need(node.name, model, None, None, node.aliases, node.account, node.stage)
    return judge(ledger, need, on).verdict == "missing"


def _ledger_owner(ledger: Ledger | None, node: Consumer) -> str | None:
    owners = {a.owner for a in (ledger.allocations if ledger else ()) if a.owner and a.consumer == node.name}
    return owners.pop() if len(owners) == 1 else None


def _volume(rows: Sequence[Row]) -> dict[str, Any]:
    """Requests, cache and money of a mean day, where every row says so."""
    days = len({r.day for r in rows}) or 1
    facts: dict[str, Any] = {"requests_known": False, "cache_known": False, "cached": False, "usd_known": False}
    if not rows:
        return facts
    if all(r.requests is not None for r in rows):
        requests = sum(r.requests or 0 for r in rows)
        facts |= {"requests_known": True, "requests": requests / days}
        if requests and all(r.calls is not None for r in rows):
            facts |= {"cache_known": True, "cached": sum(r.calls or 0 for r in rows) < 0.995 * requests}
    if all(r.cost is not None for r in rows):
        facts |= {"usd_known": True, "usd": float(sum((r.cost or 0) for r in rows)) / days}
    return facts
