"""Platforms for the backtest: generated request streams with a real cache in front, and streams of trace files.

A platform is a stream of (time, key, tokens) over days, a cache with a TTL, and a day on which the model, and with it
every cache key, changes. `history` is what was billed before, as modelguard.usage/1; `truth` is what the same cache
bills after it. Nothing here knows of the forecast: shapes are drawn from wide ranges by a seed.
"""

from __future__ import annotations

import json
import math
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, timedelta
from itertools import accumulate
from pathlib import Path
from random import Random

DAY = 24.0
START = date(2026, 3, 2)
STEADY_DAYS = 14


@dataclass(frozen=True)
class Shape:
    """What one platform is like. Hours, days and requests a day; a `ttl` of 0 is no cache."""

    seed: int
    ttl: float
    sliding: bool
    history: int
    burn_in: int
    requests: float
    keys: int
    zipf: float
    fresh: float
    churn: float
    weekday: tuple[float, ...]
    hours: tuple[float, ...]
    noise: float
    trend: float
    burst: float
    told_ttl: bool = True
    start: date = START

    @property
    def warm_days(self) -> int:
        """Days after the switch until the cache has had time to be as full as it gets."""
        return max(1, math.ceil(self.ttl / DAY))

    @property
    def days(self) -> int:
        """Simulated days in all."""
        return self.burn_in + self.history + self.warm_days + STEADY_DAYS


@dataclass
class Billed:
    """A day's figures."""

    requests: int = 0
    calls: int = 0
    tokens_in: int = 0
    tokens_out: int = 0
    cold_calls: int = 0
    cold_in: int = 0
    cold_out: int = 0
    distinct: set[int] = field(default_factory=set)
    hours: list[list[int]] = field(default_factory=lambda: [[0] * 24 for _ in range(3)])


def shape_of(seed: int) -> Shape:
    """A shape drawn from wide ranges."""
    rnd = Random(f"shape {seed}")
    ttl = rnd.choice((0.0, 0.5, 1.0, 6.0, 12.0, 24.0, 24.0, 48.0, 72.0, 168.0))
    kind = rnd.random()
    if kind < 0.5:
        weekend = rnd.uniform(0.1, 0.7)
        weekday = (*(rnd.uniform(0.92, 1.08) for _ in range(5)), weekend, weekend * rnd.uniform(0.8, 1.2))
    elif kind < 0.7:
        weekday = (1.0,) * 5 + (rnd.uniform(1.1, 1.4),) * 2
    elif kind < 0.85:
        weekday = tuple(rnd.uniform(0.6, 1.4) for _ in range(7))
    else:
        weekday = (1.0,) * 7
    centre, width = rnd.uniform(6, 18), rnd.uniform(1.5, 8)
    hours = tuple(math.exp(-(((h - centre) / width) ** 2)) + rnd.choice((0.0, 0.02, 0.2)) for h in range(24))
    return Shape(
        seed=seed,
        ttl=ttl,
        sliding=rnd.random() < 0.3,
        history=rnd.choice((7, 10, 14, 14, 21, 28, 35)),
        burn_in=rnd.choice((0, 1, 1)) * math.ceil(2 * ttl / DAY + rnd.uniform(1, 9)),
        requests=math.exp(rnd.uniform(math.log(300), math.log(8000))),
        keys=round(math.exp(rnd.uniform(math.log(80), math.log(30000)))),
        zipf=rnd.uniform(0.6, 1.3),
        fresh=rnd.choice((0.0, 0.0, 0.05, 0.2, 0.5)),
        churn=rnd.choice((0.0, 0.0, 0.005, 0.02)),
        weekday=weekday,
        hours=hours,
        noise=rnd.choice((0.0, 0.02, 0.04, 0.08)),
        trend=rnd.choice((0.0, 0.0, 0.0, 0.0, -0.003, 0.004, 0.008)),
        burst=rnd.choice((0.0, 0.0, 0.3, 0.6)),
        told_ttl=rnd.random() < 0.8,
        start=START + timedelta(days=rnd.randrange(7)),
    )


def requests_of(shape: Shape) -> Iterator[tuple[float, int]]:
    """(hours since the start, key) in order of time."""
    rnd = Random(f"requests {shape.seed}")
    weights = list(accumulate((rank + 1) ** -shape.zipf for rank in range(shape.keys)))
    hour_weights = list(accumulate(shape.hours))
    names = list(range(shape.keys))
    fresh = shape.keys
    for day in range(shape.days):
        for _ in range(round(shape.churn * shape.keys)):
            names[rnd.randrange(shape.keys)] = fresh
            fresh += 1
        weekday = shape.weekday[(shape.start + timedelta(days=day)).weekday()]
        level = shape.requests * weekday * (1 + shape.trend) ** day * math.exp(rnd.gauss(0, shape.noise))
        count = max(0, round(rnd.gauss(level, math.sqrt(level))))
        times = sorted(h + rnd.random() for h in rnd.choices(range(24), cum_weights=hour_weights, k=count))
        keys = rnd.choices(names, cum_weights=weights, k=count)
        last = keys[0] if keys else 0
        for at, drawn in zip(times, keys, strict=True):
            if rnd.random() < shape.burst:  # somebody asks again what was just asked
                yield day * DAY + at, last
                continue
            last = drawn
            if rnd.random() < shape.fresh:
                last = fresh
                fresh += 1
            yield day * DAY + at, last


