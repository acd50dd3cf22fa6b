"""Generated spend logs with a real cache in front, and what a plain loop says their rollup must be."""

from __future__ import annotations

import csv
import io
import json
import os
import random
from collections import Counter
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from modelguard.usage.events import Options
from modelguard.usage.importer import Imported, rolled_up, sources_of
from modelguard.usage.load import load_rows
from modelguard.usage.naming import Known
from modelguard.usage.sources.registry import row_source
from modelguard.usage.warehouse import Warehouse

START = datetime(2026, 3, 2)
HEADER = (
    "request_id", "call_type", "api_key", "spend", "total_tokens", "prompt_tokens", "completion_tokens", "startTime",
    "endTime", "model", "model_group", "custom_llm_provider", "user", "metadata", "cache_hit", "cache_key",
    "request_tags", "status",
)  # fmt: skip


@dataclass(frozen=True)
class Request:
    at: datetime
    consumer: str
    key: str
    hit: bool
    tokens_in: int
    tokens_out: int


def requests(seed: int, count: int, days: int = 3, ttl_hours: float = 30, shared: bool = False) -> list[Request]:
    """Requests in order through a cache that keeps answers for `ttl_hours`, Zipf-like keys."""
    draw = random.Random(seed)
    stored: dict[str, datetime] = {}
    found = []
    for second in sorted(draw.random() * days * 86400 for _ in range(count)):
        # Whole milliseconds, as logs have them.
        at = START + timedelta(milliseconds=int(second * 1000))
        consumer = draw.choice(("inference-api", "health-check"))
        rank = int(draw.paretovariate(0.7)) % 500
        key = f"{rank if shared else f'{consumer}-{rank}'}"
        hit = key in stored and at - stored[key] < timedelta(hours=ttl_hours)
        if not hit:
            stored[key] = at
        found.append(Request(at, consumer, key, hit, 100 + rank, 10 + rank % 7))
    return found


def spend_logs(found: list[Request], model: str = "us.anthropic.claude-sonnet-4-6") -> str:
    """The requests as a CSV export of LiteLLM_SpendLogs."""
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow(HEADER)
    for number, r in enumerate(found):
        metadata = json.dumps({"user_api_key_alias": r.consumer, "status": "success"})
        at = r.at.isoformat(sep=" ", timespec="milliseconds")
        writer.writerow([
            f"r{number}", "acompletion", "ab" * 32, "0" if r.hit else "0.0011", r.tokens_in + r.tokens_out, r.tokens_in,
            r.tokens_out, at, at, model, "claude", "bedrock", "", metadata, str(r.hit), r.key, "[]", "success",
        ])  # fmt: skip
    return text.getvalue()


def expected(found: list[Request], ttl_hours: float) -> dict[tuple[str, str], dict[str, Any]]:
    """{(day, consumer): figures} by going through the requests one at a time."""
    result: dict[tuple[str, str], dict[str, Any]] = {}
    stored: dict[tuple[str, str], datetime] = {}
    for r in found:
        day = r.at.date().isoformat()
        row = result.setdefault(
            (day, r.consumer),
            {"requests": 0, "calls": 0, "tokens_in": 0, "tokens_out": 0, "keys": set(), "cold": Counter(),
             "hours": {n: [0] * 24 for n in ("requests", "calls", "cold_calls")}},
        )  # fmt: skip
        row["requests"] += 1
        row["hours"]["requests"][r.at.hour] += 1
        row["keys"].add(r.key)
        if not r.hit:
            row["calls"] += 1
            row["hours"]["calls"][r.at.hour] += 1
            row["tokens_in"] += r.tokens_in
            row["tokens_out"] += r.tokens_out
        # The replay: a cache that is empty at 00:00.
        last = stored.get((day, r.key))
        if last is None or r.at - last > timedelta(hours=ttl_hours):
            stored[day, r.key] = r.at
            row["cold"].update(calls=1, tokens_in=r.tokens_in, tokens_out=r.tokens_out)
            row["hours"]["cold_calls"][r.at.hour] += 1
    return result


def imported(*files: Path, source: str = "litellm", consumers: tuple[Known, ...] = (), **options: object) -> Imported:
    given = Options(**options)  # type: ignore[arg-type]
    reader = row_source(source, given)
    assert reader is not None
    with Warehouse() as warehouse:
        loaded = load_rows(warehouse, reader, files, given, lambda *_: None)
        lines = sources_of(source, loaded.per_file, ["" for _ in files])
        return rolled_up(warehouse, loaded, source, lines, consumers, lambda *_: None, reader.model_of)


def need(there: object, what: str) -> None:
    """Skip without a component; in CI that is a failure."""
    if not there:
        if os.environ.get("MODELGUARD_CI"):
            pytest.fail(f"{what} is missing in CI")
        pytest.skip(f"{what} is not installed")


def rollup(url: str | None, path: Path, kind: str = "litellm") -> Imported:
    options = Options()
    source = row_source(kind, options)
    assert source is not None
    with Warehouse(url) as warehouse:
        loaded = load_rows(warehouse, source, [path], options, lambda *_: None)
        return rolled_up(warehouse, loaded, kind, [], (), lambda *_: None, source.model_of)
