"""The commands as a user runs them, on the example: verdicts, exit codes, exact output, schemas, errors."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from gitlib import git
from jsonschema import Draft202012Validator

from modelguard.cli import main
from modelguard.schemas.load import NAMES, schema

SNAPSHOTS = Path(__file__).parent.parent / "snapshots"


def run(*arguments: object) -> Result:
    return CliRunner().invoke(main, [str(a) for a in arguments])


def snapshot(name: str, text: str) -> None:
    """The exact output; UPDATE_SNAPSHOTS=1 writes it anew, to be read in the diff."""
    path = SNAPSHOTS / name
    if os.environ.get("UPDATE_SNAPSHOTS"):
        path.write_text(text, encoding="utf-8")
    assert text == path.read_text(encoding="utf-8")


def valid(document: dict[str, object], name: str) -> None:
    problems = [f"{e.json_path}: {e.message[:200]}" for e in Draft202012Validator(schema(name)).iter_errors(document)]
    assert not problems


def on(iceberg: Path, branch: str, tmp_path: Path) -> Path:
    target = tmp_path / "repo"
    shutil.copytree(iceberg, target, symlinks=True)
    git(target, "switch", "-q", branch)
    return target


def test_the_233_dollar_pull_request_fails(iceberg: Path) -> None:
    result = run("check", iceberg, "--base", "main")
    assert result.exit_code == 1
    snapshot("check-opus.txt", result.output)
    report = json.loads(run("check", iceberg, "--base", "main", "--format", "json").output)
    valid(report, "report")
    assert report["verdict"] == "fail"
    (change,) = report["changes"]
    assert (change["path"], change["line"]) == ("config/project.yaml", 5)
    rows = {c["name"]: c for c in change["consumers"]}
    assert {n: c["instances"] for n, c in rows.items()} == {
        "entity-training.train": 1,
        "health-check": 1,
        "inference-api": 1,
        "matcher_dev": 32,
        "matcher_prod": 18,
    }
    assert {c["budget"]["verdict"] for c in rows.values()} == {"missing"}
    first = sum(float(c["cost"]["first_day"]["expected"] or 0) for c in rows.values())
    assert first == pytest.approx(233, rel=0.05)
    assert rows["matcher_dev"]["cost"]["first_day"]["expected"] is None
    assert ["orchestrator/settings.py", 40] in rows["inference-api"]["via"]
    assert ["infra/lambdas.tf", 41] in rows["matcher_dev"]["via"]


def test_funded_it_passes_and_reports_the_raise(iceberg: Path, tmp_path: Path) -> None:
    result = run("check", on(iceberg, "opus-funded", tmp_path), "--base", "main")
    assert result.exit_code == 0
    snapshot("check-opus-funded.txt", result.output)
    words = " ".join(result.output.split())
    assert "raises inference-api's claude-opus-4-6 budget from $0 to $250 a day; needs @search-team" in words


def test_split_lists_training_only(iceberg: Path, tmp_path: Path) -> None:
    result = run("check", on(iceberg, "split", tmp_path), "--base", "main")
    assert result.exit_code == 0
    snapshot("check-split.txt", result.output)
    assert "inference-api" not in result.output


def test_main_reports_the_shared_field_and_the_baked_token_once(iceberg: Path, tmp_path: Path) -> None:
    target = on(iceberg, "main", tmp_path)
    result = run("check", target)
    assert result.exit_code == 1
    snapshot("check-main.txt", result.output)
    assert result.output.count("MG101") == 1
    assert result.output.count("MG201") == 1
    tree = run("graph", target)
    assert tree.exit_code == 0
    snapshot("graph-main.txt", tree.output)


def test_a_change_that_touches_no_model_passes_whatever_main_is_like(iceberg: Path, tmp_path: Path) -> None:
    target = on(iceberg, "main", tmp_path)
    git(target, "switch", "-q", "-c", "docs")
    (target / "NOTES.md").write_text("words\n")
    result = run("check", target, "--base", "main")
    assert result.exit_code == 0
    assert result.output == "PASS  docs → main   changes no model, token, call, budget or rule\n"


def test_staged_and_working_tree(iceberg: Path, tmp_path: Path) -> None:
    target = on(iceberg, "main", tmp_path)
    config = target / "config" / "project.yaml"
    config.write_text(config.read_text().replace("claude-sonnet-4-6", "claude-opus-4-6-v1"))
    assert run("check", target, "--base", "main").exit_code == 1
    assert run("check", target, "--staged").exit_code == 0
    git(target, "add", "-A")
    assert run("check", target, "--staged").exit_code == 1
    assert run("check", target, "--base", "main", "--head", "main").exit_code == 0


def test_a_pull_request_can_not_argue_itself_through(iceberg: Path, tmp_path: Path) -> None:
    """Prices, usage and rules that the change brings along do not count."""
    target = on(iceberg, "opus", tmp_path)
    (target / "modelguard.yaml").write_text("prices:\n  claude-opus-4-6: {input: 0, output: 0}\n")
    (target / "modelguard-usage.jsonl").write_text('{"schema": "modelguard.usage/1", "from": "a", "to": "b"}\n')
    (target / "policies").mkdir()
    rule = "  - {id: MG301, name: unfunded, on: spend, level: note, when: 'false', message: m, help: h,"
    rule += " examples: {pass: [{}], fail: [{}]}}"
    (target / "policies" / "mine.yaml").write_text(f"schema: modelguard.rules/1\nrules:\n{rule}\n")
    git(target, "add", "-A")
    git(target, "commit", "-q", "-m", "argue")
    result = run("check", target, "--base", "main")
    assert result.exit_code == 1
    assert "$233.13" in result.output


def test_outputs_go_to_files(iceberg: Path, tmp_path: Path) -> None:
    text, document = tmp_path / "a.txt", tmp_path / "b.json"
    arguments = ("--format", "text", "--output", text, "--format", "json", "--output", document)
    result = run("check", iceberg, "--base", "main", *arguments)
    assert result.exit_code == 1
    assert result.output == ""
    assert text.read_text(encoding="utf-8").startswith("FAIL")
    valid(json.loads(document.read_text(encoding="utf-8")), "report")
    assert sorted(p.name for p in tmp_path.iterdir()) == ["a.txt", "b.json"]


def test_graph_json_focus_and_why(iceberg: Path) -> None:
    first = run("graph", iceberg, "--format", "json").output
    assert first == run("graph", iceberg, "--format", "json").output
    valid(json.loads(first), "graph")
    focused = json.loads(run("graph", iceberg, "--format", "json", "--focus", "matcher_dev").output)
    assert {n["name"] for n in focused["nodes"] if n["kind"] == "consumer"} == {"matcher_dev"}
    why = run("graph", iceberg, "--why", "inference-api", "llm.llm_model_name")
    snapshot("why.txt", why.output)
    token = run("graph", iceberg, "--why", "matcher_dev", "var.litellm_api_key")
    assert "handler.py:15" in token.output
    assert "Bearer" not in token.output


def test_cost_and_budget(iceberg: Path) -> None:
    report = json.loads(run("cost", iceberg, "--base", "main", "--format", "json").output)
    valid(report, "cost")
    assert float(report["total"]["first_day"]["expected"]) == pytest.approx(233, rel=0.05)
    assert report["total"]["unknown"] == ["matcher_dev", "matcher_prod"]
    what_if = run("cost", iceberg, "--set", "llm.llm_model_name=bedrock/us.anthropic.claude-haiku-4-5-20251001-v1:0")
    assert what_if.exit_code == 0
    assert "claude-haiku-4-5" in what_if.output
    assert run("budget", "check", iceberg, "--base", "main").exit_code == 1
    lines = run("budget", "check", iceberg, "--base", "main", "--suggest").output
    assert lines.count("consumer:") == 5
    assert "inference-api" in run("budget", "show", iceberg).output


def test_words_about_rules_prices_and_schemas() -> None:
    assert "MG301" in run("rules").output
    assert "A model without a budget" in run("explain", "mg301").output
    assert "input 3.3" in run("prices", "show", "bedrock/us.anthropic.claude-sonnet-4-6").output
    for name in NAMES:
        Draft202012Validator.check_schema(json.loads(run("schema", name).output))


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("check", "nowhere"), "nowhere does not exist"),
        (("check", "REPO", "--base", "gone"), 'base "gone" is not in this clone'),
        (("check", "REPO", "--head", "main"), "--head needs --base"),
        (("graph", "REPO", "--focus", "nothing"), 'nothing here is called "nothing"'),
        (("graph", "REPO", "--focus", "LLM_MODEL"), "may mean any of 2"),
        (("cost", "REPO"), "give --base REF or --set FIELD=MODEL"),
        (("cost", "REPO", "--set", "x"), "is not FIELD=MODEL"),
        (("prices", "show", "house-model"), "does not say which provider"),
        (("explain", "MG999"), "there is no rule"),
        (("schema", "x"), "there is no schema"),
        (("nonsense",), "No such command"),
    ],
)
def test_wrong_input_is_exit_2_with_what_to_do(iceberg: Path, arguments: tuple[str, ...], message: str) -> None:
    result = run(*(iceberg if a == "REPO" else a for a in arguments))
    assert result.exit_code == 2
    assert message in result.output
    assert "Traceback" not in result.output


def test_a_broken_ledger_is_exit_2(iceberg: Path, tmp_path: Path) -> None:
    target = on(iceberg, "opus", tmp_path)
    ledger = target / "budgets.yaml"
    ledger.write_text(ledger.read_text().replace("model:", "modle:", 1))
    result = run("check", target, "--base", "main")
    assert result.exit_code == 2
    assert 'error: budgets.yaml:6:5: unknown key "modle"; did you mean "model"?' in result.output


def test_a_bug_is_exit_3_and_says_where_to_report(iceberg: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: object, **__: object) -> None:
        raise ValueError("a secret that a message could quote")

    monkeypatch.setattr("modelguard.graph.build.analyse", broken)
    result = run("graph", iceberg)
    assert result.exit_code == 3
    assert "report it at" in result.output
    assert "secret" not in result.output


def test_without_git_or_ledger(tmp_path: Path) -> None:
    (tmp_path / "config.yaml").write_text("model: gpt-4o\n")
    result = run("check", tmp_path)
    assert result.exit_code == 0
    assert "MG307" in result.output
    assert run("check", tmp_path, "--base", "main").exit_code == 2


def test_names_of_a_scanned_repository_can_not_draw_on_the_terminal(tmp_path: Path) -> None:
    (tmp_path / "a\x1b[31m.yaml").write_text('"\\e[2Jmodel_name": x\nother:\n  model: gpt-4o\n')
    result = run("graph", tmp_path)
    assert "\x1b" not in result.output
    assert "\\x1b" in result.output


def test_the_module_runs_and_a_closed_pipe_is_no_error(iceberg: Path) -> None:
    command = [sys.executable, "-m", "modelguard", "graph", str(iceberg), "--format", "json"]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    assert process.stdout is not None
    assert process.stderr is not None
    process.stdout.close()
    problems = process.stderr.read()
    process.stderr.close()
    assert process.wait() in (0, 1)
    assert b"Traceback" not in problems
    assert b"bug" not in problems


def test_version_loads_nothing_heavy() -> None:
    probe = (
        "import sys; sys.argv = ['modelguard', '--version']\n"
        "from modelguard.cli import main\n"
        "try:\n    main()\nexcept SystemExit:\n    pass\n"
        "heavy = {'networkx', 'jsonschema', 'genai_prices', 'rich', 'yaml', 'tree_sitter', 'msgspec', 'cel_expr_python'}\n"
        "print(sorted(heavy & set(sys.modules)))"
    )
    result = subprocess.run([sys.executable, "-c", probe], capture_output=True, text=True, check=True)
    assert result.stdout.splitlines()[-1] == "[]"
