"""GenAI metrics: what counters grew by, when, and for whom; restarts, rotated files, and what says nothing."""

from __future__ import annotations

import contextlib
import json
from collections.abc import Iterable
from datetime import datetime
from decimal import Decimal
from itertools import accumulate
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from modelguard.errors import InputError
from modelguard.usage.events import Batch, Bucket, Options
from modelguard.usage.sources.registry import PARSERS, counts_of

T0 = 1_795_600_800  # 2026-11-25T10:00:00Z
LABELS = {"modelguard_consumer": "api", "gen_ai_response_model": "openai/gpt-4o", "job": "guard", "instance": "a:1"}


def read(source: str, data: str | dict[str, Any]) -> Batch:
    text = data if isinstance(data, str) else json.dumps(data)
    return PARSERS[source](text.encode(), "file", Options())


def answer(*series: tuple[str, dict[str, str], Iterable[tuple[float, float]]]) -> dict[str, Any]:
    result = [
        {"metric": {"__name__": n, **LABELS, **more}, "values": [[at, str(v)] for at, v in values]}
        for n, more, values in series
    ]
    return {"status": "success", "data": {"resultType": "matrix", "result": result}}


def at(*minutes: float) -> list[float]:
    return [T0 + 60 * m for m in minutes]


def starts() -> tuple[str, dict[str, str], Iterable[tuple[float, float]]]:
    return "modelguard_worker_starts_total", {"gen_ai_response_model": ""}, [(T0 - 60, 1), (T0 + 3600, 1)]


def test_counters_become_hours_by_consumer_and_model() -> None:
    again = {"modelguard_cache": "miss", "modelguard_refresh": "true"}
    found = read("prometheus", answer(
        starts(),
        ("modelguard_requests_total", {"modelguard_cache": "miss"}, zip(at(0, 5, 55, 65), (2, 5, 5, 9), strict=True)),
        ("modelguard_requests_total", {"modelguard_cache": "hit"}, zip(at(0, 5), (0, 4), strict=True)),
        ("modelguard_requests_total", again, zip(at(0, 5), (0, 1), strict=True)),
        ("modelguard_requests_total", {"error_type": "unallocated"}, zip(at(0, 5), (0, 100), strict=True)),
        ("gen_ai_client_token_usage_sum", {"gen_ai_token_type": "input"}, zip(at(0, 5), (0, 1000), strict=True)),
        ("gen_ai_client_token_usage_sum", {"gen_ai_token_type": "output"}, zip(at(0, 5), (0, 70), strict=True)),
        ("gen_ai_client_inference_usage_cache_read_input_tokens_total", {}, zip(at(0, 5), (0, 300), strict=True)),
        ("modelguard_cost_USD_total", {}, zip(at(0, 5), (0.1, 0.3), strict=True)),
        ("go_goroutines", {}, [(T0, 5)]),
    ))  # fmt: skip
    # The first two requests are from before 10:00: the instance was there at 09:59.
    hours = [(b.at, b.requests, b.calls, b.tokens_in, b.tokens_out, b.cache_read, b.cost) for b in found.buckets]
    assert hours == [
        (datetime(2026, 11, 25, 9), 2, 2, None, None, None, Decimal("0.1")),
        (datetime(2026, 11, 25, 10), 3 + 4, 3 + 1, 700, 70, 300, Decimal("0.2")),
        (datetime(2026, 11, 25, 11), 4, 4, None, None, None, None),
    ]
    assert {(b.who, b.model, b.hourly) for b in found.buckets} == {("api", "openai/gpt-4o", True)}


def test_the_first_sample_of_what_was_there_before_is_where_counting_starts() -> None:
    found = read("prometheus", answer(("modelguard_requests_total", {}, zip(at(0, 5), (1000, 1003), strict=True))))
    assert [b.requests for b in found.buckets] == [3]


def test_one_that_shrinks_began_anew() -> None:
    values = zip(at(0, 5, 10, 15), (10, 14, 3, 4), strict=True)
    [bucket] = read("prometheus", answer(("modelguard_requests_total", {}, values))).buckets
    assert bucket.requests == 4 + 3 + 1


def test_a_long_gap_is_of_a_day_and_a_longer_one_of_none() -> None:
    found = read(
        "prometheus",
        answer(("modelguard_requests_total", {}, zip(at(0, 300, 300 + 3 * 1440), (0, 7, 20), strict=True))),
    )
    assert [(b.at, b.hourly, b.requests) for b in found.buckets] == [(datetime(2026, 11, 25), False, 7)]
    assert found.notes == ("1 counts grew over more than a day and were left out: when is not known",)


def test_samples_as_text_have_times() -> None:
    text = """\
# TYPE modelguard_requests counter
modelguard_requests_total{modelguard_consumer="a \\"b\\"\\\\",gen_ai_response_model="x # {y"} 3 1795600800.0
modelguard_requests_total{modelguard_consumer="a \\"b\\"\\\\",gen_ai_response_model="x # {y"} 5 1795601100 # {id="1"} 2 1795601100
{__name__="modelguard_requests_total", modelguard_consumer="c", gen_ai_request_model="z"} 1 1795600800000
{__name__="modelguard_requests_total", modelguard_consumer="c", gen_ai_request_model="z"} 2 1795601100000
other{a="b"} 3
# EOF
"""
    found = [(b.who, b.model, b.requests) for b in read("prometheus", text).buckets]
    assert found == [('a "b"\\', "x # {y", 2), ("c", "z", 1)]


