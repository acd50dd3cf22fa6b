"""GenAI metrics, of modelguard's own guard and of others: OpenTelemetry (OTLP as JSON) and Prometheus.

Names and attributes: https://github.com/open-telemetry/semantic-conventions-genai (development, read in November 2026), and
`modelguard.*` of modelguard/enforce/metrics.py; in Prometheus as OpenTelemetry's translation writes them. OTLP: what a
collector's file exporter writes, a document a line. Prometheus: answers of /api/v1/query_range, or samples as text with
their times (`promtool tsdb dump`, OpenMetrics).

These are counters: only what they grow by is usage. What an OTLP series says first counts where the series began then; of
Prometheus' the first sample is where counting starts, 0 for a series that comes later than the rest of its instance. One
that shrinks began anew. What grows between two samples is of the hour in the middle of them.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from modelguard.errors import InputError
from modelguard.usage.events import Batch, Bucket, Options
from modelguard.usage.sources.documents import moment_of, usd
from modelguard.usage.sources.spans import OPERATIONS, attributes_of, documents, listed

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
_OTLP = {
    "gen_ai.client.token.usage": ("tokens", "sum"),
    "gen_ai.client.operation.duration": ("operations", "count"),
    "gen_ai.client.inference.usage.cache_read.input_tokens": ("cache_read", ""),
    "gen_ai.client.inference.usage.cache_write.input_tokens": ("cache_write", ""),
    "modelguard.requests": ("requests", ""),
    "modelguard.cost": ("cost", ""),
}
"""What a metric counts, and where in a histogram's points that is."""
_PROMETHEUS = {
    "gen_ai_client_token_usage_sum": "tokens",
    "gen_ai_client_operation_duration_seconds_count": "operations",
    "gen_ai_client_inference_usage_cache_read_input_tokens_total": "cache_read",
    "gen_ai_client_inference_usage_cache_write_input_tokens_total": "cache_write",
    "modelguard_requests_total": "requests",
    "modelguard_cost_USD_total": "cost",
    "modelguard_worker_starts_total": "starts",
}
"""`starts` counts nothing here; it is there before anybody calls."""
MAX_LINE = 65_536
_EXEMPLAR = re.compile(r' # \{(?:\w+="(?:[^"\\]|\\.)*",?)*\} \S+(?: \S+)?\Z')
QUERY = '{__name__=~"(modelguard|gen_ai_client)_.+_(total|sum|count)"}'
_SAMPLE = re.compile(
    r"(?P<name>[a-zA-Z_:][\w:]*)?\s*(?:\{(?P<labels>.*)\})?\s+(?P<value>\S+)(?:\s+(?P<at>-?[\d.]+))?\s*\Z"
)
_LABEL = re.compile(r'\s*(\w+)="((?:[^"\\]|\\.)*)"\s*,?')
_ESCAPES = {"\\n": "\n", '\\"': '"', "\\\\": "\\"}
NOTE = "GenAI metrics don't say what a proxy's cache answered: each operation counts as billed"


@dataclass(slots=True)
class Series:
    """One counter: what it counts, for whom; its samples (time, value, when counting began) in whatever order."""

    counts: str
    labels: Mapping[str, str]
    instance: str
    delta: bool = False
    samples: list[tuple[datetime, Decimal, datetime | None]] = field(default_factory=list)


@dataclass(slots=True)
class Totals:
    """What a consumer's calls of a model in an hour come to."""

    amounts: dict[str, Decimal] = field(default_factory=dict)

    def add(self, name: str, amount: Decimal) -> None:
        """Add to one of them."""
        self.amounts[name] = self.amounts.get(name, Decimal(0)) + amount

    def whole(self, name: str) -> int | None:
        """One of them, None where nothing was said."""
        return int(self.amounts[name]) if name in self.amounts else None


# -- OpenTelemetry -----------------------------------------------------------------------------------------------------


def otlp(data: bytes, path: str, options: Options) -> Batch:
    """OTLP metrics as JSON: one document, or a line each."""
    found: dict[tuple[Any, ...], Series] = {}
    for document, line in documents(data, path):
        for resource in listed(document, "resourceMetrics", path, line):
            of = {k: str(v) for k, v in attributes_of(resource.get("resource") or {}).items()}
            for scope in resource.get("scopeMetrics") or ():
                for metric in scope.get("metrics") or ():
                    _metric(metric, of, found, path, line)
    return _batch(list(found.values()), path)


