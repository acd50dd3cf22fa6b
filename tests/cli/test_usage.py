"""`modelguard usage` as a user runs it: the story's day, importing twice, broken files, what errors say."""

from __future__ import annotations

import json
import os
import time
from decimal import Decimal
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import storylib
from click.testing import CliRunner, Result
from jsonschema import Draft202012Validator
from usagelib import requests, spend_logs

from modelguard.cli import main, usage_import
from modelguard.schemas.load import schema

ICEBERG = Path(__file__).parents[2] / "examples" / "iceberg" / "repo"
SNAPSHOTS = Path(__file__).parent.parent / "snapshots"


def run(*arguments: object) -> Result:
    return CliRunner().invoke(main, [str(a) for a in arguments])


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


def lines(path: Path, name: str = "usage") -> list[dict[str, Any]]:
    return [valid(json.loads(line), name) for line in path.read_text().splitlines()]


def valid(document: dict[str, Any], name: str) -> dict[str, Any]:
    assert not [f"{e.json_path}: {e.message[:200]}" for e in Draft202012Validator(schema(name)).iter_errors(document)]
    return document


def story(here: Path) -> None:
    for source, files in storylib.write(here).items():
        result = run("usage", "import", source, *files, "--path", ICEBERG)
        assert result.exit_code == 0, result.output


def test_the_storys_day(here: Path) -> None:
    """$14 of training, $210 of inference, $9 of health checks, out of one key."""
    story(here)
    result = run("usage", "attribute", "--path", ICEBERG, "--format", "json")
    assert result.exit_code == 0, result.output
    found = valid(json.loads(result.output), "attribution")
    assert lines(here / "modelguard-activity.jsonl", "activity")
    cost = {p["consumer"]: float(p["cost"]["expected"]) for p in found["parts"]}
    assert cost["entity-training.train"] == pytest.approx(14, rel=0.05)
    assert cost["inference-api"] == pytest.approx(210, rel=0.05)
    assert cost["health-check"] == pytest.approx(9, rel=0.05)
    assert set(cost) == {"entity-training.train", "inference-api", "health-check"}
    assert found["silent"] == ["matcher_dev", "matcher_prod"]
    text = run("usage", "attribute", "--path", ICEBERG).output
    snapshot("usage-attribute.txt", text)
    assert run("usage", "attribute", "--path", ICEBERG, "--format", "svg").output.startswith("<svg ")


def test_inferred_calls_go_into_the_rollup_once(here: Path) -> None:
    story(here)
    for _ in range(2):
        assert run("usage", "attribute", "--path", ICEBERG, "--update").exit_code == 0
    rows = [r for r in lines(here / "modelguard-usage.jsonl")[1:] if r["source"] == "attributed"]
    assert sorted(r["consumer"] for r in rows) == ["entity-training.train", "health-check", "inference-api"]
    assert sum(r["calls"] for r in rows) == pytest.approx(6993, abs=5)


def snapshot(name: str, text: str) -> None:
    path = SNAPSHOTS / name
    if os.environ.get("UPDATE_SNAPSHOTS"):
        path.write_text(text, encoding="utf-8")
    assert text == path.read_text(encoding="utf-8")


def test_importing_twice_changes_nothing(here: Path) -> None:
    (here / "spend.csv").write_text(spend_logs(requests(1, 2000)))
    assert run("usage", "import", "litellm", "spend.csv").exit_code == 0
    first = (here / "modelguard-usage.jsonl").read_bytes()
    again = run("usage", "import", "litellm", "spend.csv")
    assert again.exit_code == 0
    assert "nothing new" in again.output
    (here / "copy.csv").write_text(spend_logs(requests(1, 2000)))
    assert run("usage", "import", "litellm", "copy.csv", "spend.csv").exit_code == 0
    assert (here / "modelguard-usage.jsonl").read_bytes() == first
    # The same input in another place is the same text.
    assert run("usage", "import", "litellm", "spend.csv", "--output", "other.jsonl").exit_code == 0
    assert (here / "other.jsonl").read_bytes() == first
    assert lines(here / "other.jsonl")[0]["sources"][0]["rows"] == 2000


