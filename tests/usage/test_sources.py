"""Sources of counts: what their answers hold, and what is refused with its place."""

from __future__ import annotations

import gzip
import json
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pyarrow import parquet
from usagelib import imported

from modelguard.errors import InputError
from modelguard.usage.events import Batch, Options
from modelguard.usage.sources.activity import owner_of
from modelguard.usage.sources.cur import model_of
from modelguard.usage.sources.registry import PARSERS, counts_of

SONNET = "us.anthropic.claude-sonnet-4-6"


def parsed(source: str, document: Any, query: Any = None, **labels: str) -> Batch:
    data = (
        document
        if isinstance(document, bytes)
        else document.encode()
        if isinstance(document, str)
        else json.dumps(document).encode()
    )
    asked = None if query is None else json.dumps(query).encode()
    return PARSERS[source](data, "file", Options(labels=labels, query=asked, query_path="query.json"))


def results(*series: tuple[str, str, list[float]]) -> dict[str, Any]:
    times = [f"2026-03-02T{h:02d}:00:00+00:00" for h in (10, 11)]
    return {
        "MetricDataResults": [
            {"Id": i, "Label": label, "Timestamps": times, "Values": values, "StatusCode": "Complete"}
            for i, label, values in series
        ]
    }


def test_metric_data_with_its_query() -> None:
    def query(i: str, metric: str) -> dict[str, Any]:
        dimensions = [{"Name": "ModelId", "Value": SONNET}]
        stat = {"Namespace": "AWS/Bedrock", "MetricName": metric, "Dimensions": dimensions}
        return {"Id": i, "MetricStat": {"Metric": stat, "Period": 3600, "Stat": "Sum"}}

    asked = {
        "MetricDataQueries": [query("a", "Invocations"), query("b", "InputTokenCount"), query("c", "OutputTokenCount")]
    }
    found = parsed("cloudwatch", results(("a", "x", [5, 7]), ("b", "y", [100, 200]), ("c", "z", [10, 20])), asked)
    assert [(b.at.hour, b.model, b.calls, b.tokens_in, b.tokens_out, b.requests) for b in found.buckets] == [
        (10, SONNET, 5, 100, 10, None),
        (11, SONNET, 7, 200, 20, None),
    ]
    asked["MetricDataQueries"][0]["MetricStat"]["Stat"] = "Average"
    with pytest.raises(InputError, match="must be Sum"):
        parsed("cloudwatch", results(("a", "x", [5, 7])), asked)


@pytest.mark.parametrize(
    "label", [f"Invocations {SONNET}", f"{SONNET} Invocations", f"AWS/Bedrock Invocations: {SONNET}"]
)
def test_metric_data_with_labels(label: str) -> None:
    (one, two) = parsed("cloudwatch", results(("a", label, [5, 7]))).buckets
    assert (one.model, one.calls, two.calls) == (SONNET, 5, 7)


def test_metric_data_that_says_nothing_is_refused() -> None:
    for document in (
        results(("a", "Invocations", [5, 7])),
        results(("a", f"Invocations {SONNET}", [5])),
        results(("a", f"Invocations {SONNET}", [5, -7])),
        results(("a", f"Invocations {SONNET}", [5, 7])) | {"NextToken": "more"},
        {"MetricDataResults": []},
        {"Metrics": []},
        "no json",
    ):
        with pytest.raises(InputError):
            parsed("cloudwatch", document)


def test_lambda_invocations_are_activity() -> None:
    found = parsed("cloudwatch", results(("a", "AWS/Lambda rampart-dev-007 Invocations", [5, 7])))
    assert not found.buckets
    assert [(a.who, a.signal, a.amount) for a in found.activity] == [
        ("rampart-dev-007", "lambda invocations", 5),
        ("rampart-dev-007", "lambda invocations", 7),
    ]


def test_metric_statistics_need_their_dimension() -> None:
    points = [{"Timestamp": f"2026-03-02T{h:02d}:00:00Z", "Sum": float(h), "Unit": "Count"} for h in (11, 10)]
    document = {"Label": "Invocations", "Datapoints": points}
    with pytest.raises(InputError, match="--label model"):
        parsed("cloudwatch", document)
    assert [b.calls for b in parsed("cloudwatch", document, model=SONNET).buckets] == [10, 11]
    assert [a.amount for a in parsed("cloudwatch", document, function="f").activity] == [10, 11]
    daily = {"Label": "Invocations", "Datapoints": [{"Timestamp": f"2026-03-0{d}T00:00:00Z", "Sum": 5} for d in (1, 2)]}
    assert [b.hourly for b in parsed("cloudwatch", daily, model=SONNET).buckets] == [False, False]


