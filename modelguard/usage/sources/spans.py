"""Spans of GenAI calls: OpenTelemetry (OTLP as JSON) and Langfuse's observations.

OTLP: https://opentelemetry.io/docs/specs/semconv/gen-ai/gen-ai-spans/: `gen_ai.request.model`, `gen_ai.response.model`,
`gen_ai.usage.input_tokens` and `output_tokens` (before v1.27 `prompt_tokens` and `completion_tokens`), `service.name` of
the resource. Spans that wrap others (agents, tools) are no calls. Langfuse: observations of type GENERATION with `model`,
`startTime`, `usage` (`input`, `output`) or `usageDetails`, `calculatedTotalCost`, `traceName`, `userId`.
A span is one request. Whether a proxy answered it from a cache it does not say, so calls are taken as billed, which is said.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from modelguard.errors import InputError
from modelguard.usage.events import Batch, Bucket, Options
from modelguard.usage.sources.documents import count, moment_of, usd

OPERATIONS = ("chat", "text_completion", "generate_content", "embeddings", "")
NOTE = "spans don't say what a proxy's cache answered: each counts as billed"


def otel(data: bytes, path: str, options: Options) -> Batch:
    """OTLP traces as JSON: one document, or a line each."""
    found = []
    for document, line in documents(data, path):
        for resource in _list(document, "resourceSpans", path, line):
            service = _attributes(resource.get("resource") or {}).get("service.name")
            for scope in resource.get("scopeSpans") or ():
                for span in scope.get("spans") or ():
                    bucket = _span(span, str(service or "(no service)"), path, line)
                    if bucket is not None:
                        found.append(bucket)
    return Batch(tuple(found), notes=(NOTE,) if found else ())


def _span(span: Mapping[str, Any], service: str, path: str, line: int | None) -> Bucket | None:
    values = _attributes(span)
    model = values.get("gen_ai.response.model") or values.get("gen_ai.request.model")
    if model is None or values.get("gen_ai.operation.name", "") not in OPERATIONS:
        return None
    cached = count(values.get("gen_ai.usage.cache_read.input_tokens"), path, "cache_read.input_tokens", line)
    written = count(values.get("gen_ai.usage.cache_creation.input_tokens"), path, "cache_creation.input_tokens", line)
    tokens = count(
        values.get("gen_ai.usage.input_tokens", values.get("gen_ai.usage.prompt_tokens")), path, "input_tokens", line
    )
    if tokens is not None:
        # The convention counts those of the prompt cache among the input tokens.
        tokens = max(0, tokens - (cached or 0) - (written or 0))
    out = values.get("gen_ai.usage.output_tokens", values.get("gen_ai.usage.completion_tokens"))
    at = moment_of(span.get("startTimeUnixNano"), path, "startTimeUnixNano", line)
    return Bucket(
        at, service, str(model), requests=1, calls=1, tokens_in=tokens, tokens_out=count(out, path, "output_tokens", line),
        cache_read=cached, cache_write=written, id=f"{span.get('traceId', '')}-{span['spanId']}" if span.get("spanId") else None,
    )  # fmt: skip


def _attributes(holder: Mapping[str, Any]) -> dict[str, Any]:
    """OTLP attributes as a mapping: [{"key": …, "value": {"intValue": "3"}}]."""
    found = {}
    for entry in holder.get("attributes") or ():
        value = entry.get("value") or {}
        found[str(entry.get("key"))] = next(iter(value.values()), None) if isinstance(value, dict) else value
    return found


def langfuse(data: bytes, path: str, options: Options) -> Batch:
    """Langfuse's observations: an API answer (`data`), an export as an array, or a line each."""
    found = []
    for document, line in documents(data, path):
        rows = document.get("data", [document]) if isinstance(document, dict) else document
        for number, row in enumerate(rows, 1):
            where = "" if line else f"item {number}"
            if not isinstance(row, dict) or "startTime" not in row:
                raise InputError(
                    f"{where or 'a row'} has no startTime: not a Langfuse observation", path=path, line=line
                )
            if row.get("type", "GENERATION") == "GENERATION" and row.get("model"):
                found.append(_observation(row, path, where, line))
    return Batch(tuple(found), notes=(NOTE,) if found else ())


def _observation(row: Mapping[str, Any], path: str, where: str, line: int | None) -> Bucket:
    usage = row.get("usageDetails") or row.get("usage") or {}
    names = [str(row[key]) for key in ("serviceName", "traceName", "name", "userId") if row.get(key)]
    return Bucket(
        moment_of(row["startTime"], path, where, line), "|".join(names) or "(no name)", str(row["model"]), requests=1, calls=1,
        tokens_in=count(usage.get("input", usage.get("promptTokens")), path, f"{where} usage.input", line),
        tokens_out=count(usage.get("output", usage.get("completionTokens")), path, f"{where} usage.output", line),
        cache_read=count(usage.get("input_cached_tokens", usage.get("cache_read_input_tokens")), path, where, line),
        cost=usd(row.get("calculatedTotalCost") or (row.get("costDetails") or {}).get("total"), path, where, line),
        id=str(row["id"]) if row.get("id") else None,
    )  # fmt: skip


def documents(data: bytes, path: str) -> Iterator[tuple[Any, int | None]]:
    """One JSON document, or JSON lines with their line numbers."""
    import msgspec

    data = data.removeprefix(b"\xef\xbb\xbf").strip()
    if not data:
        raise InputError("empty; nothing was imported", path=path)
    try:
        yield msgspec.json.decode(data), None
        return
    except (msgspec.DecodeError, RecursionError, UnicodeDecodeError) as error:
        if b"\n" not in data:
            raise InputError(f"not JSON: {error}; nothing was imported", path=path) from error
    for number, line in enumerate(data.split(b"\n"), 1):
        if line.strip():
            try:
                yield msgspec.json.decode(line), number
            except (msgspec.DecodeError, RecursionError, UnicodeDecodeError) as error:
                raise InputError(f"not JSON: {error}; nothing was imported", path=path, line=number) from error


def _list(document: Any, key: str, path: str, line: int | None) -> list[Mapping[str, Any]]:
    found = document.get(key) if isinstance(document, dict) else None
    if not isinstance(found, list):
        raise InputError(f"no {key}: not OTLP as JSON; nothing was imported", path=path, line=line)
    return found
