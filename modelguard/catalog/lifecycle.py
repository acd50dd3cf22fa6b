"""How long a model is there, and how much fits into it: data/lifecycle.json, from LiteLLM's map (see refresh.py)."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Any

from modelguard.catalog.identity import ModelIdentity


@dataclass(frozen=True, slots=True)
class Lifecycle:
    """The day a model is turned off, and its context window in tokens; None where neither table says."""

    retires: date | None = None
    context: int | None = None


def lifecycle_of(model: ModelIdentity) -> Lifecycle:
    """What is known of a model at the provider that bills for it: by its own dated name, else by its canonical one."""
    table = _table()
    for name in dict.fromkeys((model.native, model.name)):
        row = table.get((model.provider, name))
        if row is not None:
            return Lifecycle(date.fromisoformat(row[0]) if row[0] else None, row[1])
    return Lifecycle()


@cache
def _table() -> dict[tuple[str, str], tuple[str | None, int | None]]:
    text = files("modelguard.catalog").joinpath("data/lifecycle.json").read_text(encoding="utf-8")
    return {(provider, name): (retires, context) for provider, name, retires, context in json.loads(text)["models"]}


def write_lifecycle(
    path: Path, entries: Mapping[str, tuple[ModelIdentity, Mapping[str, Any]]], header: Mapping[str, str]
) -> int:
    """Write the table anew from LiteLLM's entries by key; how many rows it has.

    A canonical name has the date of the entry that is called so. Where there is none, it ends with the last dated one,
    and only where all of those end.
    """
    own: dict[tuple[str, str], tuple[str | None, int | None]] = {}
    dated: dict[tuple[str, str], list[tuple[str | None, int | None]]] = {}
    for model, entry in entries.values():
        row = (_day(entry.get("deprecation_date")), _tokens(entry.get("max_input_tokens")))
        if row == (None, None) and model.native == model.name:
            continue
        own.setdefault((model.provider, model.native), row)
        dated.setdefault((model.provider, model.name), []).append(row)
    for key, rows in dated.items():
        days = [r[0] for r in rows if r[0] is not None]
        last = max(days) if len(days) == len(rows) else None
        own.setdefault(key, (last, max((r[1] for r in rows if r[1] is not None), default=None)))
    kept = {k: r for k, r in own.items() if r != (None, None) and k[0]}
    lines = [json.dumps([*key, *row]) for key, row in sorted(kept.items())]
    head = json.dumps({**header, "columns": ["provider", "name", "retires", "context_tokens"]})
    path.write_text(f'{head[:-1]}, "models": [\n' + ",\n".join(lines) + "\n]}\n", encoding="utf-8")
    return len(kept)


def _day(value: object) -> str | None:
    try:
        return date.fromisoformat(str(value)).isoformat()
    except ValueError:
        return None


def _tokens(value: object) -> int | None:
    if isinstance(value, bool) or value is None:
        return None
    try:
        return int(str(value)) or None
    except ValueError:
        return None
