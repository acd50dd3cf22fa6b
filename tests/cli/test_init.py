"""`modelguard init`: what it writes is valid, is shown first, takes nothing's place, and the gate passes from then on."""

from __future__ import annotations

import json
import os
import pty
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import yaml
from click.testing import CliRunner, Result
from gitlib import git

from modelguard.budget.ledger import parse_ledger
from modelguard.cli import main
from modelguard.policy.starter import codeowners_text, hook_text

SONNET, OPUS = "bedrock/us.anthropic.claude-sonnet-4-6", "bedrock/us.anthropic.claude-opus-4-6-v1"


def run(*arguments: object) -> Result:
    return CliRunner().invoke(main, [str(a) for a in arguments])


@pytest.fixture
def old(iceberg: Path, tmp_path: Path) -> Path:
    """The example before anybody thought of budgets."""
    target = tmp_path / "repo"
    shutil.copytree(iceberg, target, symlinks=True)
    git(target, "switch", "-q", "main")
    git(target, "rm", "-q", "budgets.yaml")
    git(target, "commit", "-q", "-m", "no ledger")
    return target


def test_it_shows_everything_and_writes_nothing_unasked(old: Path) -> None:
    result = run("init", old)
    assert result.exit_code == 0
    for name in (
        "modelguard.yaml",
        "budgets.yaml",
        "modelguard-baseline.json",
        ".github/CODEOWNERS",
        ".pre-commit-config.yaml",
    ):
        assert f"── {name}: " in result.output
    assert "shown only" in result.output
    assert git(old, "status", "--short") == ""


def test_from_then_on_the_gate_passes_and_holds(old: Path) -> None:
    assert run("check", old).exit_code == 1
    result = run("init", old, "--yes", "--owner", "@acme/finops")
    assert result.exit_code == 0, result.output
    checked = run("check", old)
    assert (checked.exit_code, checked.output.split("\n")[0]) == (0, "PASS  0 errors, 0 warnings")
    assert "MG702" not in checked.output
    steps = yaml.safe_load((old / ".github/workflows/modelguard.yml").read_text())["jobs"]["modelguard"]["steps"]
    assert steps[0]["with"]["fetch-depth"] == 0
    assert steps[1]["uses"].startswith("modelguard/modelguard@")
    git(old, "add", "-A")
    git(old, "commit", "-q", "-m", "modelguard")
    git(old, "switch", "-q", "-c", "change")
    path = old / "config/project.yaml"
    path.write_text(path.read_text().replace(SONNET, OPUS))
    assert run("check", old, "--base", "main").exit_code == 1
    again = run("init", old, "--yes")
    assert again.output.count("left as it is") == 6
    assert git(old, "status", "--short") == " M config/project.yaml\n"


def test_the_ledger_is_of_what_is_measured_and_leaves_the_rest_to_a_person(old: Path) -> None:
    run("budget", "init", old, "--yes")
    text = (old / "budgets.yaml").read_text()
    ledger = parse_ledger(text.encode(), "budgets.yaml")
    limits = {a.consumer: float(a.per_day) for a in ledger.allocations}
    assert limits == {"entity-training.train": 0.51, "health-check": 6.7, "inference-api": 7.6}
    assert {a.consumer: a.first_day for a in ledger.allocations}["inference-api"] == 160
    assert '#   - consumer: "matcher_dev"' in text
    # A person who decides uncomments and fills in.
    filled = re.sub(r"limit:\s+# USD", "limit: 5", re.sub(r"(?m)^# (?=  )", "", text))
    assert len(parse_ledger(filled.encode(), "budgets.yaml").allocations) == 5


def test_the_baseline_is_written_anew_on_demand(old: Path) -> None:
    run("init", old, "--yes", "--only", "baseline")
    before = json.loads((old / "modelguard-baseline.json").read_text())
    config = old / "config/project.yaml"
    config.write_text(config.read_text() + "other:\n  llm_model: gpt-3.5-turbo-latest\n")
    assert run("init", old, "--yes", "--only", "baseline", "--only", "config").output.count("left as it is") == 1
    assert json.loads((old / "modelguard-baseline.json").read_text()) == before
    assert run("init", old, "--yes", "--only", "baseline").exit_code == 0


def test_it_asks_on_a_terminal(old: Path) -> None:
    """Answers y to the first and n to the second, on a terminal of its own."""
    primary, secondary = pty.openpty()
    command = [sys.executable, "-m", "modelguard", "init", str(old), "--only", "config", "--only", "hook"]
    process = subprocess.Popen(command, stdin=secondary, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    os.write(primary, b"y\nn\n")
    output, _ = process.communicate(timeout=60)
    os.close(primary)
    os.close(secondary)
    assert b"write modelguard.yaml?" in output
    assert (old / "modelguard.yaml").exists()
    assert not (old / ".pre-commit-config.yaml").exists()


def test_it_never_writes_through_a_link(old: Path, tmp_path: Path) -> None:
    outside = tmp_path / "outside"
    outside.mkdir()
    (old / ".github").symlink_to(outside)
    result = run("init", old, "--yes", "--only", "workflow")
    assert result.exit_code == 2
    assert "leads out of the folder" in result.output
    assert list(outside.iterdir()) == []


def test_codeowners_keeps_what_is_there() -> None:
    text = codeowners_text("* @acme/all", ("@acme/finops",))
    assert text.startswith("* @acme/all\n\n# What decides")
    assert "/budgets.yaml @acme/finops\n" in text
    assert "\n# /budgets.yaml @" in codeowners_text("", ())


@pytest.mark.parametrize(
    "before",
    [
        "",
        "repos:\n- repo: local\n  hooks: [{id: x}]\n",
        "# words\nfail_fast: true\nrepos:\n    # more\n    - repo: local\n      hooks:\n        - id: x\n",
    ],
)
def test_the_hook_goes_beside_others(before: str) -> None:
    after = hook_text(before, "9.9")
    assert after is not None
    repos = yaml.safe_load(after)["repos"]
    assert repos[0] == {
        "repo": "https://github.com/modelguard/modelguard",
        "rev": "v9.9",
        "hooks": [{"id": "modelguard"}],
    }
    if before:
        assert repos[1:] == yaml.safe_load(before)["repos"]
        assert all(line in after.split("\n") for line in before.split("\n"))


def test_a_hook_file_of_another_shape_is_left_to_a_person() -> None:
    assert hook_text("repos: [{repo: local}]\n", "9.9") is None
    assert hook_text("repos:\n", "9.9") is None


def test_an_empty_folder(tmp_path: Path) -> None:
    result = run("init", tmp_path, "--yes", "--only", "ledger", "--only", "config", "--only", "baseline")
    assert result.exit_code == 0
    assert run("check", tmp_path).exit_code == 0