def test_the_consoles_csv() -> None:
    head = f"Label,Invocations {SONNET},InputTokenCount {SONNET}\nPeriod,3600,3600\n"
    text = head + "2026/03/02 10:00:00,5,100\n2026/03/02 11:00:00,,200\n"
    found = parsed("cloudwatch", text)
    assert [(b.at.hour, b.calls, b.tokens_in) for b in found.buckets] == [(10, 5, 100), (11, None, 200)]
    # Periods and statistics stand below the labels, and are no part of the model.
    assert {b.model for b in found.buckets} == {SONNET}
    for wrong in (text.replace(",5,", ",five,"), "a,b\nc,d\n", text.replace("Invocations ", "Sum ")):
        with pytest.raises(InputError):
            parsed("cloudwatch", wrong)


def test_openai_usage_and_costs() -> None:
    result = {
        "object": "x",
        "input_tokens": 100,
        "input_cached_tokens": 30,
        "output_tokens": 10,
        "num_model_requests": 4,
        "model": "gpt-4o-2024-08-06",
        "project_id": "proj_1",
        "api_key_id": "key_1",
    }
    page = {"object": "page", "data": [{"start_time": 1772445600, "end_time": 1772449200, "results": [result]}]}
    (found,) = parsed("openai", page).buckets
    assert (found.at, found.calls, found.tokens_in, found.cache_read, found.requests) == (
        datetime(2026, 3, 2, 10),
        4,
        70,
        30,
        None,
    )
    assert found.who == "key_1|proj_1"
    cost = {
        "object": "organization.costs.result",
        "amount": {"value": 0.06, "currency": "usd"},
        "line_item": "gpt-4o, input",
        "project_id": "p",
    }
    (paid,) = parsed(
        "openai", {"data": [{"start_time": 1772409600, "end_time": 1772496000, "results": [cost]}]}
    ).buckets
    assert (paid.cost, paid.model, paid.hourly) == (Decimal("0.06"), "gpt-4o", False)
    for wrong in (
        {"data": [{"results": [result]}]},
        {"nothing": 1},
        {"data": [{"start_time": 1772445600, "end_time": 1772449200, "results": [result | {"input_tokens": -1}]}]},
    ):
        with pytest.raises(InputError):
            parsed("openai", wrong)


def test_anthropic_usage_and_costs() -> None:
    result = {
        "uncached_input_tokens": 1500,
        "cache_creation": {"ephemeral_1h_input_tokens": 1000, "ephemeral_5m_input_tokens": 500},
        "cache_read_input_tokens": 200,
        "output_tokens": 500,
        "api_key_id": "apikey_1",
        "model": "claude-sonnet-4-6",
    }
    bucket = {"starting_at": "2026-03-02T10:00:00Z", "ending_at": "2026-03-02T11:00:00Z", "results": [result]}
    (found,) = parsed("anthropic", {"data": [bucket], "has_more": False}).buckets
    assert (found.tokens_in, found.cache_write, found.cache_read, found.tokens_out, found.calls) == (
        1500,
        1500,
        200,
        500,
        None,
    )
    day = {
        "starting_at": "2026-03-02T00:00:00Z",
        "ending_at": "2026-03-03T00:00:00Z",
        "results": [{"currency": "USD", "amount": "123.45"}],
    }
    (paid,) = parsed("anthropic", {"data": [day]}).buckets
    assert paid.cost == Decimal("1.2345")


def span_of(number: int, parent: int | None, **values: Any) -> dict[str, Any]:
    attributes = [
        {"key": f"gen_ai.{k.replace('__', '.')}", "value": {"stringValue": str(v)}} for k, v in values.items()
    ]
    found = {
        "traceId": "t",
        "spanId": f"s{number}",
        "startTimeUnixNano": "1772445600000000000",
        "attributes": attributes,
    }
    return found if parent is None else found | {"parentSpanId": f"s{parent}"}


