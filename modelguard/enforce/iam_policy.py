"""Grants as IAM policies of roles: exactly what is granted, and an explicit no to every other way to a model.

Sources, read 2026-11-25: Bedrock's pages on geographic and global cross-region inference (which ARNs a profile needs,
`aws:RequestedRegion` "unspecified" for the ARN without a region), on API keys (`CallWithBearerToken`,
`CreateServiceSpecificCredential`), on inference (Converse, Chat Completions and Responses are authorised as InvokeModel and
InvokeModelWithResponseStream), on tagging application inference profiles; the service authorization reference of bedrock
and bedrock-mantle; the IAM page of Claude Platform on AWS (`aws-external-anthropic`).
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from modelguard.catalog.bedrock import GLOBAL, Route
from modelguard.enforce.iam import Grant, Settings

INVOKE = ("bedrock:InvokeModel", "bedrock:InvokeModelWithResponseStream")
TAG = "modelguard:consumer"
"""The tag of a consumer's own inference profiles."""

MAX_MANAGED = 6144
"""Characters of a managed policy, white space not counted (IAM and STS quotas)."""
MAX_ATTACHED = 10
"""Managed policies of one role, unless AWS was asked for more."""

DOORS: Mapping[str, str] = {
    "bedrock:CallWithBearerToken": "an API key is known by nobody's role",
    "bedrock-mantle:*": "the OpenAI- and Anthropic-compatible endpoint",
    "aws-external-anthropic:*": "Claude Platform on AWS, billed by Anthropic through the same account",
    "bedrock:CreateModelInvocationJob": "batch inference",
    "bedrock:CreateProvisionedModelThroughput": "throughput by the hour",
    "bedrock:UpdateProvisionedModelThroughput": "throughput by the hour",
    "bedrock:CreateModelCustomizationJob": "fine-tuning",
    "bedrock:CreateCustomModelDeployment": "a model of the account's own",
    "bedrock:CreateMarketplaceModelEndpoint": "a model on instances, by the hour",
    "bedrock:CreateEvaluationJob": "evaluation runs models",
    "bedrock:CreateInferenceProfile": "a profile under another name",
    "bedrock:CreatePromptRouter": "a router chooses the model itself",
    "bedrock:PutFoundationModelEntitlement": "access to further models",
    "bedrock:CreateFoundationModelAgreement": "access to further models",
}
"""Ways to a model, or to pay for one, other than invoking it; closed for roles and accounts alike."""

FURTHER_DOORS: Mapping[str, str] = {
    "bedrock:InvokeAgent": "an agent calls models by its own role",
    "bedrock:InvokeInlineAgent": "an agent of the caller's making",
    "bedrock:InvokeFlow": "a flow calls models by its own role",
    "bedrock:StartFlowExecution": "a flow calls models by its own role",
    "bedrock:InvokeBuilder": "a builder calls models",
    "bedrock:RetrieveAndGenerate": "answers from a knowledge base",
    "bedrock:GenerateQuery": "writes queries by a model of its choice",
    "bedrock:Rerank": "ranks by a model",
    "bedrock:OptimizePrompt": "rewrites prompts by a model",
    "bedrock:InvokeDataAutomation*": "reads documents by models of its choice",
    "bedrock:InvokeBlueprint*": "reads documents by models of its choice",
}
"""Further ways, closed for the roles that we write policies for; other roles of an account may be there for them."""


@dataclass(frozen=True, slots=True)
class Document:
    """A policy to attach: `kind` says to what. `size` is what the quota of that kind counts, in characters."""

    name: str
    kind: str  # "role" or "scp"
    consumer: str | None
    account: str
    role: str | None
    body: Mapping[str, Any]
    size: int


def compact(body: Mapping[str, Any]) -> str:
    """A policy without white space, as quotas count it."""
    return json.dumps(body, separators=(",", ":"), ensure_ascii=True)


def policies_of(grant: Grant, settings: Settings, *, own_profiles: bool) -> tuple[Document, ...]:
    """The policies of a role: one, or as many as its statements need by the quota.

    `own_profiles`: it may also call by inference profiles that carry its tag. The statement that refuses all other models
    can't be cut (two of them would refuse what the other leaves); where it alone is too large the document says so.
    """
    name = policy_name(grant.consumer)
    whole = _document(name, grant, _statements(grant, settings, own_profiles, exact=True))
    if whole.size <= MAX_MANAGED:
        return (whole,)
    # The no may name models for all regions at once; what is allowed stays exact.
    statements = _statements(grant, settings, own_profiles, exact=False)
    parts: list[list[dict[str, Any]]] = [[]]
    for statement in statements:
        if parts[-1] and _document(name, grant, [*parts[-1], statement]).size > MAX_MANAGED:
            parts.append([])
        parts[-1].append(statement)
    names = [name, *(f"{name}-{number}" for number in range(2, len(parts) + 1))]
    return tuple(_document(n, grant, part) for n, part in zip(names, parts, strict=True))


def _document(name: str, grant: Grant, statements: Sequence[Mapping[str, Any]]) -> Document:
    body = {"Version": "2012-10-17", "Statement": list(statements)}
    return Document(name, "role", grant.consumer, grant.account, grant.role, body, len(compact(body)))


def tag_value(text: str) -> str:
    """Text as a tag's value: letters, digits, spaces and _ . : / = + - @, at most 256."""
    return re.sub(r"[^\w\s.:/=+@-]", "_", text)[:256]