def _metric(
    metric: Mapping[str, Any], of: Mapping[str, str], found: dict[tuple[Any, ...], Series], path: str, line: int | None
) -> None:
    known = _OTLP.get(str(metric.get("name")))
    if known is None:
        return
    counts, part = known
    for kind in ("sum", "histogram", "exponentialHistogram"):
        holder = metric.get(kind) or {}
        delta = holder.get("aggregationTemporality") in (1, "AGGREGATION_TEMPORALITY_DELTA")
        for point in holder.get("dataPoints") or ():
            labels = {k.replace(".", "_"): str(v) for k, v in attributes_of(point).items()}
            labels.setdefault("service_name", of.get("service.name", ""))
            instance = of.get("service.instance.id", "")
            key = (counts, delta, instance, *sorted(of.items()), *sorted(labels.items()))
            series = found.setdefault(key, Series(counts, labels, instance, delta))
            value = point.get(part) if kind != "sum" else point.get("asInt", point.get("asDouble"))
            at = moment_of(point.get("timeUnixNano"), path, "timeUnixNano", line)
            start = point.get("startTimeUnixNano")
            since = moment_of(start, path, "startTimeUnixNano", line) if start not in (None, 0, "0") else None
            series.samples.append((at, _number(value, path, str(metric.get("name")), line), since))


def _number(value: Any, path: str, where: str, line: int | None) -> Decimal:
    found = usd(value, path, where, line)
    if found is None or found < 0:
        raise InputError(f"{where}: not a number of zero or more; nothing was imported", path=path, line=line)
    return found


# -- Prometheus --------------------------------------------------------------------------------------------------------


def prometheus(data: bytes, path: str, options: Options) -> Batch:
    """Answers of query_range, or samples as text."""
    found: dict[tuple[Any, ...], Series] = {}
    text = data.removeprefix(b"\xef\xbb\xbf").lstrip()
    if text.startswith(b"{") and not text.startswith((b"{__name__", b"{ __name__")):
        for document, line in documents(data, path):
            for labels, samples in _answer(document, path, line):
                for at, value in samples:
                    _sample(found, labels, at, value, path, line)
    else:
        for labels, at, value, line in _lines(data, path):
            _sample(found, labels, at, value, path, line)
    if not found:
        raise InputError("no counters of GenAI calls; nothing was imported", path=path, hint=f"Ask for {QUERY}")
    return _batch(list(found.values()), path)


def _answer(document: Any, path: str, line: int | None) -> Iterator[tuple[Mapping[str, str], list[Any]]]:
    if not isinstance(document, dict) or document.get("status") != "success":
        said = str(document.get("error") or "no answer of Prometheus") if isinstance(document, dict) else "no answer"
        raise InputError(f"{said[:200]}; nothing was imported", path=path, line=line)
    answer = document.get("data") or {}
    if answer.get("resultType") != "matrix":
        raise InputError(
            f"a {answer.get('resultType')}, that is one moment: nothing shows what was used since",
            path=path, line=line, hint=f"Ask /api/v1/query_range for {QUERY}, with start, end and a step of 5m.",
        )  # fmt: skip
    for entry in answer.get("result") or ():
        labels = entry.get("metric") or {}
        if "__name__" not in labels:
            raise InputError(
                "a series without a name: rates and increases can't be added up; nothing was imported",
                path=path, line=line, hint=f"Ask for the counters themselves: {QUERY}",
            )  # fmt: skip
        yield labels, entry.get("values") or []


def _lines(data: bytes, path: str) -> Iterator[tuple[Mapping[str, str], Any, str, int]]:
    """Samples as text, each with its time."""
    for number, line in enumerate(data.decode("utf-8", "replace").splitlines(), 1):
        if not line.strip() or line.lstrip().startswith("#"):
            continue
        # What follows a " # " is an exemplar; a label may hold one, too.
        match = None if len(line) > MAX_LINE else _SAMPLE.match(_EXEMPLAR.sub("", line.strip()))
        if match is None:
            raise InputError(
                "neither an answer of Prometheus nor a sample; nothing was imported", path=path, line=number
            )
        labels = {
            k: re.sub(r"\\.", lambda m: _ESCAPES.get(m[0], m[0]), v) for k, v in _LABEL.findall(match["labels"] or "")
        }
        if match["name"]:
            labels["__name__"] = match["name"]
        if labels.get("__name__") not in _PROMETHEUS:
            continue
        if match["at"] is None:
            raise InputError(
                "a sample without a time: one look at counters does not show when they grew; nothing was imported",
                path=path, line=number, hint="Give the answer of /api/v1/query_range, or `promtool tsdb dump`.",
            )  # fmt: skip
        yield labels, match["at"], match["value"], number


def _sample(
    found: dict[tuple[Any, ...], Series], labels: Mapping[str, str], at: Any, value: Any, path: str, line: int | None
) -> None:
    counts = _PROMETHEUS.get(str(labels.get("__name__")))
    if counts is None or str(value).lower() in ("nan", "stale"):
        return
    series = found.get(key := tuple(sorted(labels.items())))
    if series is None:
        series = found[key] = Series(counts, labels, f"{labels.get('job', '')} {labels.get('instance', '')}")
    series.samples.append((moment_of(at, path, "time", line), _number(value, path, labels["__name__"], line), None))