def test_a_call_that_a_framework_and_its_client_both_report_counts_once() -> None:
    call = {"request__model": "gpt-4o", "usage__input_tokens": 100}
    spans = [
        span_of(1, None, operation__name="invoke_agent", **call),
        span_of(2, 1, operation__name="chat", **call),
        span_of(3, 2),
        span_of(4, 3, **call),
        span_of(5, 1, operation__name="chat", **call),
        span_of(6, 1, operation__name="rerank", **call),
    ]
    found = parsed("otel", {"resourceSpans": [{"scopeSpans": [{"spans": spans}]}]})
    assert [bucket.id for bucket in found.buckets] == ["t-s4", "t-s5"]
    assert any("1 spans that wrap another" in note for note in found.notes)
    assert any("1 spans of the operation rerank" in note for note in found.notes)


def test_older_names_of_cached_tokens() -> None:
    span = span_of(1, None, request__model="m", usage__input_tokens=100, usage__cache_read_input_tokens=60)
    (found,) = parsed("otel", {"resourceSpans": [{"scopeSpans": [{"spans": [span]}]}]}).buckets
    assert (found.tokens_in, found.cache_read) == (40, 60)


def test_observations_of_the_second_version() -> None:
    row = {
        "id": "o", "type": "GENERATION", "providedModelName": "gpt-4o", "startTime": "2026-03-02T10:00:00Z",
        "name": "chat", "inputTokens": 5, "outputTokens": 2, "totalCost": 0,
    }  # fmt: skip
    (seen,) = parsed("langfuse", {"data": [row], "meta": {"cursor": None}}).buckets
    assert (seen.model, seen.tokens_in, seen.tokens_out, seen.cost) == ("gpt-4o", 5, 2, Decimal(0))


def test_spans() -> None:
    attributes = [
        {"key": "gen_ai.request.model", "value": {"stringValue": "gpt-4o"}},
        {"key": "gen_ai.usage.input_tokens", "value": {"intValue": "100"}},
        {"key": "gen_ai.usage.output_tokens", "value": {"intValue": "10"}},
    ]
    span = {"traceId": "t", "spanId": "s", "startTimeUnixNano": "1772445600000000000", "attributes": attributes}
    service = {"attributes": [{"key": "service.name", "value": {"stringValue": "search"}}]}
    other = {"spanId": "x", "startTimeUnixNano": "1", "attributes": []}
    document = {"resourceSpans": [{"resource": service, "scopeSpans": [{"spans": [span, other]}]}]}
    (found,) = parsed("otel", document).buckets
    assert (found.who, found.model, found.calls, found.tokens_in, found.at) == (
        "search",
        "gpt-4o",
        1,
        100,
        datetime(2026, 3, 2, 10),
    )
    assert len(parsed("otel", f"{json.dumps(document)}\n{json.dumps(document)}").buckets) == 2
    observation = {
        "id": "o",
        "type": "GENERATION",
        "model": "gpt-4o",
        "startTime": "2026-03-02T10:00:00Z",
        "traceName": "chat",
        "usageDetails": {"input": 5, "output": 2},
        "calculatedTotalCost": 0.01,
    }
    (seen,) = parsed("langfuse", {"data": [observation, observation | {"type": "SPAN"}]}).buckets
    assert (seen.who, seen.tokens_in, seen.cost) == ("chat", 5, Decimal("0.01"))
    with pytest.raises(InputError) as error:
        parsed("langfuse", f"{json.dumps(observation)}\n{json.dumps(observation | {'usageDetails': {'input': -5}})}")
    assert error.value.line == 2


@pytest.mark.parametrize(
    ("pod", "owner"),
    [
        ("inference-api-6d4b75cb6d-x2k9p", "inference-api"),
        ("health-check-29012345-7xk2m", "health-check"),
        ("vector-db-0", "vector-db"),
        ("training", "training"),
    ],
)
def test_pods_are_called_by_what_owns_them(pod: str, owner: str) -> None:
    assert owner_of(pod) == owner


