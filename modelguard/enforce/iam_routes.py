"""From a Bedrock id as it is asked for to the routes that must be allowed, or the reason why there are none."""

from __future__ import annotations

import difflib
import re
from collections.abc import Sequence
from dataclasses import dataclass

from modelguard.catalog.bedrock import REGION, Route, Table
from modelguard.catalog.identity import identify

_ARN = re.compile(r"arn:aws[a-z-]*:bedrock:([a-z0-9-]*):\d*:([a-z-]+)/(.+)\Z")
_OPAQUE = {
    "provisioned-model": "provisioned throughput is bought by the hour, not by the call",
    "imported-model": "an imported model is the account's own",
    "custom-model-deployment": "a custom model is the account's own",
    "prompt-router": "a prompt router chooses the model itself",
    "default-prompt-router": "a prompt router chooses the model itself",
}


@dataclass(frozen=True, slots=True)
class Unroutable:
    """Why an id can't be granted."""

    why: str


def routes_of(raw: str, regions: Sequence[str], table: Table) -> tuple[Route, ...] | Unroutable:
    """The routes of an id asked for from these regions; an ARN, or a region in the name, says its own.

    A model that is asked for by its own id is a route of that name to its own region.
    """
    text = raw.strip()
    if text.split("/", 1)[0].lower() == "bedrock_mantle":
        return Unroutable("the bedrock-mantle endpoint is granted by project, not by model, and is closed")
    found = _ARN.search(text)
    if found is not None:
        return _of_arn(found[0], found[1], found[2], found[3], table)
    identity = identify(text)
    named = [part for part in text.split("/")[:-1] if REGION.match(part)]
    return _routes(identity.native or text.rsplit("/", 1)[-1], named or list(regions), table)


def _of_arn(arn: str, region: str, kind: str, name: str, table: Table) -> tuple[Route, ...] | Unroutable:
    if kind in ("foundation-model", "inference-profile"):
        return _routes(name, [region], table)
    if kind == "application-inference-profile":
        found = table.routes.get((arn, region))
        how = "give the account's profiles: aws bedrock list-inference-profiles --type-equals APPLICATION"
        return (found,) if found else Unroutable(f"an application's profile does not say its model; {how}")
    return Unroutable(f"{_OPAQUE.get(kind, f'a {kind} does not say its model')}, so no allocation covers it")


def _routes(name: str, regions: Sequence[str], table: Table) -> tuple[Route, ...] | Unroutable:
    known = [table.routes[name, r] for r in regions if (name, r) in table.routes]
    direct = table.on_demand.get(name, frozenset())
    known += [Route(name, r, name, (r,)) for r in regions if r in direct]
    missing = sorted({*regions} - {route.source for route in known})
    if not missing:
        return tuple(known)
    return Unroutable(_unknown(name, missing, table))


def _unknown(name: str, regions: Sequence[str], table: Table) -> str:
    where = ", ".join(regions)
    sources = table.sources(name)
    if sources:
        return (
            f"from {where} this profile can't be asked, only from {', '.join(sources)} ({table.source}, {table.as_of})"
        )
    if name in table.on_demand:
        only = ", ".join(sorted(table.on_demand[name]))
        return f"in {where} it is not served by its own id, only in {only} ({table.source}, {table.as_of})"
    close = _alike(name, table)
    hint = f'; Bedrock has "{close}"' if close else ""
    return f"no such profile or model of Bedrock is known{hint} ({table.source}, {table.as_of})"


def _alike(name: str, table: Table) -> str:
    """The id a person most likely meant: of the same model and geography, else one spelt much the same."""
    ids = sorted({*table.on_demand, *table.profiles()})
    identity = identify(name)
    same = [i for i in ids if (identify(i).name, identify(i).region) == (identity.name, identity.region)]
    return next(iter(same or difflib.get_close_matches(name, ids, 1, 0.85)), "")
