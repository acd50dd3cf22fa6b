"""Policies as they are live, from what AWS's command line exports; nothing is asked of AWS here.

Read are `aws iam get-account-authorization-details` (all roles, users and groups of an account with their policies) and
`aws organizations describe-policy` (one service control policy).
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import unquote

from modelguard.enforce.iam_evaluate import Statement, statements_of
from modelguard.errors import InputError

HINT = "Known are the JSON of: aws iam get-account-authorization-details, aws organizations describe-policy"


@dataclass(frozen=True, slots=True)
class Principal:
    """A role or user: all statements that hold for it; `boundary` those of its permissions boundary, None without one.

    `documents` are its own and attached policies by name; `unknown` policies whose text is not in the export.
    """

    kind: str  # "role" or "user"
    name: str
    arn: str
    account: str
    statements: tuple[Statement, ...]
    boundary: tuple[Statement, ...] | None
    documents: tuple[tuple[str, Mapping[str, Any]], ...]
    unknown: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Live:
    """What the exports say: accounts that were exported, who is in them, and service control policies by name."""

    accounts: tuple[str, ...]
    principals: tuple[Principal, ...]
    policies: tuple[tuple[str, str, Mapping[str, Any]], ...]  # account, name, document of managed ones of the account
    control: tuple[tuple[str, Mapping[str, Any]], ...]


def read_live(files: Sequence[tuple[str, bytes]]) -> Live:
    """Everything in the exported files, (path, bytes). Raises InputError for a file that is none of those known."""
    parts = [_read(path, data) for path, data in files]
    return Live(
        tuple(sorted({a for p in parts for a in p.accounts})),
        tuple(principal for p in parts for principal in p.principals),
        tuple(policy for p in parts for policy in p.policies),
        tuple(policy for p in parts for policy in p.control),
    )


def _read(path: str, data: bytes) -> Live:
    try:
        document = json.loads(data)
        if "RoleDetailList" in document:
            return _Details(document).live()
        if "Policy" in document and "Content" in document["Policy"]:
            name = str(document["Policy"]["PolicySummary"]["Name"])
            return Live((), (), (), ((name, _body(document["Policy"]["Content"])),))
    except (ValueError, KeyError, TypeError, AttributeError, IndexError, RecursionError) as error:
        raise InputError("this export can't be read", path=path, hint=HINT) from error
    raise InputError("this is no export of policies", path=path, hint=HINT)


def _body(document: Any) -> Mapping[str, Any]:
    """A policy's document: an object, or its text, which the API itself URL-encodes."""
    if isinstance(document, str):
        document = json.loads(document if document.lstrip().startswith("{") else unquote(document))
    statements_of(document)
    found: Mapping[str, Any] = document
    return found


class _Details:
    """The account's authorization details, taken apart."""

    def __init__(self, document: Mapping[str, Any]) -> None:
        self._document = document
        self._managed: dict[str, tuple[str, Mapping[str, Any]]] = {}
        for policy in document.get("Policies", []):
            current = next(v for v in policy["PolicyVersionList"] if v["IsDefaultVersion"])
            self._managed[policy["Arn"]] = (policy["PolicyName"], _body(current["Document"]))
        self._groups = {g["GroupName"]: g for g in document.get("GroupDetailList", [])}

    def live(self) -> Live:
        """Everyone in the account."""
        roles = [self._principal("role", r) for r in self._document["RoleDetailList"]]
        users = [self._principal("user", u) for u in self._document.get("UserDetailList", [])]
        own = [(arn.split(":")[4], *entry) for arn, entry in self._managed.items() if ":iam::aws:" not in arn]
        accounts = {p.account for p in (*roles, *users)} | {account for account, _, _ in own}
        return Live(tuple(sorted(accounts)), (*roles, *users), tuple(own), ())

    def _principal(self, kind: str, entry: Mapping[str, Any]) -> Principal:
        name = str(entry["RoleName" if kind == "role" else "UserName"])
        holders = [entry, *(self._groups[g] for g in entry.get("GroupList", []) if g in self._groups)]
        documents: list[tuple[str, Mapping[str, Any]]] = []
        unknown: list[str] = []
        for holder in holders:
            for key in ("RolePolicyList", "UserPolicyList", "GroupPolicyList"):
                documents += [(p["PolicyName"], _body(p["PolicyDocument"])) for p in holder.get(key, [])]
            for attached in holder.get("AttachedManagedPolicies", []):
                known = self._managed.get(attached["PolicyArn"])
                documents += [known] if known is not None else []
                unknown += [str(attached["PolicyName"])] if known is None else []
        boundary = self._boundary(entry, unknown)
        statements = tuple(s for origin, body in documents for s in statements_of(body, origin))
        arn = str(entry["Arn"])
        return Principal(kind, name, arn, arn.split(":")[4], statements, boundary, tuple(documents), tuple(unknown))

    def _boundary(self, entry: Mapping[str, Any], unknown: list[str]) -> tuple[Statement, ...] | None:
        arn = (entry.get("PermissionsBoundary") or {}).get("PermissionsBoundaryArn")
        if arn is None:
            return None
        known = self._managed.get(arn)
        if known is None:
            unknown.append(str(arn).rsplit("/", 1)[-1])
            return None
        return statements_of(known[1], known[0])
