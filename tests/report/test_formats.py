"""Every format on the example: exact output, and what its reader demands of it."""

from __future__ import annotations

import json
import shutil
import xml.etree.ElementTree as ElementTree
from pathlib import Path
from typing import Any

import pytest
from gitlib import git
from jsonschema import Draft4Validator
from reportlib import SARIF, run, snapshot

ENDINGS = {
    "sarif": "sarif",
    "github": "annotations.txt",
    "markdown": "md",
    "gitlab": "gitlab.json",
    "junit": "junit.xml",
}


def on(iceberg: Path, branch: str, tmp_path: Path) -> Path:
    target = tmp_path / "repo"
    shutil.copytree(iceberg, target, symlinks=True)
    git(target, "switch", "-q", branch)
    return target


@pytest.fixture(autouse=True)
def _nowhere(monkeypatch: pytest.MonkeyPatch) -> None:
    """No addresses of lines from the machine that runs the tests."""
    for name in ("GITHUB_SERVER_URL", "GITHUB_REPOSITORY", "GITHUB_SHA", "CI_PROJECT_URL", "CI_COMMIT_SHA"):
        monkeypatch.delenv(name, raising=False)


@pytest.mark.parametrize("kind", ENDINGS)
@pytest.mark.parametrize("branch", ["opus", "opus-funded"])
def test_a_change(iceberg: Path, tmp_path: Path, branch: str, kind: str) -> None:
    result = run("check", on(iceberg, branch, tmp_path), "--base", "main", "--format", kind)
    assert result.exit_code == (1 if branch == "opus" else 0)
    snapshot(f"report-{branch}.{ENDINGS[kind]}", result.stdout)


@pytest.mark.parametrize("kind", ENDINGS)
def test_a_tree(iceberg: Path, tmp_path: Path, kind: str) -> None:
    result = run("check", on(iceberg, "main", tmp_path), "--format", kind)
    snapshot(f"report-main.{ENDINGS[kind]}", result.stdout)


def sarif(*arguments: object) -> dict[str, Any]:
    document: dict[str, Any] = json.loads(run("check", *arguments, "--format", "sarif").stdout)
    problems = [f"{e.json_path}: {e.message[:200]}" for e in Draft4Validator(SARIF).iter_errors(document)]
    assert not problems
    return document


def test_sarif_fits_its_schema_and_carries_evidence_and_fingerprint(iceberg: Path, tmp_path: Path) -> None:
    sarif(on(iceberg, "main", tmp_path))
    results = sarif(iceberg, "--base", "main")["runs"][0]["results"]
    assert [r["ruleId"] for r in results] == ["MG301", "MG501"]
    result = results[0]
    region = result["locations"][0]["physicalLocation"]["region"]
    assert region["startLine"] == 5
    related = [r["physicalLocation"]["artifactLocation"]["uri"] for r in result["relatedLocations"]]
    assert "k8s/inference.yaml" in related
    assert len(result["codeFlows"]) == 5
    # What github/codeql-action computes for that line.
    assert result["partialFingerprints"]["primaryLocationLineHash"] == "b87414e5fa2d75c0:1"


def test_the_primary_location_is_on_an_added_line(tmp_path: Path) -> None:
    """The job's own model does not move; a second job that is added reads the old line: the diff has only the new file."""
    folder = tmp_path / "repo"
    folder.mkdir()
    git(folder, "init", "-q", "-b", "main")
    call = "import openai, yaml\n"
    call += "M = yaml.safe_load(open('config.yaml'))['model']\n\n\nopenai.OpenAI().chat.completions.create(model=M)\n"
    (folder / "config.yaml").write_text("# model\nmodel: gpt-4o\n")
    (folder / "one.py").write_text(call)
    git(folder, "add", "-A")
    git(folder, "commit", "-q", "-m", "one")
    (folder / "two.py").write_text(call)
    for arguments in (("--base", "HEAD"), ("--staged",)):
        (result,) = [r for r in sarif(folder, *arguments)["runs"][0]["results"] if r["ruleId"] == "MG301"]
        place = result["locations"][0]["physicalLocation"]
        assert place["artifactLocation"]["uri"] == "two.py"
        assert (result["relatedLocations"][0]["physicalLocation"]["artifactLocation"]["uri"]) == "config.yaml"
        git(folder, "add", "-A")


def test_paths_are_the_repository_s_below_a_subfolder(repo: Path) -> None:
    result = run("check", repo / "sub", "--format", "sarif", "--format", "gitlab")
    documents = [
        json.loads(text)
        for text in (result.stdout[: result.stdout.index("\n[")], result.stdout[result.stdout.index("\n[") :])
    ]
    places = [
        r["locations"][0]["physicalLocation"]["artifactLocation"]["uri"] for r in documents[0]["runs"][0]["results"]
    ]
    assert places
    assert documents[1]
    assert all(p.startswith("sub/") or p == "sub/budgets.yaml" for p in places)
    assert all(i["location"]["path"].startswith("sub/") for i in documents[1])


def test_junit_is_what_ci_systems_read(iceberg: Path) -> None:
    root = ElementTree.fromstring(run("check", iceberg, "--base", "main", "--format", "junit").stdout.encode())
    assert root.tag == "testsuites"
    assert root.get("failures") == "1" == root[0].get("failures")
    assert root[0][0][0].tag == "failure"


def test_gitlab_has_what_its_parser_demands(iceberg: Path, tmp_path: Path) -> None:
    issues = json.loads(run("check", on(iceberg, "main", tmp_path), "--format", "gitlab").stdout)
    assert [i["severity"] for i in issues] == ["critical", "major", "major", "info"]
    for issue in issues:
        assert {"description", "check_name", "fingerprint", "severity", "location"} == set(issue)
        assert issue["location"]["lines"]["begin"] >= 1
    assert len({i["fingerprint"] for i in issues}) == len(issues)


def test_one_analysis_for_all_formats(iceberg: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from modelguard.graph import build

    seen = []
    real = build.analyse
    monkeypatch.setattr(build, "analyse", lambda tree, **more: seen.append(tree.name) or real(tree, **more))
    arguments: list[object] = []
    for kind in ("text", "json", *ENDINGS):
        arguments += ["--format", kind, "--output", tmp_path / f"report.{kind}"]
    assert run("check", iceberg, "--base", "main", *arguments).exit_code == 1
    assert len(seen) == 2
    assert {p.name for p in tmp_path.iterdir()} == {f"report.{kind}" for kind in ("text", "json", *ENDINGS)}


def test_an_output_goes_with_the_format_before_it(iceberg: Path, tmp_path: Path) -> None:
    target = tmp_path / "only.md"
    result = run("check", iceberg, "--format", "text", "--format", "markdown", "--output", target, "--base", "main")
    assert result.stdout.startswith("FAIL")
    assert target.read_text().startswith("<!-- modelguard")
    for wrong in (
        ("--output", target, "--format", "json"),
        ("--format", "json", "--output", target, "--output", target),
    ):
        result = run("check", iceberg, *wrong)
        assert result.exit_code == 2
        assert "has no --format of its own before it" in result.output


def test_nothing_to_say_is_silence(iceberg: Path, tmp_path: Path) -> None:
    target = on(iceberg, "main", tmp_path)
    (target / "NOTES.md").write_text("words\n")
    assert run("check", target, "--base", "main", "--format", "markdown").stdout == ""
    assert run("check", target, "--base", "main", "--format", "github").stdout == ""
    assert json.loads(run("check", target, "--base", "main", "--format", "gitlab").stdout) == []
    assert sarif(target, "--base", "main")["runs"][0]["results"] == []
