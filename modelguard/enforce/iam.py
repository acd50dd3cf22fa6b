"""Which role may call which Bedrock model, from where: ledger and graph as grants (iam_policy.py writes them as policies).

A consumer is granted what its code asks Bedrock for by exact id, and only where the ledger covers it: the same decision
as the proxy's guard makes (policy.py). What can't be said exactly is refused with its reason, never widened. A consumer
that asks a proxy needs no model of its own; the proxy's role is granted what those consumers may call.
"""

from __future__ import annotations

import fnmatch
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from types import MappingProxyType

from modelguard.budget.ledger import Ledger
from modelguard.catalog.bedrock import Route, Table
from modelguard.catalog.identity import identify
from modelguard.cost.prices import Prices
from modelguard.enforce.compile import compile_policy
from modelguard.enforce.iam_asks import Ask, asks
from modelguard.enforce.iam_routes import Unroutable, routes_of
from modelguard.enforce.policy import Consumer, Deciding
from modelguard.graph.model import Graph, Model

PROXY = "the proxy"


@dataclass(frozen=True, slots=True)
class Settings:
    """`iam:` of modelguard.yaml. Regions are those that calls are made from; `roles` are (consumer glob, role name).

    `accounts` maps the graph's account names to ids of 12 digits, `account` is the id of consumers without one.
    `models` are ids by canonical name for what the ledger allocates and no code names yet. `proxy` is the role of the
    proxy that consumers ask. `exempt` are role globs that no service control policy binds.
    """

    regions: tuple[str, ...] = ()
    account: str | None = None
    accounts: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    roles: tuple[tuple[str, str], ...] = ()
    models: Mapping[str, tuple[str, ...]] = field(default_factory=lambda: MappingProxyType({}))
    proxy: str | None = None
    exempt: tuple[str, ...] = ()
    partition: str = "aws"

    def account_of(self, consumer: Consumer) -> str | None:
        """The id of a consumer's account; None where nothing says it."""
        if consumer.account is None:
            return self.account
        if consumer.account.isdigit() and len(consumer.account) == 12:
            return consumer.account
        return self.accounts.get(consumer.account)

    def role_of(self, consumer: Consumer) -> str | None:
        """The role that a consumer runs as: the first entry whose glob fits its label, name or an alias."""
        names = (consumer.label, consumer.name, *consumer.aliases)
        return next((role for glob, role in self.roles if any(fnmatch.fnmatchcase(n, glob) for n in names)), None)


@dataclass(frozen=True, slots=True)
class Grant:
    """What one role may call. `routes` without entries: nothing, which its policy then says. `lines` are the ledger's."""

    consumer: str
    account: str
    role: str | None
    routes: tuple[Route, ...]
    owners: tuple[str, ...] = ()
    lines: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Refusal:
    """Something the ledger allows, or the code asks for, that no policy grants, and why. `allowed`: the ledger allows it."""

    consumer: str
    model: str
    why: str
    allowed: bool


@dataclass(frozen=True, slots=True)
class Grants:
    """All grants, by account and consumer; what was refused; who asks a proxy (consumer, model); who shares a role.

    `shared` are (role, labels): each of them may call whatever one of them may, as IAM sees only the role.
    """

    grants: tuple[Grant, ...]
    refusals: tuple[Refusal, ...]
    proxied: tuple[tuple[str, str], ...]
    shared: tuple[tuple[str, tuple[str, ...]], ...] = ()


def grants_of(ledger: Ledger, tree: Graph, settings: Settings, table: Table, prices: Prices, on: date) -> Grants:
    """Who may call what on a day."""
    policy = compile_policy(ledger, _with_announced(tree, settings), None, (), prices, on).policy
    work = _Work(Deciding(policy), settings, table, on)
    asked = asks(tree)
    for consumer in policy.consumers:
        work.consumer(consumer, asked.get(consumer.label, ()))
    return work.result()


def _with_announced(tree: Graph, settings: Settings) -> Graph:
    """The graph with the models that only the settings name, so that they have a price, too."""
    ids = sorted({raw for raws in settings.models.values() for raw in raws})
    nodes = [Model(f"model:{raw}", identify(raw).name, identify(raw).provider, raw) for raw in ids]
    return replace(tree, nodes=(*tree.nodes, *nodes))


