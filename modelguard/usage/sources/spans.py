"""Spans of GenAI calls: OpenTelemetry (OTLP as JSON) and Langfuse's observations.

OTLP: https://opentelemetry.io/docs/specs/semconv/gen-ai/gen-ai-spans/: `gen_ai.request.model`, `gen_ai.response.model`,
`gen_ai.usage.input_tokens` and `output_tokens` (before v1.27 `prompt_tokens` and `completion_tokens`), `service.name` of
the resource. Spans that wrap others (agents, tools) are no calls; those of operations that are not known are counted and said.
Instrumentations before the convention write `cache_read_input_tokens` with underscores. Langfuse: observations of type
GENERATION with `model` (`providedModelName` from v2 of its API on), `startTime`, `usage` (`input`, `output`) or
`usageDetails` or `inputTokens` and `outputTokens`, `calculatedTotalCost` or `totalCost`, `traceName`, `userId`.
A span is one request. Whether a proxy answered it from a cache it does not say, so calls are taken as billed, which is said.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from modelguard.errors import InputError
from modelguard.usage.events import Batch, Bucket, Options
from modelguard.usage.sources.documents import count, moment_of, usd

OPERATIONS = (
    "chat", "text_completion", "generate_content", "embeddings", "completion", "generate", "responses", "embedding", "",
)  # fmt: skip
DEEPEST = 64
"""Most spans that are gone up from a call."""
_Id = tuple[str, str]
"""A span by trace and span."""
WRAPPERS = ("invoke_agent", "create_agent", "execute_tool", "invoke_workflow")
NOTE = "spans don't say what a proxy's cache answered: each counts as billed"


def otel(data: bytes, path: str, options: Options) -> Batch:
    """OTLP traces as JSON: one document, or a line each."""
    found: list[tuple[_Id, Bucket]] = []
    above: dict[_Id, _Id] = {}
    others: Counter[str] = Counter()
    for document, line in documents(data, path):
        for resource in listed(document, "resourceSpans", path, line):
            service = attributes_of(resource.get("resource") or {}).get("service.name")
            for scope in resource.get("scopeSpans") or ():
                for span in scope.get("spans") or ():
                    values = attributes_of(span)
                    operation = str(values.get("gen_ai.operation.name") or "")
                    if operation not in OPERATIONS and operation not in WRAPPERS:
                        others[operation[:40]] += 1
                    trace = str(span.get("traceId", ""))
                    above[trace, str(span.get("spanId"))] = (trace, str(span.get("parentSpanId")))
                    bucket = _span(span, values, operation, str(service or "(no service)"), path, line)
                    if bucket is not None:
                        found.append(((trace, str(span.get("spanId"))), bucket))
    wrappers = _wrappers([where for where, _ in found], above)
    kept = [bucket for where, bucket in found if where not in wrappers]
    said = [
        f"{n:,} spans of the operation {name}, which is none we know, are left out"
        for name, n in sorted(others.items())
    ]
    if wrappers:
        said.append(
            f"{len(wrappers):,} spans that wrap another span of a call (a framework's around its client's) are left out"
        )
    return Batch(tuple(kept), notes=(*((NOTE,) if kept else ()), *said))


def _wrappers(calls: Sequence[_Id], above: Mapping[_Id, _Id]) -> set[_Id]:
    """Spans of calls inside which another one's is: frameworks and clients both report the same tokens."""
    wrapped: set[_Id] = set()
    for call in calls:
        place = above.get(call)
        for _ in range(DEEPEST):
            if place is None or place in wrapped:
                break
            wrapped.add(place)
            place = above.get(place)
    return wrapped & set(calls)


def _span(
    span: Mapping[str, Any], values: Mapping[str, Any], operation: str, service: str, path: str, line: int | None
) -> Bucket | None:
    model = values.get("gen_ai.response.model") or values.get("gen_ai.request.model")
    if model is None or operation not in OPERATIONS:
        return None

    def cache(kind: str) -> int | None:
        usage = "gen_ai.usage.cache"
        value = values.get(f"{usage}_{kind}.input_tokens", values.get(f"{usage}_{kind}_input_tokens"))
        return count(value, path, f"cache_{kind}.input_tokens", line)

    cached, written = cache("read"), cache("creation")
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


def attributes_of(holder: Mapping[str, Any]) -> dict[str, Any]:
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
            if row.get("type", "GENERATION") == "GENERATION" and (row.get("model") or row.get("providedModelName")):
                found.append(_observation(row, path, where, line))
    return Batch(tuple(found), notes=(NOTE,) if found else ())


def _observation(row: Mapping[str, Any], path: str, where: str, line: int | None) -> Bucket:
    usage = row.get("usageDetails") or row.get("usage") or {}
    names = [str(row[key]) for key in ("serviceName", "traceName", "name", "userId") if row.get(key)]
    tokens = [usage.get(short, usage.get(long, row.get(flat))) for short, long, flat in TOKENS]
    costs = (row.get("calculatedTotalCost"), row.get("totalCost"), (row.get("costDetails") or {}).get("total"))
    model = str(row.get("model") or row["providedModelName"])
    return Bucket(
        moment_of(row["startTime"], path, where, line), "|".join(names) or "(no name)", model, requests=1, calls=1,
        tokens_in=count(tokens[0], path, f"{where} usage.input", line),
        tokens_out=count(tokens[1], path, f"{where} usage.output", line),
        cache_read=count(_first(usage, READ), path, where, line), cache_write=count(_first(usage, WRITTEN), path, where, line),
        cost=usd(next((c for c in costs if c is not None), None), path, where, line),
        id=str(row["id"]) if row.get("id") else None,
    )  # fmt: skip


TOKENS = (("input", "promptTokens", "inputTokens"), ("output", "completionTokens", "outputTokens"))
"""What observations call tokens: in details of usage, in usage before that, and beside it."""


READ = ("input_cached_tokens", "cache_read_input_tokens", "input_cache_read")
WRITTEN = ("cache_creation_input_tokens", "input_cache_creation")


def _first(usage: Mapping[str, Any], names: Sequence[str]) -> Any:
    return next((usage[name] for name in names if usage.get(name) is not None), None)


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


def listed(document: Any, key: str, path: str, line: int | None) -> list[Mapping[str, Any]]:
    """The entries of a member of an OTLP document. Raises InputError where it is none."""
    found = document.get(key) if isinstance(document, dict) else None
    if not isinstance(found, list):
        raise InputError(f"no {key}: not OTLP as JSON; nothing was imported", path=path, line=line)
    return found
