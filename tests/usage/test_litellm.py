"""Spend logs to rollup: equal to going through the requests one at a time, in every form they come in."""

from __future__ import annotations

import csv
import gzip
import io
import json
from datetime import datetime
from decimal import Decimal
from pathlib import Path

import pytest
from usagelib import HEADER, Request, expected, imported, requests, spend_logs

from modelguard.errors import InputError
from modelguard.usage.importer import Imported
from modelguard.usage.naming import Known
from modelguard.usage.warehouse import Warehouse


def agrees(found: Imported, made: list[Request], ttl_hours: float) -> None:
    want = expected(made, ttl_hours)
    assert {(r.day, r.consumer) for r in found.rows} == set(want)
    for row in found.rows:
        figures = want[row.day, row.consumer]
        assert (row.requests, row.calls) == (figures["requests"], figures["calls"])
        assert (row.tokens_in, row.tokens_out) == (figures["tokens_in"], figures["tokens_out"])
        assert row.distinct_keys == len(figures["keys"])
        assert row.cold is not None
        cold = {"calls": row.cold.calls, "tokens_in": row.cold.tokens_in, "tokens_out": row.cold.tokens_out}
        assert cold == dict(figures["cold"])
        assert row.hours is not None
        for name in ("requests", "calls", "cold_calls"):
            assert list(getattr(row.hours, name)) == figures["hours"][name]


@pytest.mark.parametrize("shared", [False, True])
def test_the_rollup_is_what_a_loop_over_the_requests_says(tmp_path: Path, shared: bool) -> None:
    made = requests(7, 5000, shared=shared)
    path = tmp_path / "spend.csv"
    path.write_text(spend_logs(made))
    found = imported(path)
    agrees(found, made, 30)
    assert {row.model for row in found.rows} == {"claude-sonnet-4-6"}
    assert {row.raw for row in found.rows} == {"bedrock/us.anthropic.claude-sonnet-4-6"}
    assert sum(row.cost or 0 for row in found.rows) == Decimal("0.0011") * sum(not r.hit for r in made)


def test_a_ttl_is_inferred_and_a_short_one_replayed(tmp_path: Path) -> None:
    made = requests(3, 20000, days=4, ttl_hours=5)
    path = tmp_path / "spend.csv"
    path.write_text(spend_logs(made))
    found = imported(path)
    for cache in found.caches:
        assert cache.ttl_hours.low <= 5 <= cache.ttl_hours.high
        assert cache.ttl_hours.high - cache.ttl_hours.low < 0.3
    want = expected(made, 5)
    assert {c.consumer for c in found.caches} == {"inference-api", "health-check"}
    for row in found.rows:
        assert row.cold is not None
        assert row.cold.calls == pytest.approx(want[row.day, row.consumer]["cold"]["calls"], rel=0.01)


def test_hits_at_random_say_nothing_of_a_ttl(tmp_path: Path) -> None:
    from random import Random

    draw = Random(1)
    made = [Request(r.at, r.consumer, r.key, draw.random() < 0.5, 100, 10) for r in requests(5, 4000)]
    path = tmp_path / "spend.csv"
    path.write_text(spend_logs(made))
    found = imported(path)
    assert found.caches == ()
    assert any("contradict any TTL" in note for note in found.notes)


