"""The policy file (modelguard.enforce/1): everything that the proxy's guard decides by, as deeply frozen records.

It is made by `modelguard enforce litellm` (compile.py) from the ledger, the graph and the proxy's configuration, and
holds no secret: keys are fingerprints (fingerprint.py). Amounts are USD as decimal strings, prices USD per million
tokens, dates ISO, periods in UTC. `decide` is the one place that says what a consumer may call.
"""

from __future__ import annotations

import fnmatch
import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from functools import lru_cache
from typing import Any, Literal

import msgspec

from modelguard.catalog.identity import identify
from modelguard.enforce.priced import Model, Record
from modelguard.errors import InputError

SCHEMA = "modelguard.enforce/1"
MAX_BYTES = 32 * 1024 * 1024
MAX_DECIDED = 16_384
Mode = Literal["enforce", "shadow"]
Period = Literal["day", "week", "month"]


class Name(Record, frozen=True):
    """A name that clients may ask for. `models` are the raw names it is served by (`*` as in a wildcard route);
    `fallbacks` the names that the proxy's own configuration goes on to where it fails."""

    name: str
    kind: Literal["group", "alias", "wildcard", "raw", "id"]
    models: tuple[str, ...]
    fallbacks: tuple[str, ...] = ()


class Key(Record, frozen=True):
    """A key by its fingerprint (`sha256:` and 64 hex digits of the key's bytes)."""

    fingerprint: str
    alias: str = ""
    expires: date | None = None


class BreakGlass(Record, frozen=True):
    """Why an allocation is there against the rule: who opened it, for what; it ends with `until` (included)."""

    by: str
    reason: str
    until: date


class Allocation(Record, frozen=True):
    """One line of the ledger as it holds for one consumer. `model` is a canonical name or glob; `limit` USD per `per`.

    `id` is the same while what it selects is the same; spending is kept under it. `soft` is USD per period from which
    answers carry a warning; `first_day` what the first UTC day of use may cost; `max_output` the tokens of output that
    are put into a request that names no limit.
    """

    id: str
    model: str
    limit: Decimal
    per: Period
    soft: Decimal | None = None
    first_day: Decimal | None = None
    expires: date | None = None
    max_output: int | None = None
    provider: str | None = None
    region: str | None = None
    owner: str | None = None
    line: int | None = None
    break_glass: BreakGlass | None = None


class Allowed(Record, frozen=True):
    """A name that a consumer may ask for, for people and for the proxy's own keys: what serves it then.

    `partial` names are also served by models that this consumer may not call; the guard takes those away, keys in the
    proxy's database can't, so they must not list such a name.
    """

    name: str
    models: tuple[str, ...]
    partial: bool = False


class Consumer(Record, frozen=True):
    """Who calls. `allocations` are in order, the most specific first: the first that fits and has not expired counts."""

    name: str
    account: str | None = None
    stage: str | None = None
    aliases: tuple[str, ...] = ()
    keys: tuple[Key, ...] = ()
    allocations: tuple[Allocation, ...] = ()
    allowed: tuple[Allowed, ...] = ()
    grace: Literal["allow", "never"] = "allow"
    cache: Literal["shared", "own"] = "shared"

    @property
    def label(self) -> str:
        """Its name, with account and stage where it has them; unique in a policy."""
        told = ",".join(t for t in (self.account, self.stage) if t)
        return f"{self.name}@{told}" if told else self.name


class Cap(Record, frozen=True):
    """A ceiling over the allocations of many: USD per period; None selects everything."""

    id: str
    limit: Decimal
    per: Period
    owner: str | None = None
    consumer: str | None = None
    model: str | None = None
    account: str | None = None


class Refresh(Record, frozen=True):
    """How fast the cache is warmed in the background: calls in all, calls a minute, USD in all; None is no limit."""

    per_minute: int
    calls: int | None = None
    usd: Decimal | None = None


class Grace(Record, frozen=True):
    """A switch of models during which old answers may be served: seconds since the epoch, `ends` not included.

    `consumer`, `old` and `new` are globs of consumers and canonical model names. `at_end`: what happens where the
    cache is not warm by then: `stop`, or `extend` (once, by half the window). `names`: further names of the old model.
    """

    id: str
    consumer: str
    old: str
    new: str
    starts: int
    ends: int
    refresh: Refresh | None = None
    kinds: tuple[str, ...] = ("chat", "messages", "responses", "completions")
    at_end: Literal["stop", "extend"] = "stop"
    names: tuple[str, ...] = ()