def test_files_that_overlap_are_refused_or_replace(here: Path) -> None:
    text = spend_logs(requests(1, 2000))
    (here / "all.csv").write_text(text)
    (here / "half.csv").write_text("\n".join(text.splitlines()[:1000]) + "\n")
    assert run("usage", "import", "litellm", "half.csv").exit_code == 0
    before = (here / "modelguard-usage.jsonl").read_bytes()
    refused = run("usage", "import", "litellm", "all.csv")
    assert refused.exit_code == 2
    assert "--replace" in refused.output
    assert (here / "modelguard-usage.jsonl").read_bytes() == before
    assert run("usage", "import", "litellm", "all.csv", "--replace").exit_code == 0
    assert sum(r["requests"] for r in lines(here / "modelguard-usage.jsonl")[1:]) == 2000


def test_half_a_file_is_never_imported(here: Path) -> None:
    text = spend_logs(requests(1, 500))
    (here / "good.csv").write_text(text)
    (here / "bad.csv").write_text(text.replace("r400,", "r9400,").replace(",110,", ",-110,", 1))
    rows = text.splitlines()
    rows[400] = rows[400].replace("acompletion", "acompletion,one,two")
    (here / "cut.csv").write_text("\n".join(rows))
    for name in ("bad.csv", "cut.csv"):
        result = run("usage", "import", "litellm", "good.csv", name)
        assert result.exit_code == 2, result.output
        assert f"{name}:" in result.output
        assert not (here / "modelguard-usage.jsonl").exists()


def test_what_one_source_lacks_another_adds(here: Path) -> None:
    """The cost report knows what was paid, the spend logs who asked for what."""
    (here / "spend.csv").write_text(spend_logs(requests(1, 500, days=1)))
    (here / "paid.csv").write_text("d,who,model,usd\n2026-03-02,inference-api,us.anthropic.claude-sonnet-4-6,1.5\n")
    assert run("usage", "import", "litellm", "spend.csv").exit_code == 0
    columns = ("--column", "day=d", "--column", "consumer=who", "--column", "model=model", "--column", "cost=usd")
    assert run("usage", "import", "csv", "paid.csv", *columns).exit_code == 0
    (row,) = [r for r in lines(here / "modelguard-usage.jsonl")[1:] if r["consumer"] == "inference-api"]
    assert row["origin"] == "csv+litellm"
    assert row["requests"] > 0
    assert Decimal(row["cost"]) > 0


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (("import", "nope", "x"), "there are: litellm"),
        (("import", "litellm"), "give the files"),
        (("import", "litellm", "gone.csv"), "no such file"),
        (("import", "csv", "gone.csv", "--column", "x"), "not NAME=VALUE"),
        (("import", "litellm", "--connect", "mysql://x", "--table", "t"), "no connection that is known"),
        (("attribute",), "there is no rollup"),
    ],
)
def test_errors_say_what_to_do(here: Path, arguments: tuple[str, ...], says: str) -> None:
    result = run("usage", *arguments)
    assert result.exit_code == 2
    assert says in result.output


def test_cost_reads_what_was_imported(here: Path) -> None:
    (here / "spend.csv").write_text(spend_logs(requests(1, 4000)))
    assert run("usage", "import", "litellm", "spend.csv", "--path", ICEBERG).exit_code == 0
    field = "config/project.yaml:5=bedrock/us.anthropic.claude-opus-4-6-v1"
    result = run("cost", ICEBERG, "--set", field, "--usage", here / "modelguard-usage.jsonl", "--format", "json")
    rows = {c["name"]: c for c in json.loads(result.output)["consumers"]}
    assert rows["inference-api"]["source"] == "measured"
    assert Decimal(rows["inference-api"]["first_day"]["expected"]) > Decimal(
        rows["inference-api"]["before_per_day"]["expected"]
    )


def test_no_heavy_library_loads_for_other_commands() -> None:
    import subprocess
    import sys

    heavy = ("ibis", "duckdb", "numpy", "scipy", "pyarrow")
    code = (
        "import sys; from modelguard.cli import main; main(['usage', '--help'], standalone_mode=False); "
        f"print([m for m in {heavy} if m in sys.modules])"
    )
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.endswith(
        "[]\n"
    )


