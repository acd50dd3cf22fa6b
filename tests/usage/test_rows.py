"""Bedrock's invocation logs and mapped CSV."""

from __future__ import annotations

import gzip
import json
from pathlib import Path
from typing import Any

import pytest
from usagelib import imported

from modelguard.errors import InputError
from modelguard.usage.naming import Known


def record(number: int, **changes: Any) -> dict[str, Any]:
    """One invocation as Bedrock logs it, with a prompt that must not be read."""
    return {
        "schemaType": "ModelInvocationLog",
        "schemaVersion": "1.0",
        "timestamp": f"2026-03-02T{number % 24:02d}:15:00Z",
        "accountId": "123456789012",
        "identity": {"arn": "arn:aws:sts::123456789012:assumed-role/matcher-role/rampart-dev-007"},
        "region": "us-east-1",
        "requestId": f"id-{number}",
        "operation": "Converse",
        "modelId": "us.anthropic.claude-sonnet-4-6",
        "input": {"inputContentType": "application/json", "inputBodyJson": {"secret": "prompt"}, "inputTokenCount": 100,
                  "cacheReadInputTokenCount": 30},
        "output": {"outputContentType": "application/json", "outputTokenCount": 10},
    } | changes  # fmt: skip


def log(path: Path, *records: dict[str, Any]) -> Path:
    text = "".join(json.dumps(r) + "\n" for r in records).encode()
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(gzip.compress(text) if path.suffix == ".gz" else text)
    return path


def test_the_role_names_the_caller_and_its_session_the_lambda(tmp_path: Path) -> None:
    path = log(tmp_path / "AWSLogs" / "a.json.gz", *[record(n) for n in range(48)])
    (row,) = imported(path, source="bedrock-logs").rows
    assert (row.consumer, row.account, row.model) == ("matcher-role", "123456789012", "claude-sonnet-4-6")
    assert (row.calls, row.tokens_in, row.tokens_out, row.cache_read_tokens) == (48, 4800, 480, 1440)
    # Behind a response cache the provider sees only what was not in it.
    assert (row.requests, row.cold, row.distinct_keys) == (None, None, None)
    assert row.hours is not None
    assert row.hours.calls == (2,) * 24
    known = (Known("matcher_dev", ("rampart-dev-*",), "dev"),)
    (row,) = imported(path, source="bedrock-logs", consumers=known, labels={"cache": "none"}).rows
    assert (row.consumer, row.account, row.requests) == ("matcher_dev", "dev", 48)
    assert row.cold is not None
    assert row.cold.calls == 48


def test_profiles_and_tags_name_the_caller(tmp_path: Path) -> None:
    arn = "arn:aws:bedrock:us-east-1:123456789012:application-inference-profile/abc123"
    path = log(
        tmp_path / "a.json",
        record(1, modelId=arn),
        record(2, requestMetadata={"service": "search"}),
        record(3, errorCode="ThrottlingException"),
    )
    found = imported(path, source="bedrock-logs", consumers=(Known("ingest", ("*profile/abc123",)),))
    assert {row.consumer for row in found.rows} == {"ingest", "search"}
    assert any("1 requests that Bedrock refused" in note for note in found.notes)


@pytest.mark.parametrize(
    ("changes", "what"),
    [
        ({"timestamp": "soon"}, "timestamp"),
        ({"modelId": None}, "modelId"),
        ({"input": {"inputTokenCount": -1}}, "input.inputTokenCount"),
        ({"output": {"outputTokenCount": "x"}}, "output.outputTokenCount"),
    ],
)
def test_a_wrong_record_is_refused_with_its_line(tmp_path: Path, changes: dict[str, Any], what: str) -> None:
    path = log(tmp_path / "a.json.gz", record(1), record(2), record(3, **changes))
    with pytest.raises(InputError) as error:
        imported(path, source="bedrock-logs")
    assert error.value.line == 3
    assert what in error.value.what


