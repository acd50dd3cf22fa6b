"""The difference between the keys that the ledger gives and those that a proxy has; each comes with the request that ends it.

A request says only what the ledger says: nothing is unblocked, no key of somebody else is touched, and what narrows
comes before what opens.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from types import MappingProxyType
from typing import Any, Literal

from modelguard.enforce.fingerprint import KeyEntry
from modelguard.enforce.keys import CLEARED, NOTHING, ROUTES, Keys, WantedKey, alias_of
from modelguard.enforce.live import LiveKey, LiveKeys

Kind = Literal["create", "update", "block", "orphan", "blocked", "gone", "master-key"]
ORDER: Mapping[str, int] = {kind: n for n, kind in enumerate(("block", "update", "create"))}


@dataclass(frozen=True)
class Change:
    """One difference. `path` and `body` are the request that ends it; without a path a person must.

    `widens`: the live key may do less than the ledger says, and the request gives it that. `excess`: it may do more. Both
    may be, of different things.
    """

    kind: Kind
    consumer: str
    key: str  # alias, or the start of the hash
    what: str
    path: str = ""
    body: Mapping[str, Any] = field(default_factory=lambda: MappingProxyType({}))
    widens: bool = False
    excess: bool = False


def plan(keys: Keys, entries: Sequence[KeyEntry], live: LiveKeys, on: date) -> tuple[Change, ...]:
    """All differences, what narrows first."""
    owners = _owners(keys, entries)
    mine: dict[str, list[LiveKey]] = {}
    found: list[Change] = []
    admins = {e.fingerprint for e in entries if e.consumer is None}
    for key in live.keys:
        owner = _owner(key, owners)
        if owner is not None:
            mine.setdefault(owner, []).append(key)
        elif key.fingerprint not in admins and not key.blocked:
            found.append(Change("orphan", "", _called(key), f"belongs to no consumer, and {_may(key)}", excess=True))
    for wanted in keys.wanted:
        found += _of_consumer(wanted, mine.get(wanted.consumer, []), on)
    for label in keys.without:
        for key in mine.get(label, []):
            if not key.blocked:
                what = f"has no allocation, and its key {_may(key)}"
                found.append(Change("block", label, _called(key), what, "/key/block", {"key": key.hash}, excess=True))
    found += _gone(entries, live)
    if live.master_calls:
        spent = f", ${live.master_spend:,.2f}" if live.master_spend is not None else ""
        what = f"answered {live.master_calls:,} calls in the last 7 days{spent}: it may call everything, as nobody"
        found.append(Change("master-key", "", "master key", what, excess=True))
    return tuple(sorted(found, key=lambda c: (ORDER.get(c.kind, 9), c.widens, c.consumer, c.key)))


def _owners(keys: Keys, entries: Sequence[KeyEntry]) -> dict[str, str]:
    """Whose a key is: by its fingerprint in the file, else by the alias that we give. Values are consumers' labels."""
    labels = [*(w.consumer for w in keys.wanted), *keys.without]
    found = {alias_of(label): label for label in labels}
    for entry in entries:
        if entry.consumer is None:
            continue
        told = ",".join(t for t in (entry.account, entry.stage) if t)
        exact = f"{entry.consumer}@{told}" if told else entry.consumer
        same = [label for label in labels if label == exact] or [x for x in labels if x.split("@")[0] == entry.consumer]
        if len(same) == 1:
            found[entry.fingerprint] = same[0]
    return found


def _owner(key: LiveKey, owners: Mapping[str, str]) -> str | None:
    return owners.get(key.fingerprint) or owners.get(key.alias)


def _of_consumer(wanted: WantedKey, live: Sequence[LiveKey], on: date) -> Iterable[Change]:
    usable = [k for k in live if not k.blocked]
    if not live:
        budget = f"${wanted.max_budget:,.2f} in {wanted.budget_duration}"
        what = f"has no key; it would get one for {', '.join(wanted.models)}, {budget}"
        yield Change("create", wanted.consumer, wanted.alias, what, "/key/generate", wanted.generate(on), widens=True)
    elif not usable:
        what = "its key is blocked, by hand: it stays so"
        yield Change("blocked", wanted.consumer, _called(live[0]), what)
    for key in usable:
        yield from _update(wanted, key, on)


