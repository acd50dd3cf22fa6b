"""Ledger, graph, keys and the proxy's configuration compiled into the policy that the guard enforces.

A consumer is what the graph says runs, and whom the ledger names without a glob. It may call what its allocations
cover, by every name of the proxy that leads there; a model without a price is in no list of what is allowed.
"""

from __future__ import annotations

import fnmatch
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Literal, cast

from modelguard.budget import ledger as budget
from modelguard.budget.enforced import Grace as Switch
from modelguard.catalog.identity import identify
from modelguard.cost.apart import apart_of
from modelguard.cost.prices import Price as CostPrice
from modelguard.cost.prices import Prices
from modelguard.enforce.fingerprint import KeyEntry
from modelguard.enforce.policy import (
    Allocation,
    Allowed,
    BreakGlass,
    Cap,
    Consumer,
    Deciding,
    Grace,
    Key,
    Name,
    Period,
    Policy,
    Refresh,
    versioned,
)
from modelguard.enforce.priced import Model, Price, Service, Tier
from modelguard.enforce.proxy_config import ProxyConfig, names_of
from modelguard.graph import model as graph

Kinds = tuple[tuple[str, Decimal], ...]


@dataclass(frozen=True, slots=True)
class Note:
    """Something that whoever compiles should know: who will be refused, what could not be read."""

    kind: Literal["refused", "unpriced", "no-key", "unknown-model", "unknown-consumer", "partial", "fallback"]
    text: str


@dataclass(frozen=True, slots=True)
class Compiled:
    """The policy, and what to know about it."""

    policy: Policy
    notes: tuple[Note, ...]


def compile_policy(
    ledger: budget.Ledger,
    tree: graph.Graph,
    config: ProxyConfig | None,
    keys: Sequence[KeyEntry],
    prices: Prices,
    on: date,
) -> Compiled:
    """The policy of a day. Prices are those of that day; what has expired by then is kept, and refused by the guard."""
    names = names_of(config) if config is not None else ()
    wanted = [raw for name in names for raw in name.models]
    wanted += [n.raw for n in tree.nodes if isinstance(n, graph.Model)]
    models = tuple(_model(raw, prices, on) for raw in sorted(set(wanted)))
    consumers = tuple(_with_allocations(c, ledger) for c in _consumers(tree, ledger, keys))
    consumers = tuple(_with_keys(c, keys, Counter(x.name for x in consumers)) for c in consumers)
    draft = Policy(
        schema="",
        version="",
        as_of=on,
        mode=ledger.mode,
        ledger=ledger.path,
        proxy=config.path if config else None,
        default=ledger.default,
        names=names,
        models=models,
        consumers=consumers,
        caps=tuple(_cap(c) for c in ledger.caps),
        grace=tuple(_grace(g) for g in ledger.grace),
        admin_keys=tuple(_key(k) for k in keys if k.consumer is None),
        pass_through=config.pass_through if config else (),
    )
    deciding = Deciding(draft)
    asked = _asked(tree, names)
    allowed = {c.label: tuple(_allowed(c, asked, deciding, on)) for c in consumers}
    import msgspec

    full = tuple(msgspec.structs.replace(c, allowed=allowed[c.label]) for c in consumers)
    policy = versioned(msgspec.structs.replace(draft, consumers=full))
    return Compiled(policy, tuple(_notes(policy, tree, config, keys, on)))


def _model(raw: str, prices: Prices, on: date) -> Model:
    identity = identify(raw)
    found = prices.price_of(identity, on)
    if not isinstance(found, CostPrice):
        return Model(raw, identity.name, identity.provider, identity.region, None, found.why)
    apart = apart_of(identity, on, prices)
    return Model(
        raw, identity.name, identity.provider, identity.region, _price(found, apart.kinds), "", apart.uses, apart.units,
        apart.context, apart.most, apart.picture, apart.reads,
    )  # fmt: skip


def _price(found: CostPrice, kinds: Kinds) -> Price:
    """A price with its tiers and services. Batches are charged at the full price, so their discount is left out."""
    tiers = tuple(Tier(above, _flat(tier, _scaled(kinds, found, tier))) for above, tier in found.tiers)
    services = tuple(
        Service(name, _price(at, _scaled(kinds, found, at))) for name, at in found.services if name != "batch"
    )
    import msgspec

    return msgspec.structs.replace(_flat(found, kinds), tiers=tiers, services=services)


def _flat(found: CostPrice, kinds: Kinds) -> Price:
    return Price(
        found.input, found.output, found.cache_read, found.cache_write, found.source, found.cache_write_1h, kinds
    )