@pytest.mark.parametrize("form", ["json", "jsonl", "jsonl.gz", "csv.gz", "answer", "parquet", "epoch-ms"])
def test_every_form_gives_the_same_rows(tmp_path: Path, form: str) -> None:
    text = spend_logs(requests(1, 500))
    plain = tmp_path / "spend.csv"
    plain.write_text(text)
    records = list(csv.DictReader(io.StringIO(text)))
    for record in records:
        record |= {"prompt_tokens": int(record["prompt_tokens"]), "spend": float(record["spend"])}  # type: ignore[dict-item]
        record["metadata"] = json.loads(record["metadata"])
        record["startTime"] = record["startTime"].replace(" ", "T") + "Z"
    path = tmp_path / f"spend.{form}"
    lines = "\n".join(json.dumps(r) for r in records)
    if form == "json":
        path.write_text(json.dumps(records, indent=1))
    elif form == "answer":
        path.write_text(json.dumps({"data": records, "total": len(records), "page": 1}))
    elif form == "jsonl":
        path.write_text(lines)
    elif form == "jsonl.gz":
        path.write_bytes(gzip.compress(lines.encode()))
    elif form == "csv.gz":
        path.write_bytes(gzip.compress(text.encode()))
    elif form == "epoch-ms":
        from datetime import UTC, datetime

        for record in records:
            record["startTime"] = str(
                int(datetime.fromisoformat(record["startTime"]).astimezone(UTC).timestamp() * 1000)
            )
        path.write_text("\n".join(json.dumps(r) for r in records))
    else:
        import duckdb

        duckdb.sql(f"copy (select * from read_csv('{plain}', all_varchar=true)) to '{path}' (format parquet)")
    assert imported(path).rows == imported(plain).rows


def edited(tmp_path: Path, **changes: str) -> Path:
    """A spend log whose 8th row has other values."""
    rows = list(csv.reader(io.StringIO(spend_logs(requests(1, 20)))))
    for name, value in changes.items():
        rows[8][HEADER.index(name)] = value
    path = tmp_path / "spend.csv"
    with path.open("w", newline="") as file:
        csv.writer(file).writerows(rows)
    return path


@pytest.mark.parametrize(
    ("column", "value"),
    [
        ("prompt_tokens", "-5"), ("prompt_tokens", "many"), ("completion_tokens", "1.5"), ("startTime", "yesterday"),
        ("startTime", ""), ("spend", "-0.1"), ("spend", "free"), ("startTime", "1772445600000000000000"),
    ],
)  # fmt: skip
def test_a_wrong_value_is_refused_with_its_line_and_column(tmp_path: Path, column: str, value: str) -> None:
    path = edited(tmp_path, **{column: value})
    with pytest.raises(InputError) as error:
        imported(path)
    assert error.value.line == 9
    assert column in error.value.what


def test_line_breaks_in_values_do_not_shift_the_line(tmp_path: Path) -> None:
    path = edited(tmp_path, prompt_tokens="-1")
    path.write_text(path.read_text().replace('"{""user', '"\n\n{""user', 1))
    with pytest.raises(InputError) as error:
        imported(path)
    assert error.value.line == 11


