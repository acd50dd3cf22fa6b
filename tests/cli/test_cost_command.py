"""`modelguard cost` as a user runs it: exact output, what-if, models beside each other, grace, reviews, errors."""

from __future__ import annotations

import json
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from cli.test_commands import on, run, snapshot, valid

OPUS = "bedrock/us.anthropic.claude-opus-4-6-v1"
HAIKU = "bedrock/us.anthropic.claude-haiku-4-5-20251001-v1:0"
FIELD = "llm.llm_model_name"


def test_what_a_switch_costs(iceberg: Path) -> None:
    result = run("cost", iceberg, "--base", "main")
    assert result.exit_code == 0
    snapshot("cost-opus.txt", result.output)
    document = json.loads(run("cost", iceberg, "--base", "main", "--format", "json").output)
    valid(document, "cost")
    assert document["switched"] == "2026-03-17"
    rows = {c["name"]: c for c in document["consumers"]}
    assert float(rows["inference-api"]["first_day"]["expected"]) == pytest.approx(209.88)
    assert float(rows["entity-training.train"]["first_day"]["expected"]) == pytest.approx(14.03, abs=0.01)
    assert float(rows["health-check"]["first_day"]["expected"]) == pytest.approx(9.22, abs=0.01)
    warming = rows["inference-api"]["warming"]
    assert warming["peak_hour"] == 11
    assert sum(warming["calls_by_hour"][:24]) == pytest.approx(6400, rel=0.02)
    assert warming["warm_after_hours"] <= 48
    assert 190 < float(rows["inference-api"]["exposure"]) < 210
    assert "warming" not in rows["health-check"]


def test_models_beside_each_other(iceberg: Path, tmp_path: Path) -> None:
    iceberg = on(iceberg, "main", tmp_path)
    result = run("cost", iceberg, "--compare", f"{OPUS},{HAIKU},gpt-4o", "--set", FIELD)
    assert result.exit_code == 0
    snapshot("cost-compare.txt", result.output)
    document = json.loads(run("cost", iceberg, "--compare", f"{OPUS},{HAIKU}", "--format", "json").output)
    valid(document, "cost")
    assert [c["model"] for c in document["compare"]] == [OPUS, HAIKU]


def test_several_fields_at_once(tmp_path: Path) -> None:
    (tmp_path / "a.py").write_text(
        'import openai\nopenai.OpenAI().chat.completions.create(model="gpt-4o", messages=[])\n'
    )
    (tmp_path / "b.py").write_text(
        'import openai\nopenai.OpenAI().chat.completions.create(model="gpt-4o", messages=[])\n'
    )
    (tmp_path / "modelguard-usage.jsonl").write_text(
        usage("a.py", "gpt-4o", 7) + usage("b.py", "gpt-4o", 7).split("\n", 1)[1]
    )
    result = run("cost", tmp_path, "--set", "a.py:2=gpt-4.1", "--set", "b.py:2=gpt-4o-mini")
    assert result.exit_code == 0, result.output
    assert "gpt-4o → gpt-4.1" in result.output
    assert "gpt-4o → gpt-4o-mini" in result.output
    assert "known total" in result.output


def test_an_hour_and_a_grace_period(iceberg: Path, tmp_path: Path) -> None:
    iceberg = on(iceberg, "main", tmp_path)
    setting = f"{FIELD}={OPUS}"
    plain = json.loads(run("cost", iceberg, "--set", setting, "--format", "json").output)
    soft = json.loads(run("cost", iceberg, "--set", setting, "--grace", "24", "--format", "json").output)
    valid(soft, "cost")
    row = next(c for c in soft["consumers"] if c["name"] == "inference-api")
    assert float(row["first_day_with_grace"]["expected"]) < 0.3 * float(row["first_day"]["expected"])
    assert "first_day_with_grace" not in plain["consumers"][0]
    late = json.loads(run("cost", iceberg, "--set", setting, "--at", "2026-04-02T14", "--format", "json").output)
    assert late["switched"] == "2026-04-02"
    moved = next(c for c in late["consumers"] if c["name"] == "inference-api")
    assert moved["warming"]["peak_hour"] == 21
    text = run("cost", iceberg, "--set", setting, "--grace", "72:5").output
    assert "With the grace period: first day" in text


def test_fallbacks_are_priced_at_their_worst(tmp_path: Path) -> None:
    case = Path(__file__).parents[1] / "cases" / "litellm-fallbacks" / "repo"
    for file in case.iterdir():
        (tmp_path / file.name).write_bytes(file.read_bytes())
    (tmp_path / "modelguard-usage.jsonl").write_text(usage("app.py", "gpt-4o-mini", 7))
    (tmp_path / "modelguard.yaml").write_text("billing:\n  - {consumer: app.py, attempts: 3}\n")
    document = json.loads(run("cost", tmp_path, "--set", "app.py:4=openai/gpt-4o-mini", "--format", "json").output)
    (row,) = document["consumers"]
    assert float(row["worst_steady_per_day"]) > 50 * float(row["steady_per_day"]["expected"])
    assert "At worst" in run("cost", tmp_path, "--set", "app.py:4=openai/gpt-4o-mini").output


def test_quotas_are_held_against_the_peak(iceberg: Path, tmp_path: Path) -> None:
    target = on(iceberg, "main", tmp_path)
    (target / "modelguard.yaml").write_text("quotas:\n  - {model: claude-opus-*, requests_per_minute: 20}\n")
    assert "over the 20 requests a minute" in run("cost", target, "--set", f"{FIELD}={OPUS}").output
    (target / "modelguard.yaml").write_text("quotas:\n  - {modle: claude-opus-*}\n")
    assert run("cost", target, "--set", f"{FIELD}={OPUS}").exit_code == 2