def policy_name(label: str) -> str:
    """`modelguard-` and the consumer's label, in the characters that IAM allows in a name."""
    return "modelguard-" + re.sub(r"[^A-Za-z0-9+=,.@_-]+", "-", label).strip("-")[:110]


def _statements(grant: Grant, settings: Settings, own_profiles: bool, *, exact: bool) -> list[dict[str, Any]]:
    arns = Arns(settings.partition, grant.account)
    statements = list(_allowed(grant, arns, own_profiles))
    if grant.routes:
        kept = _kept(grant, arns, exact) + ([arns.any_own_profile()] if own_profiles else [])
        rest: dict[str, Any] = {"NotResource": sorted(kept)}
    else:
        rest = {"Resource": "*"}
    statements.append({"Sid": "NoOtherModel", "Effect": "Deny", "Action": list(INVOKE), **rest})
    doors = sorted({**DOORS, **FURTHER_DOORS}, key=str.lower)
    statements.append({"Sid": "NoOtherWay", "Effect": "Deny", "Action": doors, "Resource": "*"})
    statements.append(no_api_keys())
    return statements


def no_api_keys() -> dict[str, Any]:
    """Long-term API keys of Bedrock are credentials of IAM users, made by this action; those of other services stay."""
    services = ["bedrock.amazonaws.com", "bedrock-mantle.amazonaws.com", "aws-external-anthropic.amazonaws.com"]
    return {
        "Sid": "NoApiKey",
        "Effect": "Deny",
        "Action": "iam:CreateServiceSpecificCredential",
        "Resource": "*",
        "Condition": {"StringEquals": {"iam:ServiceSpecificCredentialServiceName": services}},
    }


def _allowed(grant: Grant, arns: Arns, own_profiles: bool) -> Iterable[dict[str, Any]]:
    direct = [r for r in grant.routes if r.profile == r.model]
    if direct:
        yield _invoke("Models", sorted(arns.model(r.model, r.source) for r in direct))
    names = sorted({r.profile for r in grant.routes if r.profile != r.model})
    for number, name in enumerate(names, 1):
        yield from _profile(number, [r for r in grant.routes if r.profile == name], arns, own_profiles)
    if own_profiles and grant.routes:
        own = {"StringEquals": {f"aws:ResourceTag/{TAG}": tag_value(grant.consumer)}}
        sources = sorted({r.source for r in grant.routes})
        yield _invoke("OwnProfiles", [arns.own_profile("*", source) for source in sources], own)


def _profile(number: int, routes: Sequence[Route], arns: Arns, own_profiles: bool) -> Iterable[dict[str, Any]]:
    """A profile, and the models behind it, which may be called through it only."""
    profiles = sorted(arns.profile(r.profile, r.source) for r in routes)
    through: dict[str, Any] = {"bedrock:InferenceProfileArn": profiles}
    if own_profiles:
        own = sorted({arns.own_profile("*", r.source) for r in routes})
        through = {"bedrock:InferenceProfileArn": [*profiles, *own]}
    sources = sorted({r.source for r in routes})
    model = routes[0].model
    yield _invoke(f"Profile{number}", profiles)
    regions = {region for r in routes for region in r.destinations} - {GLOBAL}
    behind = sorted(arns.model(model, region) for region in regions | set(sources))
    yield _invoke(f"Profile{number}Models", behind, {"ArnLike": through})
    if any(GLOBAL in r.destinations for r in routes):
        condition = {"ArnLike": through, "StringEquals": {"aws:RequestedRegion": "unspecified"}}
        yield _invoke(f"Profile{number}Global", [arns.model(model, GLOBAL)], condition)


def _invoke(sid: str, resources: Sequence[str], condition: Mapping[str, Any] | None = None) -> dict[str, Any]:
    statement: dict[str, Any] = {"Sid": sid, "Effect": "Allow", "Action": list(INVOKE), "Resource": list(resources)}
    return statement | ({"Condition": dict(condition)} if condition else {})


def _kept(grant: Grant, arns: Arns, exact: bool) -> list[str]:
    """What the explicit no leaves: the granted resources, or with `exact` False their models in every region."""
    found: dict[str, None] = {}
    for route in grant.routes:
        regions = {*route.destinations, route.source} if exact else {"*"}
        found |= dict.fromkeys(arns.model(route.model, region) for region in sorted(regions))
        if route.profile != route.model:
            found[arns.profile(route.profile, route.source if exact else "*")] = None
    return list(found)


@dataclass(frozen=True, slots=True)
class Arns:
    """The ARNs of one account ("*" for any)."""

    partition: str
    account: str

    def model(self, model: str, region: str) -> str:
        """A foundation model, which has no account; region "" is that of global profiles."""
        return f"arn:{self.partition}:bedrock:{region}::foundation-model/{model}"

    def profile(self, profile: str, region: str) -> str:
        """A profile of the system, or an application's, which is its own ARN already."""
        if profile.startswith("arn:"):
            return profile
        return f"arn:{self.partition}:bedrock:{region}:{self.account}:inference-profile/{profile}"

    def own_profile(self, profile: str, region: str) -> str:
        """An application's profile."""
        return f"arn:{self.partition}:bedrock:{region}:{self.account}:application-inference-profile/{profile}"

    def any_own_profile(self) -> str:
        """All of an account's application profiles."""
        return self.own_profile("*", "*")