@pytest.mark.parametrize(
    ("data", "says"),
    [
        ('modelguard_requests_total{a="b"} 3\n', "a sample without a time"),
        ('{"status":"success","data":{"resultType":"vector","result":[]}}', "a vector, that is one moment"),
        ('{"status":"error","error":"bad query"}', "bad query"),
        ('{"status":"success","data":{"resultType":"matrix","result":[{"metric":{"a":"b"},"values":[]}]}}', "without a name"),
        ('{"status":"success","data":{"resultType":"matrix","result":[]}}', "no counters of GenAI calls"),
        ("a b c d e", "neither an answer of Prometheus nor a sample"),
        ("} " * 200_000, "neither an answer of Prometheus nor a sample"),
        ('modelguard_requests_total{a="b"} -3 1795600800', "not a number of zero or more"),
        ('modelguard_requests_total{a="b"} 3 99', "time: not a time"),
        ("", "no counters of GenAI calls"),
    ],
)  # fmt: skip
def test_what_says_nothing_is_refused(data: str, says: str) -> None:
    with pytest.raises(InputError, match=says):
        read("prometheus", data)


def point(value: float, end: float, start: float, **labels: str) -> dict[str, Any]:
    said = {
        "gen_ai.response.model": "gpt-4o",
        "modelguard.consumer": "api",
        **{k.replace("__", "."): v for k, v in labels.items()},
    }
    attributes = [{"key": k, "value": {"stringValue": v}} for k, v in said.items()]
    return {
        "attributes": attributes,
        "timeUnixNano": str(int(end * 1e9)),
        "startTimeUnixNano": str(int(start * 1e9)),
        "asDouble": value,
    }


def export(name: str, *points: dict[str, Any], delta: bool = False, kind: str = "sum", service: str = "s") -> str:
    holder = {"dataPoints": list(points), "aggregationTemporality": 1 if delta else 2, "isMonotonic": True}
    resource = {"attributes": [{"key": "service.name", "value": {"stringValue": service}}]}
    return json.dumps(
        {"resourceMetrics": [{"resource": resource, "scopeMetrics": [{"metrics": [{"name": name, kind: holder}]}]}]}
    )


def requests(buckets: tuple[Bucket, ...]) -> list[tuple[int, int | None]]:
    return [(b.at.hour, b.requests) for b in buckets]


def test_otlp_counts_from_where_a_series_began() -> None:
    lines = [export("modelguard.requests", point(v, T0 + 60 * (i + 1), T0)) for i, v in enumerate((3, 5, 9))]
    assert requests(read("otel-metrics", "\n".join(lines)).buckets) == [(10, 9)]
    # A file that was begun later: what was counted before it is not in it.
    assert requests(read("otel-metrics", "\n".join(lines[1:])).buckets) == [(10, 4)]
    assert read("otel-metrics", lines[2]).notes == ("no counter grew between two samples: nothing to import",)


def test_otlp_of_a_process_that_began_anew() -> None:
    lines = [
        export("modelguard.requests", point(5, T0 + 60, T0)),
        export("modelguard.requests", point(8, T0 + 120, T0)),
        export("modelguard.requests", point(20, T0 + 240, T0 + 180)),
    ]
    assert requests(read("otel-metrics", "\n".join(lines)).buckets) == [(10, 28)]


def test_otlp_deltas() -> None:
    lines = [
        export("modelguard.requests", point(v, T0 + 60 * (i + 1), T0 + 60 * i), delta=True)
        for i, v in enumerate((3, 5))
    ]
    assert requests(read("otel-metrics", "\n".join(lines)).buckets) == [(10, 8)]


def test_metrics_of_others_count_operations() -> None:
    def histogram(count: int, total: float, end: float, **labels: str) -> dict[str, Any]:
        made = point(0, end, T0, modelguard__consumer="", gen_ai__operation__name="chat", **labels)
        return {**{k: v for k, v in made.items() if k != "asDouble"}, "count": str(count), "sum": total}

    lines = [
        export("gen_ai.client.operation.duration", histogram(4, 9.5, T0 + 60), kind="histogram"),
        export("gen_ai.client.operation.duration", histogram(2, 9.5, T0 + 60, error__type="500"), kind="histogram"),
        export("gen_ai.client.token.usage", histogram(4, 400, T0 + 60, gen_ai__token__type="input"), kind="histogram"),
        export("gen_ai.client.token.usage", histogram(4, 80, T0 + 60, gen_ai__token__type="output"), kind="histogram"),
    ]
    found = read("otel-metrics", "\n".join(lines))
    [bucket] = found.buckets
    assert (bucket.who, bucket.requests, bucket.calls, bucket.tokens_in, bucket.tokens_out) == ("s", 4, 4, 400, 80)
    assert "each operation counts as billed" in found.notes[0]


@given(st.lists(st.tuples(st.integers(1, 40), st.integers(0, 50), st.booleans()), min_size=1, max_size=40))
def test_whatever_restarts_all_that_was_counted_is_there_once(steps: list[tuple[int, int, bool]]) -> None:
    """Steps of minutes, what is counted in each, and whether the process began anew before it."""
    times = accumulate(minutes for minutes, _, _ in steps)
    value, samples, expected = 0, [(float(T0), 0.0)], 0
    for minute, (_, more, anew) in zip(times, steps, strict=True):
        anew = anew and more < value  # one that grows past what it was is not seen to have begun anew
        value = more if anew else value + more
        expected += more
        samples.append((T0 + 60.0 * minute, float(value)))
    found = read("prometheus", answer(("modelguard_requests_total", {}, samples)))
    assert sum(b.requests or 0 for b in found.buckets) == expected


@given(st.binary(max_size=200) | st.text(max_size=200).map(str.encode))
def test_nothing_else_is_raised(data: bytes) -> None:
    for source in ("prometheus", "otel-metrics"):
        with contextlib.suppress(InputError):
            counts_of(source, data, "file", Options())