def test_kubernetes_logs() -> None:
    text = (
        "[pod/inference-api-6d4b75cb6d-x2k9p/app] 2026-03-02T10:00:00.123456789Z request\n"
        "[pod/inference-api-6d4b75cb6d-zz4vb/app] 2026-03-02T10:59:00.1Z request\n"
        '{"time": "2026-03-02T11:00:00Z", "log": "x", "kubernetes": {"pod_name": "health-check-29012345-7xk2m"}}\n'
        "   at somewhere in a stack trace\n"
    )
    found = parsed("kubernetes", text)
    assert [(a.who, a.at.hour, a.amount) for a in found.activity] == [("health-check", 11, 1), ("inference-api", 10, 2)]
    assert found.notes == ("1 lines without a time left out",)
    with pytest.raises(InputError, match="--label consumer"):
        parsed("kubernetes", "2026-03-02T10:00:00Z text")
    assert parsed("kubernetes", "2026-03-02T10:00:00Z text", consumer="a").activity[0].who == "a"
    with pytest.raises(InputError):
        parsed("kubernetes", "no time here\n")


def test_logs_insights() -> None:
    def row(*pairs: tuple[str, str]) -> list[dict[str, str]]:
        return [{"field": f, "value": v} for f, v in pairs]

    lines = {
        "status": "Complete",
        "results": [row(("bin(1h)", "2026-03-02 10:00:00.000"), ("function", "f"), ("count(*)", "12"))],
    }
    assert [(a.who, a.amount) for a in parsed("logs-insights", lines).activity] == [("f", 12)]
    usage = {
        "results": [
            row(
                ("bin(1h)", "2026-03-02 10:00:00.000"),
                ("identity.arn", "r"),
                ("modelId", SONNET),
                ("calls", "3"),
                ("input_tokens", "40"),
            )
        ]
    }
    (found,) = parsed("logs-insights", usage).buckets
    assert (found.who, found.calls, found.tokens_in) == ("r", 3, 40)
    assert parsed("logs-insights", "bin(1h),service,lines\n2026-03-02 10:00:00.000,a,5\n").activity[0].amount == 5
    for wrong in (
        {"status": "Running", "results": []},
        {"results": [row(("service", "a"))]},
        "bin(1h),service\n2026-03-02,a,5\n",
    ):
        with pytest.raises(InputError):
            parsed("logs-insights", wrong)


def test_runs_of_jobs() -> None:
    found = parsed("runs", "consumer,start,end\ntrain,2026-03-02T03:58:00Z,2026-03-02T05:31:00Z\n")
    assert [(a.at.hour, a.amount) for a in found.activity] == [(3, 2), (4, 60), (5, 31)]
    job = {
        "metadata": {"name": "a-1", "ownerReferences": [{"kind": "CronJob", "name": "a"}]},
        "status": {"startTime": "2026-03-02T03:00:00Z", "completionTime": "2026-03-02T03:10:00Z"},
    }
    assert [(a.who, a.amount) for a in parsed("runs", {"items": [job]}).activity] == [("a", 10)]
    with pytest.raises(InputError) as error:
        parsed("runs", "consumer,start,end\ntrain,2026-03-02T03:58:00Z,2026-03-01T05:31:00Z\n")
    assert error.value.line == 2


@pytest.mark.parametrize(
    ("usage_type", "model"),
    [
        ("USE1-Claude4.6Sonnet-input-tokens", "bedrock/claude-sonnet-4-6"),
        ("USE1-Claude4.6Opus-mantle-output-tokens-standard", "bedrock/claude-opus-4-6"),
        ("EUC1-Claude3.5Sonnet-cache-read-input-token-count", "bedrock/claude-3-5-sonnet"),
        ("USW2-NovaLite-input-tokens", "bedrock/nova-lite"),
        ("USE1-Claude4.6Opus-input-tokens-cross-region-global", "bedrock/claude-opus-4-6"),
        ("USW2-anthropic.claude-opus-4-8-mantle-cache-write-tokens-global-standard", "bedrock/claude-opus-4-8"),
        ("USE1-Claude4Sonnet-cache-write-input-token-count-1-hour", "bedrock/claude-sonnet-4"),
        (
            "EU-qwen.qwen3-coder-480b-a35b-instruct-mantle-input-tokens-flex",
            "bedrock/qwen.qwen3-coder-480b-a35b-instruct",
        ),
        ("USE1-xai.grok-4.3-mantle-cache-read-tokens-flex", "bedrock/xai.grok-4.3"),
        ("Claude 3 Haiku (Amazon Bedrock Edition)", "bedrock/claude-3-haiku"),
        ("Claude Opus 4.5 (Amazon Bedrock Edition)", "bedrock/claude-opus-4-5"),
        ("Claude 4.6 Sonnet (Amazon Bedrock Edition)", "bedrock/claude-sonnet-4-6"),
        ("(other)", "(other)"),
    ],
)
def test_usage_types_name_models(usage_type: str, model: str) -> None:
    assert model_of(usage_type) == model