def test_show_and_reconcile(here: Path) -> None:
    (here / "spend.csv").write_text(spend_logs(requests(1, 2000, days=2)))
    assert run("usage", "import", "litellm", "spend.csv").exit_code == 0
    snapshot("usage-show.txt", run("usage", "show").output)
    shown = valid(json.loads(run("usage", "show", "--format", "json").output), "usage-summary")
    total = sum(Decimal(each["cost_per_day"]) * each["days"] for each in shown["lines"])
    answer = run("usage", "reconcile", "--total", str(total + 1), "--format", "json").output
    found = valid(json.loads(answer), "reconciliation")
    assert Decimal(found["unexplained"]) == 1
    (here / "bill.csv").write_text("d,m,usd\n2026-03-02,us.anthropic.claude-sonnet-4-6,1\n2026-03-02,gpt-4o,3\n")
    before = (here / "modelguard-usage.jsonl").read_bytes()
    columns = [f"--column={c}" for c in ("day=d", "consumer==bill", "model=m", "cost=usd")]
    text = run("usage", "reconcile", "csv", "bill.csv", *columns).output
    assert "gpt-4o: in the bill alone" in text
    assert (here / "modelguard-usage.jsonl").read_bytes() == before
    assert run("usage", "reconcile").exit_code == 2
    assert run("usage", "reconcile", "csv", "spend.csv", *columns).exit_code == 2


def test_what_was_paid_calibrates_list_prices(here: Path) -> None:
    """A tenth off: Sonnet through a us. profile lists at 3.30 and 16.50 a million tokens."""
    head = (
        "line_item_usage_start_date,line_item_usage_type,line_item_usage_amount,line_item_unblended_cost,pricing_unit,"
        "line_item_iam_principal"
    )
    role = "arn:aws:iam::123456789012:role/inference-api"
    sonnet = "us.anthropic.claude-sonnet-4-6"
    lines_ = [
        f"{DAY},USE1-Claude4.6Sonnet-{kind}-tokens,1000,{usd},1K tokens,{role}"
        for kind, usd in (("input", 2.97), ("output", 14.85))
    ]
    (here / "cur.csv").write_text("\n".join([head, *lines_]))
    assert run("usage", "import", "cur", "cur.csv").exit_code == 0
    columns = [f"--column={c}" for c in ("day=d", "consumer=who", f"model=={sonnet}", "requests=n", "account=acc")]
    (here / "n.csv").write_text(f"d,who,n,acc\n{DAY},inference-api,100,\n")
    assert run("usage", "import", "csv", "n.csv", *columns).exit_code == 0
    header, row = lines(here / "modelguard-usage.jsonl")
    assert row["raw"] == sonnet
    assert header["calibration"] == 0.9


DAY = "2026-03-02"


def test_aliases_of_the_configuration_name_consumers(here: Path) -> None:
    (here / "spend.csv").write_text(spend_logs(requests(1, 200)))
    (here / "modelguard.yaml").write_text("consumers: {matching: {aliases: ['inference-*']}}\n")
    assert run("usage", "import", "litellm", "spend.csv").exit_code == 0
    header, *rows = lines(here / "modelguard-usage.jsonl")
    assert {r["consumer"] for r in rows} == {"matching", "health-check"}
    assert header["names"][0]["logged"] == ["inference-api"]
    assert "matching: an alias: logged as inference-api" in run("usage", "show").output


def test_a_copy_among_the_files_counts_once(here: Path) -> None:
    """Also of rows without ids, which nothing else tells apart."""
    text = "when,service,m,calls\n2026-03-01T00:00:00Z,api,gpt-4o,5\n"
    (here / "a.csv").write_text(text)
    (here / "b.csv").write_text(text)
    mapping = [f"--column={each}" for each in ("at=when", "consumer=service", "model=m", "calls=calls")]
    assert run("usage", "import", "csv", "a.csv", "b.csv", *mapping).exit_code == 0
    assert [row["calls"] for row in lines(here / "modelguard-usage.jsonl")[1:]] == [5]
    assert len(lines(here / "modelguard-usage.jsonl")[0]["sources"]) == 1


def test_progress_moves_with_the_running_query(
    here: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("sys.stderr.isatty", lambda: True)
    monkeypatch.setenv("COLUMNS", "60")
    shares = iter([0.1, 0.5, 0.9, 0.2, *[1.0] * 100])
    warehouse = SimpleNamespace(done=lambda: next(shares))
    with usage_import._progress(warehouse) as progress:  # type: ignore[arg-type]
        progress("reading a file with a name that is as long as it can be", 0.0, 0.5)
        time.sleep(1.6)
    shown = [line.removesuffix("\x1b[K") for line in capsys.readouterr().err.split("\r") if "%" in line]
    percents = [int(line.split("%")[0].split()[-1]) for line in shown]
    assert len(set(percents)) > 1
    assert percents == sorted(percents)
    assert percents[-1] == 50
    assert max(map(len, shown)) < 60
