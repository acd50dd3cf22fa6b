"""Every source, badly: cut off, negative, twice, missing, not text. Refused with its place, or counted and said."""

from __future__ import annotations

import gzip
import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from modelguard.cli import main

AT = "2026-03-02T10:00:00Z"
MAPPED = [f"--column={each}" for each in ("at=when", "consumer=who", "model=m", "tokens_in=n", "id=id")]
CUR = (
    "identity_line_item_id,line_item_usage_start_date,line_item_usage_type,line_item_usage_amount,"
    "line_item_unblended_cost,pricing_unit,line_item_line_item_type\n"
)


def span(number: int, tokens: Any) -> dict[str, Any]:
    values = {"request.model": "gpt-4o", "usage.input_tokens": tokens, "usage.output_tokens": 3}
    attributes = [{"key": f"gen_ai.{k}", "value": {"intValue": v}} for k, v in values.items()]
    one = {"traceId": "t", "spanId": f"s{number}", "startTimeUnixNano": "1772445600000000000", "attributes": attributes}
    return {"resourceSpans": [{"resource": {}, "scopeSpans": [{"spans": [one]}]}]}


def row(source: str, number: int, tokens: Any) -> str:
    """A row of a source of rows: which one it is, and its input tokens (None: missing)."""
    rows: dict[str, Any] = {
        "litellm": {
            "request_id": f"r{number}", "startTime": AT, "model": "gpt-4o", "prompt_tokens": tokens,
            "completion_tokens": 2, "spend": 0.1, "metadata": {"user_api_key_alias": "a"}, "cache_hit": "False",
        },
        "bedrock-logs": {
            "timestamp": AT, "accountId": "1", "identity": {"arn": "arn:aws:iam::1:role/a"}, "requestId": f"r{number}",
            "modelId": "us.anthropic.claude-sonnet-4-6", "input": {"inputTokenCount": tokens},
            "output": {"outputTokenCount": 2},
        },
        "guard": {
            "schema": "modelguard.calls/1", "ts": AT, "call": f"c{number}", "asked": "gpt-4o", "model": "gpt-4o",
            "consumer": "a", "tokens_in": tokens, "tokens_out": 2, "cost": "0.1", "cache_hit": False,
        },
        "langfuse": {
            "id": f"o{number}", "type": "GENERATION", "model": "gpt-4o", "startTime": AT, "name": "a",
            "usageDetails": {"input": tokens, "output": 2},
        },
        "otel": span(number, tokens),
    }  # fmt: skip
    shown = "" if tokens is None else tokens
    if source == "csv":
        return f"{AT},a,gpt-4o,{shown},{number}\n"
    if source == "cur":
        return f"line{number},{AT},USE1-NovaLite-input-tokens,{shown},0.1,1K tokens,Usage\n"
    return json.dumps(rows[source]) + "\n"


HEADERS = {"csv": "when,who,m,n,id\n", "cur": CUR}
ROWS = ("litellm", "bedrock-logs", "guard", "csv", "cur", "otel", "langfuse")


def answer(source: str, figure: Any, pages: int = 1) -> str:
    """An answer of a source of counts, with its figure."""
    if source == "cloudwatch":
        times, label = [AT] * pages, "Invocations us.anthropic.claude-sonnet-4-6"
        return json.dumps({"MetricDataResults": [{"Label": label, "Timestamps": times, "Values": [figure] * pages}]})
    if source == "openai":
        result = {"object": "organization.usage.completions.result", "input_tokens": figure, "num_model_requests": 3}
        page = {"data": [{"start_time": 1772445600, "end_time": 1772449200, "results": [result | {"model": "gpt-4o"}]}]}
    elif source == "anthropic":
        page = {
            "data": [{
                "starting_at": AT, "ending_at": "2026-03-02T11:00:00Z",
                "results": [{"uncached_input_tokens": figure, "output_tokens": 3, "model": "claude-sonnet-4-6"}],
            }]
        }  # fmt: skip
    else:
        entry = [
            {"field": "bin(1h)", "value": AT},
            {"field": "pod", "value": "a"},
            {"field": "count(*)", "value": figure},
        ]
        return json.dumps({"status": "Complete", "results": [entry] * pages})
    return json.dumps([page] * pages)


ANSWERS = ("cloudwatch", "openai", "anthropic", "logs-insights")


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


def add(source: str, name: str, content: str | bytes, *more: str) -> Result:
    Path(name).write_bytes(content if isinstance(content, bytes) else content.encode())
    mapping = MAPPED if source == "csv" else []
    return CliRunner().invoke(main, ["usage", "import", source, name, *more, *mapping])


def written() -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in Path().glob("modelguard-*.jsonl")}


def good(source: str) -> str:
    if source in ROWS:
        return HEADERS.get(source, "") + "".join(row(source, n, 10) for n in range(200))
    return answer(source, 10)


def refused(result: Result, *says: str) -> None:
    assert result.exit_code == 2, result.output
    for each in says:
        assert each in result.output
    assert not written()


@pytest.mark.parametrize("source", [*ROWS, *ANSWERS])
def test_twice_changes_nothing_and_half_is_nothing(source: str) -> None:
    packed = gzip.compress(good(source).encode())
    refused(add(source, "cut.gz", packed[: len(packed) * 2 // 3]), "cut off")
    refused(add(source, "cut", good(source)[:-15]), "cut")
    refused(add(source, "noise", bytes(range(256)) * 20), "noise")
    assert add(source, "usage", good(source)).exit_code == 0
    before = written()
    for name in ("usage", "copy"):
        again = add(source, name, good(source))
        assert again.exit_code == 0
        assert "nothing new" in again.output
    assert written() == before


@pytest.mark.parametrize("source", ROWS)
def test_rows_that_are_wrong_missing_or_there_twice(source: str) -> None:
    header, first = HEADERS.get(source, ""), row(source, 1, 10)
    line = 3 if header else 2
    for wrong in (-5, "many"):
        refused(add(source, "bad", header + first + row(source, 2, wrong)), f"bad:{line}:")
    # A good file beside a bad one is not imported either.
    Path("good").write_text(header + first)
    refused(add(source, "bad", header + row(source, 2, -5), "good"), "bad:")
    result = add(source, "twice", header + first + first)
    assert result.exit_code == 0, result.output
    assert "1 rows repeat" in result.output
    (found,) = [json.loads(text) for text in Path("modelguard-usage.jsonl").read_text().splitlines()[1:]]
    assert found["tokens_in"] == (10_000 if source == "cur" else 10)
    Path("modelguard-usage.jsonl").unlink()
    result = add(source, "missing", header + row(source, 3, None))
    assert result.exit_code == 0, result.output
    (found,) = [json.loads(text) for text in Path("modelguard-usage.jsonl").read_text().splitlines()[1:]]
    assert found["tokens_in"] is None


@pytest.mark.parametrize("source", ANSWERS)
def test_answers_that_are_wrong_or_there_twice(source: str) -> None:
    for wrong in (-5, "many"):
        refused(add(source, "bad", answer(source, wrong)), "bad")
    once = add(source, "once", answer(source, 10))
    assert once.exit_code == 0, once.output
    before = written()
    for path in before:
        Path(path).unlink()
    result = add(source, "twice", answer(source, 10, pages=2))
    assert result.exit_code == 0, result.output
    assert "twice" in result.output.replace("rows repeat", "twice")
    assert [json.loads(t) for t in next(iter(written().values())).splitlines()[1:]] == [
        json.loads(t) for t in next(iter(before.values())).splitlines()[1:]
    ]
