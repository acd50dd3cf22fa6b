"""Everything that `modelguard enforce iam` makes of a ledger and a graph, and its document (modelguard.iam/1)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from types import MappingProxyType
from typing import Any

from modelguard.budget.ledger import Ledger
from modelguard.catalog.bedrock import Table
from modelguard.cost.prices import Prices
from modelguard.enforce.iam import Grants, Refusal, Settings, grants_of
from modelguard.enforce.iam_policy import MAX_ATTACHED, MAX_MANAGED, Document, policies_of
from modelguard.enforce.iam_profiles import OwnProfile, own_profiles
from modelguard.enforce.iam_scp import control_policies
from modelguard.graph.model import Graph

SCHEMA = "modelguard.iam/1"


@dataclass(frozen=True)
class Iam:
    """Grants and what they are written as: `roles` (one policy a role), `control` (by account), `profiles` to create."""

    as_of: date
    table: Table
    settings: Settings
    grants: Grants
    roles: tuple[Document, ...]
    control: tuple[Document, ...]
    profiles: tuple[OwnProfile, ...]
    refusals: tuple[Refusal, ...]

    @property
    def complete(self) -> bool:
        """Whether everything that the ledger allows is granted."""
        return not any(r.allowed for r in self.refusals)


def compile_iam(
    ledger: Ledger, tree: Graph, settings: Settings, table: Table, prices: Prices, on: date, *, with_profiles: bool
) -> Iam:
    """The policies of a day. `with_profiles`: consumers get inference profiles of their own, and may call by them."""
    grants = grants_of(ledger, tree, settings, table, prices, on)
    kept: list[Document] = []
    large: list[Refusal] = []
    for grant in grants.grants:
        documents = policies_of(grant, settings, own_profiles=with_profiles)
        why = _too_large(documents)
        large += [Refusal(grant.consumer, "its policy", why, allowed=True)] if why else []
        kept += documents if not why else ()
    control = control_policies(grants.grants, settings)
    profiles = own_profiles(grants.grants, settings) if with_profiles else ()
    refusals = (*grants.refusals, *large, *control.refusals)
    return Iam(on, table, settings, grants, tuple(kept), control.documents, profiles, refusals)


def _too_large(documents: Sequence[Document]) -> str:
    """Why a role's policies are more than IAM takes; "" where they are not."""
    over = next((d for d in documents if d.size > MAX_MANAGED), None)
    if over is not None:
        return f"{over.name} would have {over.size:,} characters of {MAX_MANAGED:,}: give the role fewer models"
    if len(documents) > MAX_ATTACHED:
        return f"it would be {len(documents)} policies, of the {MAX_ATTACHED} that one role takes: give it fewer models"
    return ""


def settings_of(values: Mapping[str, Any]) -> Settings:
    """The settings in `iam:` of a valid modelguard.yaml."""
    return Settings(
        regions=tuple(values.get("regions") or ()),
        account=values.get("account"),
        accounts=MappingProxyType(dict(values.get("accounts") or {})),
        roles=tuple((values.get("roles") or {}).items()),
        models=MappingProxyType({name: tuple(ids) for name, ids in (values.get("models") or {}).items()}),
        proxy=values.get("proxy"),
        exempt=tuple(values.get("exempt") or ()),
        partition=values.get("partition", "aws"),
    )


def as_document(iam: Iam) -> dict[str, Any]:
    """Ready for json.dumps."""
    return {
        "schema": SCHEMA,
        "as_of": iam.as_of.isoformat(),
        "bedrock": {"source": iam.table.source, "as_of": iam.table.as_of},
        "roles": [_document(d) for d in iam.roles],
        "control": [_document(d) for d in iam.control],
        "profiles": [
            {"account": p.account, "region": p.region, "consumer": p.consumer, "request": p.request()}
            for p in iam.profiles
        ],
        "refused": [
            {"consumer": r.consumer, "model": r.model, "why": r.why, "allowed": r.allowed} for r in iam.refusals
        ],
        "proxied": [{"consumer": consumer, "model": model} for consumer, model in iam.grants.proxied],
        "shared": [{"role": role, "consumers": list(names)} for role, names in iam.grants.shared],
    }


def _document(document: Document) -> dict[str, Any]:
    return {
        "name": document.name,
        "account": document.account,
        "consumer": document.consumer,
        "role": document.role,
        "size": document.size,
        "document": dict(document.body),
    }