def usage(consumer: str, model: str, days: int, start: str = "2026-03-02", calls: int = 100, **more: Any) -> str:
    first = date.fromisoformat(start)
    header = {"schema": "modelguard.usage/1", "from": start, "to": (first + timedelta(days=days - 1)).isoformat()}
    rows = [
        {"day": (first + timedelta(days=n)).isoformat(), "consumer": consumer, "model": model, "requests": calls,
         "calls": calls, "tokens_in": 1000 * calls, "tokens_out": 100 * calls, **more}
        for n in range(days)
    ]  # fmt: skip
    return "\n".join(json.dumps(line) for line in [header, *rows]) + "\n"


def test_a_review_of_what_landed(iceberg: Path, tmp_path: Path) -> None:
    """The story's day came: forecast beside paid, from a saved forecast and from the base's rollup."""
    forecast = tmp_path / "forecast.json"
    assert run("cost", iceberg, "--base", "main", "--format", "json", "--output", forecast).exit_code == 0
    lines = [json.dumps({"schema": "modelguard.usage/1", "from": "2026-03-17", "to": "2026-04-30"})]
    for n in range(45):
        day = (date(2026, 3, 17) + timedelta(days=n)).isoformat()
        paid = Decimal("212.50") if n == 0 else Decimal("10.40")
        row = {"day": day, "consumer": "inference-api", "model": "claude-opus-4-6", "cost": str(paid)}
        lines.append(json.dumps(row))
        lines.append(json.dumps({**row, "consumer": "entity-training.train", "cost": "9" if n == 0 else "0.7"}))
    newer = tmp_path / "newer.jsonl"
    newer.write_text("\n".join(lines) + "\n")
    result = run("cost", "review", iceberg, "--forecast", forecast, "--usage", newer)
    assert result.exit_code == 0, result.output
    snapshot("cost-review.txt", result.output)
    again = run("cost", "review", iceberg, "--base", "main", "--usage", newer, "--format", "json")
    document = json.loads(again.output)
    valid(document, "review")
    rows = {c["name"]: c for c in document["consumers"]}
    assert rows["inference-api"]["first_day"]["held"] is True
    assert rows["inference-api"]["steady_per_day"]["held"] is True
    assert rows["entity-training.train"]["first_day"]["held"] is False
    assert rows["health-check"]["first_day"]["paid"] is None


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("--compare", ","), "names no model"),
        (("--compare", "gpt-4o", "--set", f"{FIELD}=x"), "takes a FIELD alone"),
        (("--compare", "gpt-4o", "--base", "main"), "goes with --set"),
        (("--set", f"{FIELD}=x", "--at", "soon"), "neither a date"),
        (("--set", f"{FIELD}=x", "--at", "2026-02-31"), "neither a date"),
        (("--set", f"{FIELD}=x", "--grace", "a day"), "is not HOURS"),
    ],
)
def test_wrong_options(iceberg: Path, arguments: tuple[str, ...], message: str) -> None:
    result = run("cost", iceberg, *arguments)
    assert result.exit_code == 2
    assert message in result.output


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("{}", "not a modelguard.cost/1"),
        ("nonsense", "not JSON"),
        ('{"schema": "modelguard.cost/1"}', "not a modelguard.cost/1"),
    ],
)
def test_a_forecast_that_is_none(iceberg: Path, tmp_path: Path, content: str, message: str) -> None:
    file = tmp_path / "f.json"
    file.write_text(content)
    result = run("cost", "review", iceberg, "--forecast", file)
    assert result.exit_code == 2
    assert message in result.output
    assert run("cost", "review", iceberg, "--forecast", tmp_path / "gone.json").exit_code == 2
    assert run("cost", "review", iceberg).exit_code == 2


def test_a_grace_period_of_the_ledger_is_counted(iceberg: Path, tmp_path: Path) -> None:
    target = on(iceberg, "main", tmp_path)
    ledger = target / "budgets.yaml"
    grace = """
grace:
  - {consumer: "*", from: claude-sonnet-4-6, to: claude-opus-*, starts: 2026-03-18T00:00Z, hours: 48, refresh: {per_minute: 2}}
consumers:
  - {consumer: entity-training.train, grace: never}
"""
    ledger.write_text(ledger.read_text() + grace)
    document = json.loads(run("cost", target, "--set", f"{FIELD}={OPUS}", "--format", "json").output)
    rows = {c["name"]: c for c in document["consumers"]}
    assert float(rows["inference-api"]["first_day_with_grace"]["expected"]) < 150
    assert float(rows["inference-api"]["exposure_with_grace"]) > 0
    assert "first_day_with_grace" not in rows["entity-training.train"]


def test_check_tells_the_same_as_cost_of_caches_and_grace(iceberg: Path, tmp_path: Path) -> None:
    target = on(iceberg, "opus", tmp_path)
    assert "Near its usual calls again after 35 hours." in run("check", target, "--base", "main").output
    ledger = target / "budgets.yaml"
    ledger.write_text(
        ledger.read_text() + 'grace:\n  - {consumer: "*", from: claude-sonnet-4-6, to: claude-opus-*,'
        " starts: 2026-03-18T00:00Z, hours: 48, refresh: {per_minute: 2}}\n"
    )
    document = json.loads(run("check", target, "--base", "main", "--format", "json").output)
    valid(document, "report")
    costs = {c["name"]: c["cost"] for change in document["changes"] for c in change["consumers"]}
    assert float(costs["inference-api"]["first_day_with_grace"]["expected"]) < 150
    # A thousand hours of a curve are for `modelguard cost`.
    assert "warming" not in costs["inference-api"]
    told = " ".join(run("check", target, "--base", "main").output.split())
    assert "The ledger's grace period takes $" in told