def _scaled(kinds: Kinds, base: CostPrice, other: CostPrice) -> Kinds:
    """Kinds of tokens at another tier: as much dearer or cheaper as text of their side is there."""
    into = other.input / base.input if base.input else Decimal(1)
    out = other.output / base.output if base.output else Decimal(1)
    return tuple((kind, price * (out if kind.startswith("output_") else into)) for kind, price in kinds)


# -- consumers -----------------------------------------------------------------------------------------------------------


def _consumers(tree: graph.Graph, ledger: budget.Ledger, keys: Sequence[KeyEntry]) -> list[Consumer]:
    """The graph's consumers, each once by name, account and stage; then those that only the ledger knows, then those that
    only have a key: a glob in the ledger may be theirs, and else the answer is that they have no budget, not who they are."""
    found: dict[str, Consumer] = {}
    for node in tree.nodes:
        if isinstance(node, graph.Consumer):
            entry = Consumer(node.name, node.account, node.stage, node.aliases)
            found.setdefault(entry.label, entry)
    known = [n for c in found.values() for n in (c.name, *c.aliases)]
    for allocation in ledger.allocations:
        name = allocation.consumer
        if not set("*?[") & set(name) and name not in known:
            entry = Consumer(name, _exact(allocation.account), _exact(allocation.stage))
            found.setdefault(entry.label, entry)
    known = [n for c in found.values() for n in (c.name, *c.aliases)]
    for key in keys:
        if key.consumer is not None and key.consumer not in known:
            entry = Consumer(key.consumer, key.account, key.stage)
            found.setdefault(entry.label, entry)
    return [_with_settings(found[key], ledger) for key in sorted(found)]


def _exact(selector: str | None) -> str | None:
    return None if selector is None or set("*?[") & set(selector) else selector


def _fits(consumer: Consumer, pattern: str) -> bool:
    return any(n == pattern or fnmatch.fnmatchcase(n, pattern) for n in (consumer.name, *consumer.aliases))


def _with_settings(consumer: Consumer, ledger: budget.Ledger) -> Consumer:
    """The settings of the last entry that fits: later ones are there to refine."""
    import msgspec

    mine = [s for s in ledger.consumers if _fits(consumer, s.consumer)]
    return msgspec.structs.replace(consumer, grace=mine[-1].grace, cache=mine[-1].cache) if mine else consumer


def _with_allocations(consumer: Consumer, ledger: budget.Ledger) -> Consumer:
    import msgspec

    mine = [a for a in ledger.allocations if _concerns(a, consumer)]
    # The order in which the ledger itself judges: the same line decides at the gate and at run time.
    mine.sort(key=budget.specificity, reverse=True)
    outputs = [s.max_output for s in ledger.consumers if _fits(consumer, s.consumer)]
    general = outputs[-1] if outputs else None
    return msgspec.structs.replace(consumer, allocations=tuple(_allocation(a, general) for a in mine))


def _concerns(allocation: budget.Allocation, consumer: Consumer) -> bool:
    pairs = ((allocation.account, consumer.account), (allocation.stage, consumer.stage))
    return _fits(consumer, allocation.consumer) and all(
        wanted is None or fnmatch.fnmatchcase(have or "", wanted) for wanted, have in pairs
    )


def _allocation(line: budget.Allocation, max_output: int | None) -> Allocation:
    selectors = [line.consumer, line.model, line.account, line.stage, line.provider, line.region]
    glass = line.break_glass
    return Allocation(
        id="/".join(s or "-" for s in selectors).removesuffix("/-/-/-/-"),
        model=line.model,
        limit=line.limit if line.limit is not None else line.per_day,
        per=cast(Period, line.per),
        soft=line.soft,
        first_day=line.first_day,
        expires=line.expires,
        max_output=line.max_output or max_output,
        provider=line.provider,
        region=line.region,
        owner=line.owner,
        line=line.line,
        break_glass=BreakGlass(glass.by, glass.reason, glass.until) if glass is not None else None,
    )


def _with_keys(consumer: Consumer, keys: Sequence[KeyEntry], named: Counter[str]) -> Consumer:
    import msgspec

    mine = [k for k in keys if k.consumer == consumer.name and _selected(k, consumer, named[consumer.name] > 1)]
    return msgspec.structs.replace(consumer, keys=tuple(_key(k) for k in mine))


def _selected(key: KeyEntry, consumer: Consumer, ambiguous: bool) -> bool:
    """A key without selectors is its consumer's only where one consumer has that name."""
    if ambiguous and key.account is None and key.stage is None:
        return False
    pairs = ((key.account, consumer.account), (key.stage, consumer.stage))
    return all(wanted is None or wanted == have for wanted, have in pairs)