def _update(wanted: WantedKey, key: LiveKey, on: date) -> Iterable[Change]:
    settings = wanted.settings()
    body: dict[str, Any] = {}
    told: list[str] = []
    opens = excess = False
    if key.models != tuple(sorted(wanted.models)):
        body["models"] = settings["models"]
        more, less = _beyond(key.models, wanted.models)
        told += [f"may call {', '.join(more)} without an allocation"] if more else []
        told += [f"may not call {', '.join(less)} yet"] if less else []
        opens, excess = bool(less), bool(more)
    if (key.max_budget, key.budget_duration) != (settings["max_budget"], wanted.budget_duration):
        body |= {k: settings[k] for k in ("max_budget", "budget_duration")}
        told.append(f"has {_budget(key)} instead of ${wanted.max_budget:,.2f} in {wanted.budget_duration}")
        narrows = _budget_narrows(key, wanted)
        opens, excess = opens or not narrows, excess or narrows
    if key.routes != ROUTES:
        body["allowed_routes"] = list(ROUTES)
        told.append(f"may use {'all routes' if not key.routes else ', '.join(key.routes)}")
        excess = excess or not key.routes or bool(set(key.routes) - set(ROUTES))
    if key.more:
        body |= {name: CLEARED[name] for name in key.more}
        told.append(f"has {', '.join(sorted(key.more))} set, which may open other models")
        excess = True
    if wanted.expires is not None and (key.expires is None or key.expires > wanted.expires + timedelta(days=1)):
        body["duration"] = wanted.duration(on)
        told.append(f"expires {key.expires or 'never'} instead of {wanted.expires}")
        excess = True
    if body:
        body = {"key": key.hash, **body}
        yield Change("update", wanted.consumer, _called(key), "; ".join(told), "/key/update", body, opens, excess)


def _beyond(live: Sequence[str], wanted: Sequence[str]) -> tuple[list[str], list[str]]:
    """(what a key may call and should not, what it should and may not)."""
    have, want = set(live) - {NOTHING}, set(wanted) - {NOTHING}
    if not live:
        return ["every model"], []
    return sorted(have - want), sorted(want - have)


def _budget_narrows(key: LiveKey, wanted: WantedKey) -> bool:
    if key.max_budget is None or key.budget_duration is None:
        return key.max_budget is None
    return key.budget_duration == wanted.budget_duration and float(wanted.max_budget) < key.max_budget


def _budget(key: LiveKey) -> str:
    if key.max_budget is None:
        return "no budget"
    return (
        f"${key.max_budget:,.2f} in {key.budget_duration}"
        if key.budget_duration
        else f"${key.max_budget:,.2f} for ever"
    )


def _may(key: LiveKey) -> str:
    models = "may call every model" if not key.models else f"may call {', '.join(key.models[:3])}"
    models += f" and {len(key.models) - 3} more" if len(key.models) > 3 else ""
    return f"{models} ({_budget(key)}, ${key.spend:,.2f} spent)"


def _called(key: LiveKey) -> str:
    return key.alias or f"{key.hash[:12]}…"


def _gone(entries: Sequence[KeyEntry], live: LiveKeys) -> Iterable[Change]:
    known = {k.fingerprint for k in live.keys}
    for entry in entries:
        if entry.consumer is not None and entry.fingerprint not in known:
            name = entry.alias or entry.fingerprint[:19] + "…"
            yield Change("gone", entry.consumer, name, "is in modelguard-keys.yaml, and the proxy does not have it")


def as_document(keys: Keys, changes: Sequence[Change]) -> dict[str, Any]:
    """The plan (modelguard.keys-plan/1), ready for json.dumps: no key is in it, keys are named by their hashes."""
    shown = [
        {
            "kind": c.kind,
            "consumer": c.consumer or None,
            "key": c.key,
            "what": c.what,
            "widens": c.widens,
            "excess": c.excess,
            "request": {"path": c.path, "body": dict(c.body)} if c.path else None,
        }
        for c in changes
    ]
    left_out = [{"consumer": n.consumer, "name": n.name, "why": n.why} for n in keys.left_out]
    return {"schema": "modelguard.keys-plan/1", "changes": shown, "left_out": left_out}