class Policy(Record, frozen=True):
    """The whole file. `version` names its content: 16 hex digits of its SHA-256."""

    schema: str
    version: str
    as_of: date
    mode: Mode = "enforce"
    ledger: str | None = None
    proxy: str | None = None
    default: Decimal = Decimal(0)
    names: tuple[Name, ...] = ()
    models: tuple[Model, ...] = ()
    consumers: tuple[Consumer, ...] = ()
    caps: tuple[Cap, ...] = ()
    grace: tuple[Grace, ...] = ()
    admin_keys: tuple[Key, ...] = ()
    pass_through: tuple[str, ...] = ()


# -- the file ----------------------------------------------------------------------------------------------------------


def as_document(policy: Policy) -> dict[str, Any]:
    """The policy as it is written, with the version that its content has."""
    document = _plain(msgspec.structs.replace(policy, schema=SCHEMA, version=""))
    return {"schema": SCHEMA, "version": _digest(document), **{k: v for k, v in document.items() if k not in _HEAD}}


_HEAD = ("schema", "version")


def _plain(policy: Policy) -> dict[str, Any]:
    found: dict[str, Any] = msgspec.to_builtins(policy, builtin_types=())
    return found


def _digest(document: Mapping[str, Any]) -> str:
    text = json.dumps({k: v for k, v in document.items() if k != "version"}, sort_keys=True, ensure_ascii=False)
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def versioned(policy: Policy) -> Policy:
    """The same policy with `version` set to what its content gives."""
    return msgspec.structs.replace(policy, schema=SCHEMA, version=as_document(policy)["version"])


def read_policy(data: bytes, path: str) -> Policy:
    """The policy in a file's bytes. Raises InputError for anything but a whole, unaltered policy of this format.

    A file that was cut short or edited by hand does not have the version that it claims, and is refused.
    """
    if len(data) > MAX_BYTES:
        raise InputError(f"larger than {MAX_BYTES // 1024 // 1024} MiB", path=path)
    try:
        document = json.loads(data)
        if isinstance(document, dict) and document.get("schema") != SCHEMA:
            raise InputError(f"this is no policy of the format {SCHEMA}", path=path)
        policy = msgspec.convert(document, Policy, strict=False)
    except (ValueError, RecursionError, msgspec.ValidationError) as error:
        why = str(error) if isinstance(error, msgspec.ValidationError) else "not JSON"
        raise InputError(f"not a policy: {why}", path=path) from error
    if as_document(policy)["version"] != policy.version:
        raise InputError(
            "its content does not fit its version: cut short or edited",
            path=path,
            hint="Run modelguard enforce litellm.",
        )
    _unique_keys(policy, path)
    return policy


def _unique_keys(policy: Policy, path: str) -> None:
    owners: dict[str, str] = {}
    for who, keys in [("the administrator", policy.admin_keys), *((c.label, c.keys) for c in policy.consumers)]:
        for key in keys:
            if owners.setdefault(key.fingerprint, who) != who:
                raise InputError(f"one key for two: {owners[key.fingerprint]} and {who}", path=path)


# -- deciding ----------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Decision:
    """Whether a consumer may call a model. `why` is a word for machines: "unallocated", "expired", "unpriced"."""

    model: Model
    allocation: Allocation | None = None
    why: Literal["", "unallocated", "expired", "unpriced"] = ""

    @property
    def allowed(self) -> bool:
        """Whether the call may be made."""
        return not self.why


