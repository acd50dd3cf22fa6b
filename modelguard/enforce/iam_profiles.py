"""Application inference profiles with cost tags: what Bedrock's bill is then split by, consumer by consumer.

Each is a CreateInferenceProfile request of one region (https://docs.aws.amazon.com/bedrock/latest/APIReference/
API_CreateInferenceProfile.html, read 2026-11-25). A call that names the profile's ARN instead of the model is billed
under its tags, once they are activated as cost allocation tags in the payer's account.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from modelguard.catalog.bedrock import Route
from modelguard.catalog.identity import identify
from modelguard.enforce.iam import Grant, Settings
from modelguard.enforce.iam_policy import TAG, Arns, tag_value

MAX_NAME = 64


@dataclass(frozen=True, slots=True)
class OwnProfile:
    """A profile to create: in which account and region, with what request."""

    account: str
    region: str
    consumer: str
    name: str
    copy_from: str
    tags: tuple[tuple[str, str], ...]

    def request(self) -> dict[str, Any]:
        """The body of CreateInferenceProfile, as `aws bedrock create-inference-profile --cli-input-json` takes it."""
        return {
            "inferenceProfileName": self.name,
            "description": f"{self.consumer}, by modelguard",
            "modelSource": {"copyFrom": self.copy_from},
            "tags": [{"key": key, "value": value} for key, value in self.tags],
        }


def own_profiles(grants: Sequence[Grant], settings: Settings) -> tuple[OwnProfile, ...]:
    """One for each granted route; a profile that is an application's already needs no other."""
    return tuple(p for grant in grants for p in _of_grant(grant, settings))


def _of_grant(grant: Grant, settings: Settings) -> Iterable[OwnProfile]:
    arns = Arns(settings.partition, grant.account)
    for route in grant.routes:
        if route.profile.startswith("arn:"):
            continue
        direct = route.profile == route.model
        copied = arns.model(route.model, route.source) if direct else arns.profile(route.profile, route.source)
        tags = [(TAG, tag_value(grant.consumer)), ("modelguard:model", tag_value(identify(route.model).name))]
        tags += [("modelguard:owner", tag_value(" ".join(grant.owners)))] if grant.owners else []
        yield OwnProfile(grant.account, route.source, grant.consumer, _name(grant, route), copied, tuple(tags))


def _name(grant: Grant, route: Route) -> str:
    """Unique in an account and region: consumer and profile, in words of letters and digits joined by one dash each."""
    import hashlib

    text = "-".join(re.findall(r"[0-9A-Za-z]+", f"{grant.consumer} {route.profile}"))
    if len(text) <= MAX_NAME:
        return text
    digest = hashlib.sha256(text.encode()).hexdigest()[:8]
    return f"{text[: MAX_NAME - 9].strip('-')}-{digest}"