def tokens_of(seed: int, key: int) -> tuple[int, int]:
    """Tokens in and out of a key's call: the same key asks the same and costs the same."""
    rnd = Random(seed * 1_000_003 + key)
    return int(rnd.lognormvariate(7, 0.6)), int(rnd.lognormvariate(5, 0.7))


def played(shape: Shape, stream: Iterator[tuple[float, int]]) -> list[Billed]:
    """Every day's figures, with the switch at the start of day burn_in + history."""
    switch = shape.burn_in + shape.history
    days = [Billed() for _ in range(shape.days)]
    live: dict[int, float] = {}
    cold: dict[int, float] = {}
    sizes: dict[int, tuple[int, int]] = {}
    today = -1
    for at, key in stream:
        number = int(at // DAY)
        if number >= shape.days:
            break
        if number != today:
            cold = {}
            if today < switch <= number:
                live = {}
            today = number
        day, hour = days[number], int(at % DAY)
        if key not in sizes:
            sizes[key] = tokens_of(shape.seed, key)
        tokens_in, tokens_out = sizes[key]
        day.requests += 1
        day.distinct.add(key)
        day.hours[0][hour] += 1
        if _missed(live, key, at, shape):
            day.calls += 1
            day.tokens_in += tokens_in
            day.tokens_out += tokens_out
            day.hours[1][hour] += 1
        if _missed(cold, key, at, shape):
            day.cold_calls += 1
            day.cold_in += tokens_in
            day.cold_out += tokens_out
            day.hours[2][hour] += 1
    return days


def _missed(cache: dict[int, float], key: int, at: float, shape: Shape) -> bool:
    """Whether a request goes through the cache, which then holds its answer."""
    if not shape.ttl:
        return True
    hit = cache.get(key, -1.0) > at
    if not hit or shape.sliding:
        cache[key] = at + shape.ttl
    return not hit


def rollup_of(shape: Shape, days: list[Billed], model: str, raw: str, only: slice | None = None) -> bytes:
    """The history as modelguard.usage/1, as the contract has it."""
    part = only or slice(shape.burn_in, shape.burn_in + shape.history)
    first = part.start
    rows = []
    for offset, day in enumerate(days[part]):
        rows.append(
            {
                "day": (shape.start + timedelta(days=first + offset)).isoformat(), "consumer": "platform",
                "account": None, "model": model, "raw": raw, "requests": day.requests, "calls": day.calls,
                "distinct_keys": len(day.distinct), "tokens_in": day.tokens_in, "tokens_out": day.tokens_out,
                "cache_read_tokens": 0, "cache_write_tokens": 0, "cost": None,
                "cold": {"calls": day.cold_calls, "tokens_in": day.cold_in, "tokens_out": day.cold_out},
                "hours": dict(zip(("requests", "calls", "cold_calls"), day.hours, strict=True)), "source": "measured",
            }
        )  # fmt: skip
    caches = []
    if shape.ttl and shape.told_ttl:
        ttl = {"low": shape.ttl * 0.97, "high": shape.ttl * 1.02}
        caches = [{"consumer": "platform", "ttl_hours": ttl, "why": "inferred"}]
    header = {"schema": "modelguard.usage/1", "from": rows[0]["day"], "to": rows[-1]["day"], "sources": [],
              "caches": caches, "calibration": None}  # fmt: skip
    return "\n".join(json.dumps(line) for line in [header, *rows]).encode()


def trace_platforms(folder: Path) -> Iterator[tuple[str, Shape, list[tuple[float, int]]]]:
    """Platforms made of trace files: their order and reuse are real, their hour is stretched over weeks.

    Mooncake's requests are known by their first blocks of 512 tokens, so how many blocks make a key says how much is
    asked again; Azure's have lengths only, and a length stands for a key.
    """
    mooncake, azure = folder / "mooncake_conversation.jsonl", folder / "azure_llm_2023_code.csv"
    streams: list[tuple[str, list[tuple[float, int]]]] = []
    if mooncake.exists():
        rows = [json.loads(line) for line in mooncake.read_text().splitlines()]
        for blocks in (1, 2, 3, 5, 8):
            keyed = [(float(r["timestamp"]), hash(tuple(r["hash_ids"][:blocks])) & 0xFFFFFFF) for r in rows]
            streams.append((f"mooncake, first {blocks} blocks", keyed))
    if azure.exists():
        lines = [line.split(",") for line in azure.read_text().splitlines()[1:]]
        for step in (1, 8, 64):
            keyed = [(float(i), int(line[1]) // step) for i, line in enumerate(lines)]
            streams.append((f"azure code, lengths by {step}", keyed))
    for name, stream in streams:
        for ttl, history in ((12.0, 14), (24.0, 21), (72.0, 21)):
            shape = Shape(0, ttl, False, history, 3, 0, 0, 0, 0, 0, (), (), 0, 0, 0)
            span = (stream[-1][0] - stream[0][0]) / (shape.days * DAY - 0.01)
            yield f"{name}, TTL {ttl:g} h", shape, [((at - stream[0][0]) / span, key) for at, key in stream]
