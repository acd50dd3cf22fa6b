"""`modelguard usage` as a user runs it: the story's day, importing twice, broken files, what errors say."""

from __future__ import annotations

import json
import os
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
import storylib
from click.testing import CliRunner, Result
from jsonschema import Draft202012Validator
from usagelib import requests, spend_logs

from modelguard.cli import main
from modelguard.schemas.load import schema

ICEBERG = Path(__file__).parents[2] / "examples" / "iceberg" / "repo"
SNAPSHOTS = Path(__file__).parent.parent / "snapshots"


def run(*arguments: object) -> Result:
    return CliRunner().invoke(main, [str(a) for a in arguments])


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


def lines(path: Path) -> list[dict[str, Any]]:
    found = [json.loads(line) for line in path.read_text().splitlines()]
    validator = Draft202012Validator(schema("usage"))
    for line in found:
        assert not [e.message for e in validator.iter_errors(line)]
    return found


def story(here: Path) -> None:
    for source, files in storylib.write(here).items():
        result = run("usage", "import", source, *files, "--path", ICEBERG)
        assert result.exit_code == 0, result.output


def test_the_storys_day(here: Path) -> None:
    """$14 of training, $210 of inference, $9 of health checks, out of one key."""
    story(here)
    result = run("usage", "attribute", "--path", ICEBERG, "--format", "json")
    assert result.exit_code == 0, result.output
    found = json.loads(result.output)
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
