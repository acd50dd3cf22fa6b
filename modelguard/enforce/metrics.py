"""What the lines about calls (record.py) come to as metrics: OpenTelemetry's GenAI conventions, and Prometheus.

Instruments and attributes: https://github.com/open-telemetry/semantic-conventions-genai (gen-ai-metrics.md and
gen-ai-token-metrics.md, read in November 2026; status: development). `gen_ai.client.token.usage` holds billed tokens only,
as the convention wants it: answers from the response cache have none. What it has no word for is `modelguard.*`. The names
that Prometheus sees are those that OpenTelemetry's own translation gives, so one query reads both.

MODELGUARD_METRICS says which: `otlp`, `prometheus`, or both with a comma. Neither ever fails a call.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from modelguard.catalog.identity import identify

Sink = Callable[[Mapping[str, Any]], None]
"""Takes a line about a call."""

MAX_SERIES = 2000
"""Most sets of attributes in a process; in those after them the models are OTHER: a client must not fill a store of metrics."""
OTHER = "(other)"


class MetricsError(Exception):
    """Metrics were asked for and can't be had; says what to do."""


@dataclass(frozen=True, slots=True)
class Instrument:
    """`prometheus` is its name there, without the suffix of a counter; `buckets` those of a histogram."""

    name: str
    kind: Literal["counter", "histogram"]
    unit: str
    about: str
    prometheus: str
    buckets: tuple[float, ...] = ()


TOKENS = Instrument(
    "gen_ai.client.token.usage",
    "histogram",
    "{token}",
    "Billed tokens of a call, by gen_ai.token.type; input holds those of the provider's prompt cache.",
    "gen_ai_client_token_usage",
    tuple(float(4**n) for n in range(14)),
)
DURATION = Instrument(
    "gen_ai.client.operation.duration",
    "histogram",
    "s",
    "Seconds that a request took.",
    "gen_ai_client_operation_duration_seconds",
    tuple(0.01 * 2**n for n in range(14)),
)
CACHE_READ = Instrument(
    "gen_ai.client.inference.usage.cache_read.input_tokens",
    "counter",
    "{token}",
    "Input tokens read from the provider's prompt cache.",
    "gen_ai_client_inference_usage_cache_read_input_tokens",
)
CACHE_WRITE = Instrument(
    "gen_ai.client.inference.usage.cache_write.input_tokens",
    "counter",
    "{token}",
    "Input tokens written to the provider's prompt cache.",
    "gen_ai_client_inference_usage_cache_write_input_tokens",
)
REQUESTS = Instrument(
    "modelguard.requests",
    "counter",
    "{request}",
    "Requests, by consumer, models and what came of them.",
    "modelguard_requests",
)
COST = Instrument("modelguard.cost", "counter", "USD", "What calls cost, USD.", "modelguard_cost_USD")
INSTRUMENTS = (TOKENS, DURATION, CACHE_READ, CACHE_WRITE, REQUESTS, COST)

LABELS = (
    "gen_ai.operation.name", "gen_ai.provider.name", "gen_ai.request.model", "gen_ai.response.model", "error.type",
    "modelguard.consumer", "modelguard.account", "modelguard.stage", "modelguard.key", "modelguard.route",
    "modelguard.cache", "modelguard.refresh",
)  # fmt: skip
TYPE = "gen_ai.token.type"
_OPERATIONS = {
    "chat": "chat", "messages": "chat", "responses": "chat", "completions": "text_completion", "gemini": "generate_content",
}  # fmt: skip
_PROVIDERS = {
    "aws": "aws.bedrock", "azure": "azure.ai.openai", "google": "gcp.gemini", "mistral": "mistral_ai", "x-ai": "x_ai",
}  # fmt: skip
_SAID = frozenset({"unallocated", "expired", "unpriced", "budget_exhausted"})
"""Refusals of a model that the proxy knows; in others the model's name is whatever the client wrote."""


@dataclass(frozen=True, slots=True)
class Measured:
    """One measurement; `attributes` hold no empty values."""

    instrument: Instrument
    amount: float
    attributes: Mapping[str, str]


class Measuring:
    """Lines to measurements, with a bound on how many sets of attributes there are."""

    def __init__(self) -> None:
        self._seen: set[tuple[str, ...]] = set()

    def of(self, line: Mapping[str, Any]) -> Iterator[Measured]:
        """What a line about a call comes to."""
        said = self._bounded(attributes_of(line))
        yield Measured(REQUESTS, 1, said)
        if isinstance(line.get("seconds"), int | float):
            yield Measured(DURATION, max(float(line["seconds"]), 0.0), said)
        if line.get("refused") or line.get("served") is None:
            return
        yield Measured(COST, float(line.get("cost") or 0), said)
        if line.get("cache_hit"):
            return
        for key, what in (("tokens_in", "input"), ("tokens_out", "output")):
            if line.get(key) is not None:
                yield Measured(TOKENS, line[key], {**said, TYPE: what})
        for key, instrument in (("cache_read_tokens", CACHE_READ), ("cache_write_tokens", CACHE_WRITE)):
            if line.get(key):
                yield Measured(instrument, line[key], said)

    def _bounded(self, said: dict[str, str]) -> dict[str, str]:
        key = tuple(said.get(name, "") for name in LABELS)
        if key not in self._seen:
            if len(self._seen) >= MAX_SERIES:
                return {n: OTHER if n.endswith(".model") else v for n, v in said.items()}
            self._seen.add(key)
        return said


def attributes_of(line: Mapping[str, Any]) -> dict[str, str]:
    """The attributes of a line, by the conventions' names; those that are not known are left out."""
    served, status = line.get("served"), line.get("status")
    error = line.get("refused") or (str(status) if isinstance(status, int) and status >= 400 else None)
    known = served is not None or line.get("refused") in _SAID
    cache = "stale" if line.get("stale") else "hit" if line.get("cache_hit") else "miss"
    route = str(line.get("route") or "other")
    found = {
        "gen_ai.operation.name": _OPERATIONS.get(route, route),
        "gen_ai.provider.name": provider_of(str(served)) if served else None,
        "gen_ai.request.model": (line.get("asked") or line.get("model")) if known else None,
        "gen_ai.response.model": served if error is None else None,
        "error.type": error,
        "modelguard.consumer": line.get("consumer"),
        "modelguard.account": line.get("account"),
        "modelguard.stage": line.get("stage"),
        "modelguard.key": line.get("key"),
        "modelguard.route": route,
        "modelguard.cache": cache,
        "modelguard.refresh": "true" if line.get("refresh") else "false",
    }
    return {name: str(value) for name, value in found.items() if value}


def provider_of(raw: str) -> str:
    """The convention's name of the provider of a model as the proxy writes it."""
    if raw.startswith("vertex_ai"):
        return "gcp.vertex_ai"
    provider = identify(raw).provider or raw.partition("/")[0]
    return _PROVIDERS.get(provider, provider)


def sinks(wanted: str, default: Path) -> list[Sink]:
    """What MODELGUARD_METRICS asks for; `default` is the folder of Prometheus' files. Raises MetricsError."""
    found: list[Sink] = []
    for name in dict.fromkeys(part.strip().lower() for part in wanted.split(",") if part.strip()):
        if name == "otlp":
            from modelguard.enforce.metrics_otlp import Otlp

            found.append(Otlp())
        elif name == "prometheus":
            from modelguard.enforce.metrics_prometheus import Prometheus

            found.append(Prometheus(default))
        else:
            raise MetricsError(f"MODELGUARD_METRICS: there is no {name!r}; there are otlp and prometheus")
    return found
