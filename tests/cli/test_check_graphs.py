"""Readers in other repositories: a configuration repository's one-line change sees them by their graphs."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result
from gitlib import git

from modelguard.cli import main

SONNET, OPUS = "bedrock/us.anthropic.claude-sonnet-4-6", "bedrock/us.anthropic.claude-opus-4-6-v1"
EVERYBODY = ["entity-training.train", "health-check", "inference-api", "matcher_dev", "matcher_prod"]


def run(*arguments: object) -> Result:
    return CliRunner().invoke(main, [str(a) for a in arguments])


def report(*arguments: object) -> dict[str, Any]:
    result = run("check", *arguments, "--format", "json")
    assert result.exit_code in (0, 1), result.output
    document: dict[str, Any] = json.loads(result.stdout)
    return document


@pytest.fixture
def apart(iceberg: Path, tmp_path: Path) -> tuple[Path, Path]:
    """The example as two repositories: its configuration, and all the rest, of which only the graph is at hand."""
    code, config = tmp_path / "code", tmp_path / "config"
    shutil.copytree(iceberg, code, symlinks=True)
    git(code, "switch", "-q", "main")
    shutil.rmtree(code / ".git")
    config.mkdir()
    for name in ("config", "budgets.yaml", "modelguard-usage.jsonl"):
        shutil.move(code / name, config / name)
    graphs = tmp_path / "graphs"
    graphs.mkdir()
    assert run("graph", code, "--format", "json", "--output", graphs / "code.json").exit_code == 0
    shutil.rmtree(code)
    git(config, "init", "-q", "-b", "main")
    git(config, "add", "-A")
    git(config, "commit", "-q", "-m", "first")
    git(config, "switch", "-q", "-c", "opus")
    path = config / "config/project.yaml"
    path.write_text(path.read_text().replace(SONNET, OPUS))
    return config, graphs


def test_a_change_of_configuration_sees_its_readers_elsewhere(apart: tuple[Path, Path]) -> None:
    config, graphs = apart
    alone = report(config, "--base", "main")
    assert alone["verdict"] == "pass"
    assert [f["rule"] for f in alone["findings"]] == ["MG405"]
    (change,) = report(config, "--base", "main", "--with-graphs", graphs / "code.json")["changes"]
    assert (change["path"], change["line"]) == ("config/project.yaml", 5)
    rows = {c["name"]: c for c in change["consumers"]}
    assert sorted(rows) == EVERYBODY
    assert rows["matcher_dev"]["instances"] == 32
    assert {c["budget"]["verdict"] for c in rows.values()} == {"missing"}
    assert rows["inference-api"]["certainty"] == "likely"
    assert rows["inference-api"]["via"] == [["config/project.yaml", 5], ["../code/orchestrator/client.py", 24]]
    assert "as this tree has it" in rows["inference-api"]["why"]
    assert sum(float(c["cost"]["first_day"]["expected"] or 0) for c in rows.values()) == pytest.approx(233, rel=0.05)


def test_what_is_wrong_elsewhere_is_the_other_repository_s_own_business(apart: tuple[Path, Path]) -> None:
    config, graphs = apart
    found = report(config, "--with-graphs", graphs / "code.json")
    assert {f["rule"] for f in found["findings"]} == {"MG101"}
    assert found["findings"][0]["consumers"] == EVERYBODY
    assert found["coverage"]["calls"] == 0


def test_several_files_a_folder_and_names(apart: tuple[Path, Path]) -> None:
    config, graphs = apart
    other = json.loads((graphs / "code.json").read_text()) | {"nodes": [], "edges": [], "unresolved": []}
    (graphs / "empty.json").write_text(json.dumps(other))
    wanted = report(config, "--base", "main", "--with-graphs", graphs)
    for arguments in (
        ("--with-graphs", graphs / "code.json", graphs / "empty.json"),
        ("--with-graphs", graphs / "empty.json", "--with-graphs", graphs / "code.json"),
    ):
        assert report(config, "--base", "main", *arguments) == wanted
    assert len(wanted["changes"][0]["consumers"]) == 5
    named = report(config, "--base", "main", "--with-graphs", f"app={graphs / 'code.json'}")
    assert ["../app/orchestrator/client.py", 24] in named["changes"][0]["consumers"][0]["via"]


def test_what_is_no_graph_is_exit_2(apart: tuple[Path, Path], tmp_path: Path) -> None:
    config, _ = apart
    (tmp_path / "no.json").write_text("{}")
    for name, message in (("no.json", "not a modelguard.graph/1"), ("gone.json", "No such file")):
        result = run("check", config, "--base", "main", "--with-graphs", tmp_path / name)
        assert result.exit_code == 2
        assert message in result.output


def test_code_sees_what_the_configuration_elsewhere_says(apart: tuple[Path, Path], tmp_path: Path) -> None:
    """The other way round: the code's repository with the graph of its configuration."""
    config, _ = apart
    graph = tmp_path / "settings.json"
    assert run("graph", config, "--format", "json", "--output", graph).exit_code == 0
    code = tmp_path / "service"
    (code / "src").mkdir(parents=True)
    (code / "src/main.py").write_text(
        "import yaml\nimport litellm\n\n"
        "SETTINGS = yaml.safe_load(open('config/project.yaml'))\n"
        "litellm.completion(model=SETTINGS['llm']['llm_model_name'], messages=[])\n"
    )
    assert [f["rule"] for f in report(code)["findings"] if f["rule"] == "MG402"] == ["MG402"]
    assert [f["rule"] for f in report(code, "--with-graphs", graph)["findings"] if f["rule"] == "MG402"] == []