# -- what counters grew by -----------------------------------------------------------------------------------------------


def _batch(series: list[Series], path: str) -> Batch:
    first = _firsts(series)
    totals: dict[tuple[datetime, bool, str, str | None, str], Totals] = {}
    own = any(s.counts == "requests" for s in series)
    long = 0
    for one in series:
        for begin, end, amount in _growth(one, first):
            if amount <= 0:
                continue
            if end.date() != begin.date() and end - begin > DAY:
                long += 1
                continue
            middle = begin + (end - begin) / 2
            hourly = end - begin <= HOUR
            at = middle.replace(minute=0, second=0, microsecond=0)
            _count(totals, at if hourly else at.replace(hour=0), hourly, one, amount, own)
    notes: tuple[str, ...] = () if own or not totals else (NOTE,)
    if long:
        notes += (f"{long} counts grew over more than a day and were left out: when is not known",)
    if series and not totals:
        notes += ("no counter grew between two samples: nothing to import",)
    ordered = sorted(totals.items(), key=lambda found: tuple(map(str, found[0])))
    return Batch(tuple(_bucket(*key, found, own) for key, found in ordered), notes=notes)


def _firsts(series: Iterable[Series]) -> dict[str, datetime]:
    """When each instance is heard of first."""
    found: dict[str, datetime] = {}
    for one in series:
        one.samples.sort()
        at = one.samples[0][0]
        found[one.instance] = min(found.get(one.instance, at), at)
    return found


def _growth(one: Series, first: Mapping[str, datetime]) -> Iterator[tuple[datetime, datetime, Decimal]]:
    """From, to, and by how much a counter grew; `samples` are in order."""
    if one.delta:
        yield from ((since or at, at, value) for at, value, since in one.samples)
        return
    step = min((b[0] - a[0] for a, b in zip(one.samples, one.samples[1:], strict=False)), default=timedelta(minutes=1))
    before: tuple[datetime, Decimal, datetime | None] | None = None
    for at, value, since in one.samples:
        if before is None:
            if since is not None and at - since <= step * 1.5:
                yield since, at, value
            elif since is None and at > first[one.instance]:
                yield max(first[one.instance], at - step), at, value
        elif at > before[0]:
            anew = value < before[1] or (since is not None and before[2] is not None and since > before[2])
            yield (since if anew and since is not None else before[0]), at, value if anew else value - before[1]
        before = (at, value, since)


def _count(
    totals: dict[tuple[datetime, bool, str, str | None, str], Totals],
    at: datetime, hourly: bool, one: Series, amount: Decimal, own: bool,
) -> None:  # fmt: skip
    labels = one.labels
    model = labels.get("gen_ai_response_model") or labels.get("gen_ai_request_model")
    if model is None or labels.get("error_type") or (one.counts == "operations" and own) or one.counts == "starts":
        return
    if not own and labels.get("gen_ai_operation_name", "") not in OPERATIONS:
        return
    who = (
        labels.get("modelguard_consumer")
        or labels.get("modelguard_key")
        or labels.get("service_name")
        or labels.get("job")
        or "(no consumer)"
    )
    found = totals.setdefault((at, hourly, who, labels.get("modelguard_account") or None, model), Totals())
    if one.counts == "tokens":
        kind = labels.get("gen_ai_token_type")
        if kind in ("input", "output"):
            found.add(f"tokens_{kind}", amount)
    elif one.counts in ("requests", "operations"):
        # What the guard asked itself to warm a cache is billed, and nobody's request.
        found.add("requests", Decimal(0) if labels.get("modelguard_refresh") == "true" else amount)
        found.add("calls", amount if labels.get("modelguard_cache", "miss") == "miss" else Decimal(0))
    else:
        found.add(one.counts, amount)


def _bucket(at: datetime, hourly: bool, who: str, account: str | None, model: str, found: Totals, own: bool) -> Bucket:
    read, written, calls = found.whole("cache_read"), found.whole("cache_write"), found.whole("calls")
    prompt, output = found.whole("tokens_input"), found.whole("tokens_output")
    if calls == 0:
        prompt, output = prompt or 0, output or 0
    if own and prompt is not None:
        # The guard always knows, and counts nothing where there was nothing.
        read, written = read or 0, written or 0
    cost = found.amounts.get("cost")
    return Bucket(
        at, who, model, account, hourly,
        requests=found.whole("requests"), calls=calls,
        # The convention counts those of the prompt cache among the input tokens.
        tokens_in=None if prompt is None else max(0, prompt - (read or 0) - (written or 0)),
        tokens_out=output if output is not None or prompt is None else 0,
        cache_read=read, cache_write=written,
        cost=None if cost is None else cost.quantize(Decimal("1e-12")),
    )  # fmt: skip
