"""Write the example's usage rollup (modelguard.usage/1): `python make_usage.py [FILE]`.

Invented, but consistent: 14 days of three consumers whose answers lie in a cache for 30 days, around the means of the
story (6,400 and 545 calls on the day that every answer was cold, about a twentieth of them before; a health check that
passes the cache by). Costs are list prices of Bedrock's `us.` profile of Claude Sonnet 4.6, USD 3.30 and 16.50 a
million tokens in and out (AWS's price list: 3 and 15, and 10 % for the regional profile). No randomness, no clock.
"""

from __future__ import annotations

import hashlib
import json
import sys
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path

FIRST_DAY = date(2026, 3, 2)
MODEL = "claude-sonnet-4-6"
RAW = "bedrock/us.anthropic.claude-sonnet-4-6"
USD_PER_TOKEN_IN = Decimal("3.30") / 1_000_000
USD_PER_TOKEN_OUT = Decimal("16.50") / 1_000_000
CACHE_TTL_HOURS = 720

# The days' traffic in thousandths of the mean day, and how many more or fewer calls were billed; each averages out.
TRAFFIC = (980, 1020, 1010, 990, 1030, 970, 1000, 1010, 980, 1020, 990, 1000, 1030, 970)
BILLED = (1015, 970, 1005, 1030, 985, 1010, 985, 990, 1025, 975, 1000, 1020, 980, 1010)


@dataclass(frozen=True)
class Workload:
    """One consumer's mean day: counts of calls, tokens a call, and how the day's requests spread over 24 hours."""

    consumer: str
    requests: int
    cold_calls: int
    billed_calls: Decimal
    tokens_in: Decimal
    tokens_out: Decimal
    hours: tuple[int, ...]
    cached: bool = True


WORKLOADS = (
    Workload(  # Indian business hours, the bulk between 10:00 and 13:00 UTC
        "inference-api", 6432, 6400, Decimal(320), Decimal(3200), Decimal("552.5"),
        (0, 0, 1, 2, 4, 8, 14, 22, 34, 60, 240, 280, 230, 60, 26, 10, 5, 2, 1, 1, 0, 0, 0, 0),
    ),
    Workload(  # one run a night, 03:58 to 05:31 UTC
        "entity-training.train", 548, 545, Decimal("27.25"), Decimal(2600), Decimal(417),
        (0, 0, 0, 2, 65, 33, *(0,) * 18),
    ),
    Workload("health-check", 48, 48, Decimal(48), Decimal(31720), Decimal(640), (1,) * 24, cached=False),
)  # fmt: skip


def spread(total: int, weights: tuple[int, ...]) -> list[int]:
    """Share `total` out by `weights`, in whole calls that add up to it."""
    cumulative = [sum(weights[: hour + 1]) * total // sum(weights) for hour in range(len(weights))]
    return [after - before for before, after in zip([0, *cumulative], cumulative, strict=False)]


def counts(workload: Workload, day: int) -> tuple[int, int, int]:
    """Requests, billed calls and cold calls of one day."""
    if not workload.cached:
        return workload.requests, workload.requests, workload.requests
    requests = workload.requests * TRAFFIC[day] // 1000
    cold = workload.cold_calls * TRAFFIC[day] // 1000
    # Rounding carries over from day to day, so that a quarter of a call is not lost fourteen times.
    until = [int(workload.billed_calls * sum(BILLED[:n]) / 1000) for n in (day, day + 1)]
    return requests, until[1] - until[0], cold


def row(workload: Workload, day: int) -> dict[str, object]:
    """One consumer's day as the rollup has it."""
    requests, calls, cold = counts(workload, day)
    tokens_in, tokens_out = int(calls * workload.tokens_in), int(calls * workload.tokens_out)
    return {
        "day": (FIRST_DAY + timedelta(days=day)).isoformat(),
        "consumer": workload.consumer,
        "account": None,
        "model": MODEL,
        "raw": RAW,
        "requests": requests,
        "calls": calls,
        "distinct_keys": cold if workload.cached else None,
        "tokens_in": tokens_in,
        "tokens_out": tokens_out,
        "cache_read_tokens": 0,
        "cache_write_tokens": 0,
        "cost": f"{(tokens_in * USD_PER_TOKEN_IN + tokens_out * USD_PER_TOKEN_OUT).normalize():f}",
        "cold": {
            "calls": cold,
            "tokens_in": int(cold * workload.tokens_in),
            "tokens_out": int(cold * workload.tokens_out),
        },
        "hours": {
            "requests": spread(requests, workload.hours),
            "calls": spread(calls, workload.hours),
            "cold_calls": spread(cold, workload.hours),
        },
        "source": "measured",
    }


def rollup() -> str:
    """The whole file: a header, then a line a day and consumer."""
    rows = [row(workload, day) for day in range(len(TRAFFIC)) for workload in WORKLOADS]
    lines = [json.dumps(each) for each in rows]
    ttl = {"low": CACHE_TTL_HOURS, "high": CACHE_TTL_HOURS}
    header = {
        "schema": "modelguard.usage/1",
        "from": rows[0]["day"],
        "to": rows[-1]["day"],
        # There was no log to import: the digest is of the rows below.
        "sources": [{"kind": "litellm", "rows": sum(counts(w, d)[0] for w in WORKLOADS for d in range(len(TRAFFIC))),
                     "sha256": hashlib.sha256("\n".join(lines).encode()).hexdigest()}],
        "caches": [{"consumer": w.consumer, "ttl_hours": ttl, "why": "declared"} for w in WORKLOADS if w.cached],
        "calibration": 1.0,
    }  # fmt: skip
    return "\n".join([json.dumps(header), *lines]) + "\n"


if __name__ == "__main__":
    target = Path(sys.argv[1]) if len(sys.argv) > 1 else Path(__file__).parent / "repo" / "modelguard-usage.jsonl"
    target.write_text(rollup(), encoding="utf-8")
