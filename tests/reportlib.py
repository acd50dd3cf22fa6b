"""Reports to render: the example's, and any that hypothesis thinks of."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

from click.testing import CliRunner, Result

from modelguard.cli import main

SARIF = json.loads((Path(__file__).parent / "report" / "data" / "sarif-schema-2.1.0.json").read_text("utf-8"))
"""The schema that OASIS publishes."""
SNAPSHOTS = Path(__file__).parent / "snapshots"


def run(*arguments: object) -> Result:
    return CliRunner().invoke(main, [str(a) for a in arguments])


def snapshot(name: str, text: str) -> None:
    """The exact output; UPDATE_SNAPSHOTS=1 writes it anew, to be read in the diff."""
    path = SNAPSHOTS / name
    if os.environ.get("UPDATE_SNAPSHOTS"):
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    assert text == path.read_text(encoding="utf-8")


def interval(expected: str | None) -> dict[str, str | None]:
    return {"low": None, "expected": expected, "high": None}


def reader(name: str, first: str | None = "12.5", **more: Any) -> dict[str, Any]:
    """A consumer of a change."""
    source = "unknown" if first is None else "measured"
    cost = {
        "name": name,
        "source": source,
        "before_per_day": interval(first),
        "steady_per_day": interval(first),
        "first_day": interval(first),
    }
    budget = {"allocated_per_day": "0", "needed_per_day": first, "verdict": "missing", "owner": more.pop("owner", None)}
    shown = {"name": name, "instances": 1, "certainty": "certain", "via": [["a.py", 1]], "cost": cost, "budget": budget}
    return {**shown, "runs_as": "script", **more}


def change(consumers: list[dict[str, Any]], **more: Any) -> dict[str, Any]:
    """A change of a model."""
    shown = {"field": "f", "path": "a.yaml", "line": 3, "from": "gpt-4o-mini", "to": "gpt-4o", "name": "llm.model"}
    return {**shown, "consumers": consumers, **more}


def finding(**more: Any) -> dict[str, Any]:
    """A finding."""
    shown = {
        "rule": "MG301",
        "name": "unfunded",
        "level": "error",
        "message": "no budget",
        "help": "get one",
        "why": "w",
    }
    place = {"path": "a.yaml", "line": 3, "column": 2, "consumers": [], "fingerprint": "f00d", "suppressed": None}
    return {**shown, **place, **more}


def report(**more: Any) -> dict[str, Any]:
    """A whole document."""
    coverage = {"files": 2, "parsed": 1, "skipped": {}, "failed": [], "calls": 1, "calls_resolved": 1}
    shown = {"schema": "modelguard.report/1", "verdict": "fail", "base": "a" * 40, "head": None, "changes": []}
    return {**shown, "findings": [], "coverage": coverage, **more}
