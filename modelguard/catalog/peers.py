"""Models that one could be changed to without changing who bills for it: the same family, provider and region."""

from __future__ import annotations

import json
from collections import defaultdict
from functools import lru_cache
from importlib.resources import files

from modelguard.catalog.identity import ModelIdentity, identify


@lru_cache(maxsize=1)
def _families() -> dict[tuple[str, str, str], tuple[str, ...]]:
    """Canonical names in the shipped price map by (provider, region, first word of the name)."""
    rows = json.loads(files("modelguard.catalog").joinpath("data/prices.json").read_text("utf-8"))["prices"]
    found: dict[tuple[str, str, str], set[str]] = defaultdict(set)
    for provider, region, name, *_ in rows:
        if identify(name).name == name:
            found[provider, region, name.split("-", 1)[0]].add(name)
    return {key: tuple(sorted(names)) for key, names in found.items()}


def peers(model: ModelIdentity) -> tuple[str, ...]:
    """Raw names of the model's peers, written as it is written itself. Empty where its name hides who bills for it."""
    found = []
    for name in _families().get((model.provider, model.region, model.name.split("-", 1)[0]), ()):
        raw = written_as(model, name)
        if raw is not None:
            found.append(raw)
    return tuple(found)


def written_as(model: ModelIdentity, name: str) -> str | None:
    """Another model's canonical name, with the route, profile and maker that `model` is written with; None: can't be."""
    head, there, _ = model.raw.lower().partition(model.name)
    if not there:
        return None
    made = identify(head + name)
    same = (made.name, made.provider, made.region) == (name, model.provider, model.region)
    return head + name if same else None