HEADER = (
    "line_item_usage_start_date,line_item_usage_type,line_item_usage_amount,line_item_unblended_cost,"
    "pricing_unit,line_item_product_code,line_item_iam_principal,line_item_line_item_type,resource_tags"
)


def cur(tmp_path: Path, *lines: str, **options: Any) -> Any:
    path = tmp_path / "cur.csv.gz"
    path.write_bytes(gzip.compress("\n".join((HEADER, *lines)).encode()))
    return imported(path, source="cur", **options)


def test_the_cost_and_usage_report(tmp_path: Path) -> None:
    day = "2026-03-02T00:00:00Z"
    role = "arn:aws:sts::123456789012:assumed-role/matcher/x"
    found = cur(
        tmp_path,
        f'{day},USE1-Claude4.6Sonnet-input-tokens,120.5,0.39765,1K tokens,xyz,{role},Usage,"{{""user_team"":""search""}}"',
        f"{day},USE1-Claude4.6Sonnet-output-tokens,2,0.033,1K tokens,xyz,{role},Usage,",
        f"{day},USE1-Claude4.6Sonnet-output-tokens,0,-0.01,1K tokens,xyz,{role},Credit,",
        f"{day},BoxUsage:t3.micro,24,0.25,Hrs,AmazonEC2,,Usage,",
    )
    (row,) = found.rows
    assert (row.consumer, row.model, row.raw) == ("matcher", "claude-sonnet-4-6", "bedrock/claude-sonnet-4-6")
    assert (row.tokens_in, row.tokens_out, row.calls, row.requests, row.hours) == (120500, 2000, None, None, None)
    assert row.cost == Decimal("0.42065")
    assert any("1 lines that are not of models" in note for note in found.notes)
    tagged = cur(
        tmp_path,
        f'{day},USE1-Claude4.6Sonnet-input-tokens,1,0.1,1K tokens,xyz,{role},Usage,"{{""user_team"":""search""}}"',
        labels={"tag": "team"},
    )
    assert tagged.rows[0].consumer == "search"
    with pytest.raises(InputError) as error:
        cur(tmp_path, f"{day},USE1-Claude4.6Sonnet-input-tokens,1,much,1K tokens,xyz,{role},Usage,")
    assert error.value.line == 2


def sold(tmp_path: Path, name: str, rows: list[tuple[str, float, str, float]]) -> Path:
    """A report in Parquet, its product a map as CUR 2.0 has it."""
    table = pa.table(
        {
            "line_item_usage_start_date": pa.array([datetime(2026, 3, 2)] * len(rows), pa.timestamp("ms")),
            "line_item_usage_type": [kind for kind, _, _, _ in rows],
            "line_item_usage_amount": [amount for _, amount, _, _ in rows],
            "pricing_unit": [unit for _, _, unit, _ in rows],
            "line_item_unblended_cost": [cost for _, _, _, cost in rows],
            "line_item_product_code": ["a1b2c3d4e5f6g7h8i9"] * len(rows),
            "line_item_line_item_type": ["Usage"] * len(rows),
            "product": pa.array(
                [[("product_name", name)] if name else []] * len(rows), pa.map_(pa.string(), pa.string())
            ),
        }
    )
    path = tmp_path / "cur.parquet"
    parquet.write_table(table, path)
    return path