def test_missing_token_counts_are_said(tmp_path: Path) -> None:
    path = log(tmp_path / "a.json", *[record(n) for n in range(99)], record(99, input={}, output={}))
    found = imported(path, source="bedrock-logs")
    assert found.rows[0].tokens_in == 10000
    assert any("1 calls have no token counts" in note for note in found.notes)
    half = log(tmp_path / "b.json", record(1), record(2, input={}, output={}))
    assert imported(half, source="bedrock-logs").rows[0].tokens_in is None


def mapped(tmp_path: Path, text: str, **options: Any) -> Any:
    path = tmp_path / "x.csv"
    path.write_text(text)
    columns = {"at": "when", "consumer": "svc", "model": "=gpt-4o", "tokens_in": "in", "tokens_out": "out"}
    return imported(path, source="csv", **({"columns": columns} | options))


def test_csv_by_a_declared_mapping(tmp_path: Path) -> None:
    (row,) = mapped(tmp_path, "when;svc;in;out\n2026-03-02T10:00:00+02:00;a;5;1\n1772438400000;a;7;2\n").rows
    assert (row.day, row.consumer, row.model, row.requests, row.tokens_in) == ("2026-03-02", "a", "gpt-4o", 2, 12)
    assert row.hours is not None
    assert row.hours.requests is not None
    assert row.hours.requests[8] == 2


def test_days_and_counts(tmp_path: Path) -> None:
    columns = {"day": "d", "consumer": "svc", "model": "m", "requests": "n", "calls": "billed", "cost": "usd"}
    text = "d,svc,m,n,billed,usd\n2026-03-02,a,gpt-4o,100,40,1.25\n2026-03-02,a,gpt-4o,10,10,0.10\n"
    (row,) = mapped(tmp_path, text, columns=columns).rows
    assert (row.requests, row.calls, str(row.cost), row.hours) == (110, 50, "1.350000000000", None)


def test_summer_time(tmp_path: Path) -> None:
    """Europe/Berlin: 02:30 is there twice on 2026-10-25 and never on 2026-03-29."""
    twice = mapped(
        tmp_path, "when,svc,in,out\n2026-10-25 02:30:00,a,1,1\n2026-10-25 12:00:00,a,1,1\n", timezone="Europe/Berlin"
    )
    assert twice.rows[0].hours.requests[0] == 1
    assert twice.rows[0].hours.requests[11] == 1
    assert any("twice" in note for note in twice.notes)
    with pytest.raises(InputError, match="skipped"):
        mapped(tmp_path, "when,svc,in,out\n2026-03-29 02:30:00,a,1,1\n", timezone="Europe/Berlin")
    with pytest.raises(InputError, match="no time zone"):
        mapped(tmp_path, "when,svc,in,out\n2026-03-29 02:30:00,a,1,1\n", timezone="Mars/Olympus")


def test_times_with_and_without_an_offset_are_not_mixed_up(tmp_path: Path) -> None:
    text = "when,svc,in,out\n2026-03-02 10:00:00,a,1,1\n2026-03-02T10:00:00+01:00,a,1,1\n1772442000,a,1,1\n"
    plain = mapped(tmp_path, text)
    assert [plain.rows[0].hours.requests[h] for h in (9, 10)] == [2, 1]
    assert any("1 times have no offset" in note for note in plain.notes)
    berlin = mapped(tmp_path, text, timezone="Europe/Berlin")
    assert berlin.rows[0].hours.requests[9] == 3


@pytest.mark.parametrize(
    "columns", [{"at": "when"}, {"at": "when", "consumer": "svc", "model": "=m", "colour": "x"}, {"day": "=2026-03-02"}]
)
def test_a_mapping_that_is_wrong_is_refused(tmp_path: Path, columns: dict[str, str]) -> None:
    with pytest.raises(InputError):
        mapped(tmp_path, "when,svc,in,out\n", columns=columns)


def test_a_mapped_column_that_is_missing_is_named(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no out"):
        mapped(tmp_path, "when,svc,in\n2026-03-02,a,1\n")