def test_a_truncated_gz_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "spend.csv.gz"
    packed = gzip.compress(spend_logs(requests(1, 3000)).encode())
    path.write_bytes(packed[: len(packed) // 2])
    with pytest.raises(InputError, match="cut off"):
        imported(path)


@pytest.mark.parametrize(
    ("text", "what"),
    [
        ("", "empty"), ("a,b\n1,2\n", "not litellm"), ("a,a\n1,2\n", "like another"), ("[1,2]", "no JSON object"),
        ("{broken", "not JSON"), ("startTime,model,prompt_tokens,completion_tokens\n1,2\n", "columns"),
        ('startTime,model,prompt_tokens,completion_tokens\n"1,2,3,4\n', "no end"),
    ],
)  # fmt: skip
def test_what_is_no_spend_log_is_refused(tmp_path: Path, text: str, what: str) -> None:
    path = tmp_path / "spend"
    path.write_text(text)
    with pytest.raises(InputError, match=what):
        imported(path)


def test_a_broken_json_line_is_named(tmp_path: Path) -> None:
    rows = [{"startTime": "2026-03-02T00:00:00Z", "model": "m", "prompt_tokens": 1, "completion_tokens": 1}] * 3
    path = tmp_path / "spend.jsonl"
    path.write_text("\n".join(json.dumps(r) for r in rows) + '\n{"startTime": \n')
    with pytest.raises(InputError) as error:
        imported(path)
    assert error.value.line == 4


def test_rows_that_repeat_a_request_count_once_and_are_said(tmp_path: Path) -> None:
    text = spend_logs(requests(1, 200))
    one, two = tmp_path / "a.csv", tmp_path / "b.csv"
    one.write_text(text)
    lines = text.splitlines(keepends=True)
    two.write_text("".join([lines[0], *lines[101:]]))
    found = imported(one, two)
    assert found.rows == imported(one).rows
    assert any("100 rows repeat" in note for note in found.notes)


def test_failed_requests_are_left_out_and_said(tmp_path: Path) -> None:
    found = imported(edited(tmp_path, status="failure"))
    assert sum(r.requests or 0 for r in found.rows) == 19
    assert any("1 failed requests" in note for note in found.notes)


def test_cache_off_is_no_key(tmp_path: Path) -> None:
    made = [Request(r.at, r.consumer, "Cache OFF", False, 10, 1) for r in requests(1, 300)]
    path = tmp_path / "spend.csv"
    path.write_text(spend_logs(made))
    for row in imported(path).rows:
        assert row.distinct_keys is None
        assert row.cold is not None
        assert row.cold.calls == row.calls == row.requests


def test_prompt_cache_tokens_are_told_apart(tmp_path: Path) -> None:
    metadata = {
        "user_api_key_alias": "a",
        "usage_object": {"prompt_tokens_details": {"cached_tokens": 70}, "cache_creation_input_tokens": 20},
    }
    row = {"startTime": "2026-03-02T00:00:00Z", "model": "m", "prompt_tokens": 100, "completion_tokens": 1}
    path = tmp_path / "spend.jsonl"
    path.write_text(json.dumps(row | {"metadata": metadata}))
    (found,) = imported(path).rows
    assert (found.tokens_in, found.cache_read_tokens, found.cache_write_tokens) == (10, 70, 20)


def test_no_key_reaches_the_rollup(tmp_path: Path) -> None:
    secret = "sk-" + "a1b2" * 8
    path = edited(tmp_path, metadata="{}", api_key=secret)
    found = imported(path)
    assert secret not in str(found)
    assert any(row.consumer.startswith("key-") for row in found.rows)


def test_names_map_by_alias_and_words(tmp_path: Path) -> None:
    path = tmp_path / "spend.csv"
    path.write_text(spend_logs(requests(1, 200)))
    known = (Known("matching", ("inference-*",), "prod"), Known("check_health", ()))
    found = imported(path, consumers=known)
    assert {(r.consumer, r.account) for r in found.rows} == {("matching", "prod"), ("check_health", None)}
    assert [(n.consumer, n.how, n.certainty) for n in found.names] == [
        ("check_health", "the same words", "likely"),
        ("matching", "an alias", "certain"),
    ]


def test_copies_are_found_in_parts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """As of 100 million rows: the rollup is that of the rows once, whichever part an id falls in."""
    header, *rows = spend_logs(requests(7, 3000)).splitlines(keepends=True)
    once, twice = tmp_path / "once.csv", tmp_path / "twice.csv"
    once.write_text("".join([header, *rows]))
    twice.write_text("".join([header, *rows, *rows[::3]]))
    whole = imported(once)
    monkeypatch.setattr("modelguard.usage.load.AT_ONCE", 500)
    found = imported(twice)
    assert found.rows == whole.rows
    assert any(note.startswith("1,000 rows repeat") for note in found.notes)


def test_too_little_memory_is_said() -> None:
    with (
        pytest.raises(InputError, match=r"not enough for so many rows.*--memory"),
        Warehouse(None, "200MB") as warehouse,
    ):
        warehouse.connection.raw_sql("SET max_temp_directory_size = '1MB'")
        warehouse.connection.raw_sql("SELECT len(list(md5(range::VARCHAR))) FROM range(20000000)").fetchall()


def test_a_request_of_the_last_half_second_is_of_its_hour(tmp_path: Path) -> None:
    """Databases round what is left of a second: then it would be asked, and billed by an empty cache, an hour later."""
    path = tmp_path / "spend.csv"
    path.write_text(spend_logs([Request(datetime(2026, 3, 2, 10, 59, 59, 700_000), "a", "k", False, 10, 1)]))
    (row,) = imported(path).rows
    assert row.hours is not None
    assert row.hours.requests == row.hours.cold_calls