def test_models_that_are_sold_through_marketplace(tmp_path: Path) -> None:
    """Their usage types name no model and count millions; what was left out before was most of a bill."""
    rows = [
        ("USE1-MP:USE1_InputTokenCount-Units", 1.5, "Units", 4.95),
        ("USE1-MP:USE1_InputTokenCount_Global_Batch-Units", 500, "1K tokens", 0.75),
        ("USE1-MP:USE1_OutputTokenCount_Global-Units", 0.25, "1M tokens", 3.75),
        ("USE1-MP:USE1_CacheReadInputTokenCount-Units", 2, "Units", 0.66),
        ("USE1-MP:USE1_CacheWrite1hInputTokenCount-Units", 1, "Units", 6.6),
        ("USE1-MP:USE1_cache_write_tokens_standard-Units", 1, "Units", 4.125),
        ("USE1-MP:USE1_output_tokens_global_standard-Units", 0.75, "Units", 11.25),
        ("USE1-MP:USE1_created_image-Units", 3, "Units", 0.12),
    ]
    found = imported(sold(tmp_path, "Claude Sonnet 4.5 (Amazon Bedrock Edition)", rows), source="cur")
    (row,) = found.rows
    assert (row.model, row.raw) == ("claude-sonnet-4-5", "bedrock/claude-sonnet-4-5")
    assert (row.tokens_in, row.tokens_out) == (2_000_000, 1_000_000)
    assert (row.cache_read_tokens, row.cache_write_tokens) == (2_000_000, 2_000_000)
    assert row.cost == Decimal("32.085")
    assert any("1 lines that are not of models" in note for note in found.notes)
    (unnamed,) = imported(sold(tmp_path, "", rows[:1]), source="cur").rows
    assert unnamed.model == "marketplace-product-a1b2c3d4e5f6g7h8i9"


def test_a_tax_without_a_usage_type_is_part_of_the_bill(tmp_path: Path) -> None:
    found = cur(tmp_path, "2026-03-02T00:00:00Z,,1,2.5,,AmazonBedrock,,Tax,")
    assert [(row.model, row.cost, row.tokens_in) for row in found.rows] == [("(other)", Decimal("2.5"), None)]


def test_the_guards_own_lines(tmp_path: Path) -> None:
    line = {
        "schema": "modelguard.calls/1",
        "ts": "2026-03-02T10:00:00.000Z",
        "call": "c",
        "consumer": "search",
        "account": None,
        "stage": None,
        "key": "search",
        "route": "chat",
        "status": 200,
        "refused": None,
        "shadow": False,
        "refresh": False,
        "policy": "1",
        "seconds": 1.0,
        "asked": "claude",
        "served": f"bedrock/{SONNET}",
        "model": "claude-sonnet-4-6",
        "tokens_in": 100,
        "tokens_out": 10,
        "cache_read_tokens": 20,
        "cache_write_tokens": 0,
        "cost": "0.01",
        "cache_hit": False,
        "cache_key": None,
        "stale": None,
        "break_glass": None,
        "allocation": "a",
    }
    refused = line | {"refused": "MG403", "status": 403, "served": None, "model": None, "cost": "0"}
    path = tmp_path / "calls.jsonl"
    path.write_text("\n".join(json.dumps(r) for r in (line, line | {"refresh": True}, refused)))
    found = imported(path, source="guard")
    (row,) = found.rows
    assert (row.consumer, row.requests, row.calls, row.tokens_in, row.cost) == ("search", 1, 2, 160, Decimal("0.02"))
    hit = line | {"cache_hit": True, "cache_key": "k", "cost": "0"}
    path.write_text("\n".join(json.dumps(r) for r in (line, hit)))
    found = imported(path, source="guard")
    assert (found.rows[0].requests, found.rows[0].calls, found.rows[0].cold) == (2, 1, None)
    assert any("not known" in note for note in found.notes)


@given(st.sampled_from(sorted(PARSERS)), st.binary(max_size=200))
def test_no_bytes_make_a_source_crash(source: str, data: bytes) -> None:
    try:
        counts_of(source, data, "file", Options())
    except InputError as error:
        assert str(error)


TOPS = ["MetricDataResults", "Datapoints", "data", "resourceSpans", "results", "items"]
KEYS = (
    "Id Label Timestamps Values results start_time end_time scopeSpans spans attributes metadata status field value "
    "startTime usage input_tokens amount"
).split()


def _json() -> st.SearchStrategy[Any]:
    keys = st.sampled_from(KEYS)
    leaves = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5)
    return st.recursive(
        leaves, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(keys, inner, max_size=3), max_leaves=12
    )


@settings(suppress_health_check=[HealthCheck.too_slow])
@given(st.sampled_from(sorted(PARSERS)), st.dictionaries(st.sampled_from(TOPS), _json(), max_size=2))
def test_no_document_makes_a_source_crash(source: str, document: dict[str, Any]) -> None:
    try:
        counts_of(source, json.dumps(document).encode(), "file", Options())
    except InputError as error:
        assert str(error)