def _key(entry: KeyEntry) -> Key:
    return Key(entry.fingerprint, entry.alias, entry.expires)


def _cap(cap: budget.Cap) -> Cap:
    selectors = [cap.owner, cap.consumer, cap.model, cap.account]
    limit = cap.limit if cap.limit is not None else cap.per_day
    return Cap("cap/" + "/".join(s or "-" for s in selectors), limit, cast(Period, cap.per), *selectors)


def _grace(entry: Switch) -> Grace:
    refresh = None
    if entry.per_minute is not None:
        refresh = Refresh(entry.per_minute, entry.calls, entry.usd)
    key = f"{entry.consumer}/{entry.old}/{entry.new}/{entry.starts}"
    return Grace(
        key,
        entry.consumer,
        entry.old,
        entry.new,
        entry.starts,
        entry.ends,
        refresh,
        entry.kinds,
        entry.at_end,
        entry.names,
    )


# -- what is allowed ---------------------------------------------------------------------------------------------------


def _asked(tree: graph.Graph, names: Iterable[Name]) -> list[str]:
    """The names that somebody may ask for: the configuration's own, and what the code says where a wildcard serves it."""
    own = [n.name for n in names if n.kind != "wildcard"]
    said = {n.raw for n in tree.nodes if isinstance(n, graph.Model)}
    return sorted({*own, *said})


def _allowed(consumer: Consumer, asked: Sequence[str], deciding: Deciding, on: date) -> Iterable[Allowed]:
    for name in asked:
        served = deciding.served(name)
        mine = tuple(raw for raw in served if deciding.decide(consumer, raw, on).allowed)
        if mine:
            yield Allowed(name, mine, len(mine) < len(served))


# -- notes -------------------------------------------------------------------------------------------------------------


def _notes(
    policy: Policy, tree: graph.Graph, config: ProxyConfig | None, keys: Sequence[KeyEntry], on: date
) -> Iterable[Note]:
    for deployment in config.unknown if config else ():
        yield Note(
            "unknown-model", f"{deployment.group} is served by {deployment.written}, known only at run time: refused"
        )
    held = {k.fingerprint for c in policy.consumers for k in c.keys}
    known = {n.name for n in tree.nodes if isinstance(n, graph.Consumer)}
    known |= {c.name for c in policy.consumers if c.allocations}
    for key in keys:
        if key.consumer is None:
            continue
        if key.consumer not in known or key.fingerprint not in held:
            what = "unknown" if key.consumer not in known else "its account or stage is no consumer's"
            yield Note("unknown-consumer", f"the key {key.alias or key.fingerprint[:15]} is of {key.consumer}: {what}")
    yield from _refusals(policy, tree, on)
    for consumer in policy.consumers:
        if consumer.allocations and not consumer.keys:
            yield Note("no-key", f"{consumer.label} has an allocation and no key")
        for entry in consumer.allowed:
            if entry.partial:
                yield Note("partial", f"{consumer.label} may ask for {entry.name} but not all that serves it")


def _refusals(policy: Policy, tree: graph.Graph, on: date) -> Iterable[Note]:
    """Whom the guard will refuse what its code asks for."""
    from modelguard.graph.diff import models_of
    from modelguard.graph.query import Index

    deciding, index = Deciding(policy), Index(tree)
    by_label = {c.label: c for c in policy.consumers}
    told: set[tuple[str, str]] = set()
    for edge in tree.edges:
        node = index.nodes.get(edge.source)
        if edge.kind != "uses" or edge.dormant or not isinstance(node, graph.Consumer):
            continue
        consumer = by_label[Consumer(node.name, node.account, node.stage).label]
        for raw in sorted(models_of(index, edge.target)):
            decision = deciding.decide(consumer, raw, on)
            key = (consumer.label, decision.model.name)
            if decision.allowed or key in told:
                continue
            told.add(key)
            kind: Literal["refused", "unpriced"] = "unpriced" if decision.why == "unpriced" else "refused"
            yield Note(kind, f"{consumer.label} asks for {decision.model.name}: {_WHY[decision.why]}")


_WHY = {
    "unallocated": "no allocation, so it will be refused",
    "expired": "its allocation has expired, so it will be refused",
    "unpriced": "no price is known, or it is billed by something else than tokens, so it will be refused",
    "": "",
}


def total_per_day(policy: Policy) -> Decimal:
    """What all allocations of consumers with a key add up to, USD a day."""
    amounts = (a.limit / budget.DAYS[a.per] for c in policy.consumers if c.keys for a in c.allocations)
    return sum(amounts, Decimal(0))