class _Work:
    """Grants as they are collected."""

    def __init__(self, deciding: Deciding, settings: Settings, table: Table, on: date) -> None:
        self._deciding, self._settings, self._table, self._on = deciding, settings, table, on
        self._grants: list[Grant] = []
        self._refusals: list[Refusal] = []
        self._proxied: list[tuple[str, str]] = []
        self._proxy: dict[Route, None] = {}

    def consumer(self, consumer: Consumer, asked: Sequence[Ask]) -> None:
        """A consumer's grant: what it asks Bedrock for, then what the ledger allocates and nothing asks for yet."""
        asked = [*asked, *self._announced(consumer, asked)]
        if not asked:
            return
        account = self._settings.account_of(consumer)
        own: dict[Route, None] = {}
        owners: dict[str, None] = {}
        lines: dict[int, None] = {}
        direct = False
        for ask in asked:
            decision = self._deciding.decide(consumer, ask.raw, self._on)
            if not decision.allowed:
                self._refuse(consumer, ask.raw, _WHY[decision.why], allowed=False)
                direct = direct or not ask.proxied
                continue
            routes = self._routes(consumer, ask)
            if ask.proxied:
                self._proxied.append((consumer.label, ask.raw))
                self._proxy |= dict.fromkeys(routes)
                continue
            direct = True
            own |= dict.fromkeys(routes)
            if decision.allocation is not None:
                owners |= {decision.allocation.owner: None} if decision.allocation.owner else {}
                lines |= {decision.allocation.line: None} if decision.allocation.line else {}
        if not direct:
            return
        if account is None:
            self._refuse(consumer, "its role", _no_account(consumer), allowed=True)
            return
        role = self._settings.role_of(consumer)
        self._grants.append(
            Grant(consumer.label, account, role, tuple(sorted(own, key=_order)), tuple(owners), tuple(sorted(lines)))
        )

    def _announced(self, consumer: Consumer, asked: Sequence[Ask]) -> Iterable[Ask]:
        """Allocated models that no code names: by the ids that the settings give, else refused."""
        known = {identify(a.raw).name for a in asked}
        for line in consumer.allocations:
            if line.provider not in (None, "aws") or any(fnmatch.fnmatchcase(n, line.model) for n in known):
                continue
            ids = self._settings.models.get(line.model, ())
            yield from (Ask(i, proxied=False) for i in ids)
            if not ids and self._is_bedrock(line.model):
                why = "no code names it, so its id is not known: iam.models in modelguard.yaml can say it"
                self._refuse(consumer, line.model, why, allowed=True)

    def _is_bedrock(self, model: str) -> bool:
        return bool(self._table.named(model)) or bool(set("*?[") & set(model))

    def _routes(self, consumer: Consumer, ask: Ask) -> tuple[Route, ...]:
        if ask.api == "bedrock.retrieve_and_generate":
            why = "RetrieveAndGenerate needs a knowledge base's ARN, which is not known here"
            self._refuse(consumer, ask.raw, why, allowed=True)
            return ()
        found = routes_of(ask.raw, self._settings.regions, self._table)
        if isinstance(found, Unroutable):
            self._refuse(consumer, ask.raw, found.why, allowed=True)
            return ()
        return found

    def _refuse(self, consumer: Consumer, model: str, why: str, *, allowed: bool) -> None:
        refusal = Refusal(consumer.label, model, why, allowed)
        if refusal not in self._refusals:
            self._refusals.append(refusal)

    def result(self) -> Grants:
        """Everything collected, with the proxy's own grant last."""
        if self._settings.proxy and self._settings.account:
            routes = tuple(sorted(self._proxy, key=_order))
            self._grants.append(Grant(PROXY, self._settings.account, self._settings.proxy, routes))
        grants, shared = _by_role(self._grants)
        ordered = tuple(sorted(grants, key=lambda g: (g.account, g.consumer == PROXY, g.consumer)))
        return Grants(ordered, tuple(self._refusals), tuple(sorted(set(self._proxied))), shared)


def _by_role(grants: Sequence[Grant]) -> tuple[list[Grant], tuple[tuple[str, tuple[str, ...]], ...]]:
    """One grant a role: two policies on one role would each refuse what the other grants."""
    found: dict[tuple[str, str], list[Grant]] = {}
    for grant in grants:
        # Without a role each is by itself; a colon is in no role's name.
        found.setdefault((grant.account, grant.role or f":{grant.consumer}"), []).append(grant)
    shared = tuple((role, tuple(g.consumer for g in mine)) for (_, role), mine in found.items() if len(mine) > 1)
    return [_merged(mine) for mine in found.values()], shared


def _merged(grants: Sequence[Grant]) -> Grant:
    if len(grants) == 1:
        return grants[0]
    first = grants[0]
    return Grant(
        "+".join(g.consumer for g in grants),
        first.account,
        first.role,
        tuple(sorted({r for g in grants for r in g.routes}, key=_order)),
        tuple(dict.fromkeys(o for g in grants for o in g.owners)),
        tuple(sorted({line for g in grants for line in g.lines})),
    )


def _order(route: Route) -> tuple[str, str]:
    return (route.profile, route.source)


def _no_account(consumer: Consumer) -> str:
    where = f'iam.accounts: {{{consumer.account}: "…"}}' if consumer.account else 'iam.account: "…"'
    return f"the id of its AWS account is not known: {where} in modelguard.yaml"


_WHY = {
    "": "",
    "unallocated": "no allocation in the ledger",
    "expired": "its allocation has expired",
    "unpriced": "no price is known",
}