class Deciding:
    """A policy with its look-ups made once; decisions are remembered, as few names are asked for again and again."""

    def __init__(self, policy: Policy) -> None:
        self.policy = policy
        self.consumers = {k.fingerprint: (c, k) for c in policy.consumers for k in c.keys}
        self.admins = {k.fingerprint: k for k in policy.admin_keys}
        self.names = {n.name: n for n in policy.names if n.kind != "wildcard"}
        self.wildcards = sorted(
            (n for n in policy.names if n.kind == "wildcard"), key=lambda n: (-len(n.name.replace("*", "")), n.name)
        )
        self.models = {m.raw: m for m in policy.models}
        self.served = lru_cache(maxsize=4096)(self._served)
        self._decided: dict[tuple[str, str, date], Decision] = {}
        self.kept: dict[tuple[str, str], tuple[str, ...]] = {}
        """Whatever else is worked out from the policy once (grace.old_names)."""

    def _served(self, name: str) -> tuple[str, ...]:
        """The raw models that a name is served by; nothing for a name that the proxy does not know."""
        return served_by(name, self.names, self.wildcards)

    def named(self, name: str) -> tuple[str, ...]:
        """The raw models of the policy that are one of a provider's by its own name, whoever the provider is."""
        wanted = identify(name).name
        return tuple(m.raw for m in self.policy.models if m.name == wanted)

    def model(self, raw: str) -> Model:
        """A raw model's record. One that only a wildcard names has the price of its identity, where the file has one."""
        known = self.models.get(raw)
        if known is not None:
            return known
        identity = identify(raw)
        same = next(
            (m for m in self.policy.models if _same(m, identity.name, identity.provider, identity.region)), None
        )
        if same is None:
            why = f"no price is known for `{raw}`"
            return Model(raw, identity.name, identity.provider, identity.region, None, why)
        return msgspec.structs.replace(same, raw=raw)

    def decide(self, consumer: Consumer, raw: str, on: date) -> Decision:
        """What the policy says to a consumer calling a raw model on a UTC day."""
        # By label, not by the record: a record's hash is made of all that is in it, each time.
        key = (consumer.label, raw, on)
        known = self._decided.get(key)
        if known is None:
            if len(self._decided) >= MAX_DECIDED:
                self._decided.clear()
            known = self._decided[key] = self._decide(consumer, raw, on)
        return known

    def _decide(self, consumer: Consumer, raw: str, on: date) -> Decision:
        model = self.model(raw)
        fitting = [a for a in consumer.allocations if covers(a, model)]
        valid = [a for a in fitting if not expired(a, on)]
        if not valid and self.policy.default > 0:
            valid = [default_allocation(self.policy, model)]
        if not valid:
            return Decision(model, None, "expired" if fitting else "unallocated")
        if most(valid[0]) <= 0:
            return Decision(model, valid[0], "unallocated")
        if model.price is None or model.units:
            return Decision(model, valid[0], "unpriced")
        return Decision(model, valid[0])


def _same(model: Model, name: str, provider: str, region: str) -> bool:
    return (model.name, model.provider, model.region) == (name, provider, region)


def filled(pattern: str, name: str, raw: str) -> str:
    """A wildcard route's model for a name that fits its pattern: what the first `*` stands for, put into the other."""
    prefix, _, suffix = pattern.partition("*")
    return raw.replace("*", name[len(prefix) : len(name) - len(suffix)], 1)


def served_by(name: str, names: Mapping[str, Name], wildcards: list[Name]) -> tuple[str, ...]:
    """The raw models behind a name: as it stands, else by the most specific wildcard, its `*` filled in."""
    known = names.get(name)
    if known is not None:
        return known.models
    for entry in wildcards:
        if fnmatch.fnmatchcase(name, entry.name):
            return tuple(filled(entry.name, name, raw) for raw in entry.models)
    return ()


def covers(allocation: Allocation, model: Model) -> bool:
    """Whether an allocation's selectors fit a model."""
    pairs = ((allocation.provider, model.provider), (allocation.region, model.region))
    return fnmatch.fnmatchcase(model.name.lower(), allocation.model.lower()) and all(
        wanted is None or fnmatch.fnmatchcase(have, wanted) for wanted, have in pairs
    )


def expired(allocation: Allocation, on: date) -> bool:
    """Whether it no longer holds on a day; the day it names is its last."""
    if allocation.break_glass is not None and allocation.break_glass.until < on:
        return True
    return allocation.expires is not None and allocation.expires < on


def most(allocation: Allocation) -> Decimal:
    """The most that it allows in any period, USD."""
    return max(allocation.limit, allocation.first_day or Decimal(0))


def default_allocation(policy: Policy, model: Model) -> Allocation:
    """The ledger's default as an allocation of one model, USD a day."""
    return Allocation(id=f"default/{model.name}", model=model.name, limit=policy.default, per="day")


def caps_over(policy: Policy, consumer: Consumer, allocation: Allocation, model: Model) -> tuple[Cap, ...]:
    """The caps that a call counts against."""

    def fits(cap: Cap) -> bool:
        names = (consumer.name, *consumer.aliases)
        if cap.consumer is not None and not any(fnmatch.fnmatchcase(n, cap.consumer) for n in names):
            return False
        pairs = ((cap.owner, allocation.owner), (cap.model, model.name), (cap.account, consumer.account))
        return all(wanted is None or fnmatch.fnmatchcase(have or "", wanted) for wanted, have in pairs)

    return tuple(c for c in policy.caps if fits(c))
