"""Service control policies: in each account, no model but those that some grant there names.

A no with `NotResource` can't be cut into two policies (each would refuse what the other leaves), so what does not fit
into one policy's quota is split by who calls: one policy for some roles, and one for everybody else. The quota is 5,120
characters, and five policies on one account (https://docs.aws.amazon.com/organizations/latest/userguide/orgs_reference_limits.html,
read 2026-11-25), FullAWSAccess among them.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Any

from modelguard.enforce.iam import Grant, Refusal, Settings
from modelguard.enforce.iam_policy import DOORS, INVOKE, Arns, Document, compact, no_api_keys

MAX_SCP = 5120
MAX_ATTACHED = 5
_ACCOUNT = "*"
"""Policies name no account: where they are attached says which."""


@dataclass(frozen=True, slots=True)
class ControlPolicies:
    """The policies of all accounts, and what could not be said within the quota."""

    documents: tuple[Document, ...]
    refusals: tuple[Refusal, ...]


def control_policies(grants: Sequence[Grant], settings: Settings) -> ControlPolicies:
    """For each account of the grants: what else than the granted models is refused to everybody in it."""
    documents: list[Document] = []
    refusals: list[Refusal] = []
    for account, group in groupby(sorted(grants, key=lambda g: g.account), key=lambda g: g.account):
        mine = list(group)
        documents.append(_document(account, "doors", [*_doors(settings)]))
        whole = _document(account, "models", [_default_deny(mine, settings, {})])
        if whole.size <= MAX_SCP:
            documents.append(whole)
            continue
        split = _by_role(account, mine, settings)
        if isinstance(split, Refusal):
            refusals.append(split)
        else:
            documents += split
    return ControlPolicies(tuple(documents), tuple(refusals))


def _document(account: str, what: str, statements: Sequence[Mapping[str, Any]]) -> Document:
    body = {"Version": "2012-10-17", "Statement": list(statements)}
    return Document(f"modelguard-{account}-{what}", "scp", None, account, None, body, len(compact(body)))


def _doors(settings: Settings) -> list[dict[str, Any]]:
    doors: dict[str, Any] = {
        "Sid": "NoOtherWay",
        "Effect": "Deny",
        "Action": sorted(DOORS, key=str.lower),
        "Resource": "*",
    }
    keys = no_api_keys()
    if settings.exempt:
        doors["Condition"] = _except(settings)
        keys["Condition"] = {**keys["Condition"], **_except(settings)}
    return [doors, keys]


def _except(settings: Settings) -> dict[str, Any]:
    return (
        {"ArnNotLike": {"aws:PrincipalArn": [_role(settings, r) for r in settings.exempt]}} if settings.exempt else {}
    )


def _role(settings: Settings, name: str) -> str:
    return f"arn:{settings.partition}:iam::*:role/{name}"


def _default_deny(grants: Sequence[Grant], settings: Settings, who: Mapping[str, Any]) -> dict[str, Any]:
    """The statement that refuses all but what these grants name; `who` limits it to some callers."""
    kept = sorted({arn for grant in grants for arn in _kept(grant, settings)})
    statement: dict[str, Any] = {"Sid": "NoUnallocatedModel", "Effect": "Deny", "Action": list(INVOKE)}
    statement |= {"NotResource": kept} if kept else {"Resource": "*"}
    condition = {**_except(settings), **who}
    return statement | ({"Condition": condition} if condition else {})


def _kept(grant: Grant, settings: Settings) -> set[str]:
    """A grant's models and profiles in every region, the one without a name too (`*` is also nothing); roles are exact."""
    arns = Arns(settings.partition, _ACCOUNT)
    models = {arns.model(r.model, "*") for r in grant.routes}
    # An application's profile is worth no more than the models behind it, which are checked as well.
    own = {arns.any_own_profile()} if grant.routes else set()
    return models | {arns.profile(r.profile, "*") for r in grant.routes if r.profile != r.model} | own


def _by_role(account: str, grants: Sequence[Grant], settings: Settings) -> list[Document] | Refusal:
    """Policies for some roles each, and one that refuses everything to everybody else."""
    unknown = sorted(g.consumer for g in grants if g.role is None and g.routes)
    if unknown:
        why = f"more than {MAX_SCP:,} characters, and can't be split by role: the role of {', '.join(unknown)} is not known"
        return Refusal(f"account {account}", "its service control policy", f"{why} (iam.roles)", allowed=True)
    documents: list[Document] = []
    part: list[Grant] = []
    for grant in (g for g in grants if g.routes):
        candidate = _part(account, len(documents) + 1, [*part, grant], settings)
        if candidate.size > MAX_SCP and part:
            documents.append(_part(account, len(documents) + 1, part, settings))
            part = []
        part.append(grant)
    documents.append(_part(account, len(documents) + 1, part, settings))
    roles = sorted({_role(settings, g.role) for g in grants if g.role and g.routes})
    others = {"ArnNotLike": {"aws:PrincipalArn": sorted({*roles, *(_role(settings, r) for r in settings.exempt)})}}
    documents.append(_document(account, "others", [_default_deny([], settings, others)]))
    too_large = next((d for d in documents if d.size > MAX_SCP), None)
    if too_large is not None:
        why = f"{too_large.name} alone has {too_large.size:,} of {MAX_SCP:,} characters"
        return Refusal(f"account {account}", "its service control policy", why, allowed=True)
    return documents


def _part(account: str, number: int, grants: Sequence[Grant], settings: Settings) -> Document:
    roles = sorted({_role(settings, g.role) for g in grants if g.role})
    who = {"ArnLike": {"aws:PrincipalArn": roles}}
    return _document(account, f"models-{number}", [_default_deny(grants, settings, who)])
