"""The gate's own business: levels, exit status, suppressions, reviews, other open changes, who is asked."""

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


def run(*arguments: object) -> Result:
    return CliRunner().invoke(main, [str(a) for a in arguments])


def report(*arguments: object) -> dict[str, Any]:
    result = run("check", *arguments, "--format", "json")
    assert result.exit_code in (0, 1), result.output
    document: dict[str, Any] = json.loads(result.stdout)
    return document


def rules(document: dict[str, Any], suppressed: bool = False) -> list[str]:
    return [f["rule"] for f in document["findings"] if (f["suppressed"] is not None) == suppressed]


@pytest.fixture
def tree(iceberg: Path, tmp_path: Path) -> Path:
    target = tmp_path / "repo"
    shutil.copytree(iceberg, target, symlinks=True)
    git(target, "switch", "-q", "main")
    return target


def edit(path: Path, old: str, new: str) -> None:
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new), encoding="utf-8")


def commit(folder: Path) -> None:
    git(folder, "add", "-A")
    git(folder, "commit", "-q", "-m", "x")


def test_the_example_has_at_most_five_findings_and_each_is_true(tree: Path) -> None:
    found = {f["rule"]: f for f in report(tree)["findings"]}
    # One token baked into 50 functions; one field for five; one Kubernetes secret for three; bedrock/* in the proxy.
    assert list(found) == ["MG201", "MG101", "MG203", "MG602"]
    assert found["MG101"]["inside"] == ["MG102", "MG103"]
    assert found["MG201"]["inside"] == ["MG203", "MG204"]
    assert found["MG203"]["consumers"] == ["entity-training.train", "health-check", "inference-api"]


def test_levels_from_the_command_line_and_the_configuration(tree: Path) -> None:
    (tree / "modelguard.yaml").write_text("rules: {MG201: warning, MG203: 'off'}\n")
    assert run("check", tree).exit_code == 0
    assert run("check", tree, "--fail-on", "warning").exit_code == 1
    assert "MG203" not in rules(report(tree))
    (tree / "modelguard.yaml").write_text("fail_on: note\nrules: {MG201: 'off'}\n")
    assert run("check", tree).exit_code == 1
    assert run("check", tree, "--fail-on", "error").exit_code == 0
    result = run("check", tree, "--exit-zero")
    assert result.exit_code == 0
    assert result.output.startswith("FAIL")


def test_the_strict_persona_says_more(tree: Path) -> None:
    before = set(rules(report(tree)))
    (tree / "modelguard.yaml").write_text("persona: strict\n")
    assert {"MG206"} <= {r for f in report(tree)["findings"] for r in (f["rule"], *f["inside"])} - before


def test_a_mistake_in_the_configuration_is_exit_2(tree: Path) -> None:
    (tree / "modelguard.yaml").write_text("rules:\n  MG101: eror\n")
    result = run("check", tree)
    assert result.exit_code == 2
    assert "modelguard.yaml:2:10: this must be one of error, warning, note, off" in result.output
    (tree / "modelguard.yaml").unlink()
    (tree / "policies").mkdir()
    (tree / "policies/x.yaml").write_text("schema: modelguard.rules/1\nruels: []\n")
    result = run("check", tree)
    assert result.exit_code == 2
    assert 'policies/x.yaml:2:1: unknown key "ruels"; did you mean "rules"?' in result.output


def test_a_rule_that_raises_fails_the_gate(tree: Path) -> None:
    (tree / "policies").mkdir()
    rule = "  - {id: X1, title: t, over: change, level: note, when: change.price_ratio > 1.0, message: m, why: w,\n"
    rule += "     remedy: r, examples: {pass: [{price_ratio: 1}], fail: [{price_ratio: 2}]}}\n"
    (tree / "policies/x.yaml").write_text(f"schema: modelguard.rules/1\nrules:\n{rule}")
    assert run("rules", "test", tree / "policies").exit_code == 0
    commit(tree)
    git(tree, "switch", "-q", "-c", "change")
    edit(tree / "config/project.yaml", SONNET, "house-model")
    found = report(tree, "--base", "main")
    (broken,) = [f for f in found["findings"] if f["rule"] == "MG700"]
    assert (broken["path"], broken["line"], broken["level"]) == ("policies/x.yaml", 3, "error")


# -- suppressions ------------------------------------------------------------------------------------------------------


def test_a_comment_accepts_a_finding_of_the_tree_until_it_ends(tree: Path) -> None:
    config = tree / "config/project.yaml"
    edit(config, SONNET, f"{SONNET}  # modelguard: ignore[MG101, MG102, MG103] they move together -- until 2026-03-31")
    found = report(tree)
    assert "MG101" not in rules(found)
    accepted = next(f for f in found["findings"] if f["rule"] == "MG101")
    assert accepted["suppressed"] == {
        "reason": "they move together",
        "expires": "2026-03-31",
        "where": "config/project.yaml:5",
    }
    assert "1 finding accepted before" in run("check", tree).output
    edit(config, "until 2026-03-31", "until 2026-03-01")
    found = report(tree)
    assert {"MG101", "MG703"} <= set(rules(found))


def test_what_it_does_not_name_is_still_told(tree: Path) -> None:
    edit(tree / "config/project.yaml", SONNET, f"{SONNET}  # modelguard: ignore[MG101] they move together")
    (left,) = [f for f in report(tree)["findings"] if f["path"] == "config/project.yaml" and f["suppressed"] is None]
    assert left["rule"] == "MG102"
    assert left["inside"] == ["MG103"]


def test_stale_and_wrong_ones_are_told(tree: Path) -> None:
    (tree / "README.md").write_text("<!-- modelguard: ignore[MG101] nothing is here -->\n")
    (tree / "notes.yaml").write_text("a: 1  # modelguard: ignore[MG999] x\nb: 2  # modelguard: ignore[MG101]\n")
    found = {f["path"] + f":{f['line']}": f for f in report(tree)["findings"] if f["rule"] in ("MG702", "MG704")}
    assert found["README.md:1"]["rule"] == "MG702"
    assert "MG999" in found["notes.yaml:1"]["message"]
    assert "gives no reason" in found["notes.yaml:2"]["message"]


def test_of_the_base_it_holds_for_a_change_whatever_line_it_moves_to(tree: Path) -> None:
    """Someone allowed this field any model, on main: a change of it needs no budget."""
    edit(tree / "config/project.yaml", SONNET, f"{SONNET}  # modelguard: ignore[MG301, MG501] a playground")
    commit(tree)
    git(tree, "switch", "-q", "-c", "change")
    edit(tree / "config/project.yaml", SONNET, OPUS)
    edit(tree / "config/project.yaml", "llm:\n", "# one\n# two\nllm:\n")
    commit(tree)
    found = report(tree, "--base", "main")
    assert found["verdict"] == "pass"
    assert {"MG301", "MG501"} == set(rules(found, suppressed=True))


def test_it_holds_too_where_the_base_has_moved_on(tree: Path) -> None:
    git(tree, "switch", "-q", "-c", "change")
    edit(tree / "config/project.yaml", SONNET, OPUS)
    commit(tree)
    assert report(tree, "--base", "main")["verdict"] == "fail"
    git(tree, "switch", "-q", "main")
    edit(tree / "config/project.yaml", SONNET, f"{SONNET}  # modelguard: ignore[MG301] a playground")
    edit(tree / "config/project.yaml", "llm:\n", "# one\nllm:\n")
    commit(tree)
    git(tree, "switch", "-q", "change")
    assert report(tree, "--base", "main")["verdict"] == "pass"


# -- raises ------------------------------------------------------------------------------------------------------------


def reviewed(tmp_path: Path, author: str, *approvals: dict[str, object]) -> Path:
    path = tmp_path / "review.json"
    path.write_text(json.dumps({"author": author, "approvals": approvals}))
    return path


def test_a_raise_approved_by_its_own_author_fails(tree: Path, tmp_path: Path) -> None:
    git(tree, "switch", "-q", "-c", "change")
    edit(tree / "budgets.yaml", "limit: 20\n", "limit: 40\n")
    own = reviewed(tmp_path, "search-team", {"login": "somebody"})
    found = report(tree, "--base", "main", "--review", own)
    assert rules(found)[0] == "MG312"
    other = reviewed(tmp_path, "search-team", {"login": "bob", "teams": ["@acme/search-team"]})
    assert "MG312" not in rules(report(tree, "--base", "main", "--review", other))
    # Where nothing is known of reviews, nothing is said of them.
    assert rules(report(tree, "--base", "main")) == ["MG304"]


def test_reviews_that_are_none_are_exit_2(tree: Path, tmp_path: Path) -> None:
    path = tmp_path / "review.json"
    path.write_text("[]")
    result = run("check", tree, "--base", "main", "--review", path)
    assert result.exit_code == 2
    assert 'needs "author" and "approvals"' in result.output


def test_two_open_raises_that_break_a_cap_together(tree: Path) -> None:
    with (tree / "budgets.yaml").open("a") as file:
        file.write("caps:\n  - {owner: '@search-team', limit: 60, per: day}\n")
    commit(tree)  # allocations of @search-team add up to 37
    for branch, old, new in (("one", "limit: 20\n", "limit: 40\n"), ("two", "limit: 5\n", "limit: 15\n")):
        git(tree, "switch", "-q", "-c", branch, "main")
        edit(tree / "budgets.yaml", old, new)
        commit(tree)
    alone = report(tree, "--base", "main")
    assert rules(alone) == ["MG304"]
    both = report(tree, "--base", "main", "--other-change", "one")
    (finding,) = [f for f in both["findings"] if f["rule"] == "MG308"]
    assert "with what one raises" in finding["message"]
    assert "$67 a day, the cap is $60" in finding["message"]
    assert both["verdict"] == "fail"


def test_whom_to_ask(tree: Path) -> None:
    (tree / ".github").mkdir()
    (tree / ".github/CODEOWNERS").write_text("* @acme/all\n/infra/ @acme/infra\n/k8s/ @acme/kube\n")
    (tree / "budgets.yaml").unlink()
    (tree / "modelguard.yaml").write_text("consumers:\n  health-check: {owner: '@oncall'}\n")
    commit(tree)
    git(tree, "switch", "-q", "-c", "change")
    edit(tree / "config/project.yaml", SONNET, OPUS)
    (change,) = report(tree, "--base", "main")["changes"]
    assert {c["name"]: c["budget"]["owner"] for c in change["consumers"]} == {
        "entity-training.train": "@acme/all",
        "health-check": "@oncall",
        "inference-api": "@acme/kube",
        "matcher_dev": "@acme/infra",
        "matcher_prod": "@acme/infra",
    }


def test_a_token_that_moves_and_gets_another_holder_is_told(tree: Path) -> None:
    git(tree, "switch", "-q", "-c", "change")
    git(tree, "mv", "k8s", "deploy")
    text = (tree / "deploy/inference.yaml").read_text()
    (tree / "deploy/second.yaml").write_text(text.replace("name: inference-api", "name: second-api"))
    found = report(tree, "--base", "main")
    assert "MG203" in rules(found)
    assert [c["name"] for c in found["changes"][0]["consumers"]] == ["second-api"]


@pytest.mark.parametrize("change", ["words", "code", "comment", "new", "manifests", "configuration"])
def test_a_change_that_touches_nothing_of_ours_says_so_in_one_line(tree: Path, change: str) -> None:
    git(tree, "switch", "-q", "-c", "change")
    if change == "words":
        (tree / "README.md").write_text("hello\n")
    elif change == "code":
        edit(tree / "orchestrator/client.py", "import os", "import os\nimport sys")
    elif change == "comment":
        edit(tree / "infra/support.tf", "resource", "# words\nresource")
    elif change == "manifests":
        git(tree, "mv", "k8s", "deploy")
    elif change == "configuration":
        git(tree, "mv", "config", "settings")
        edit(tree / "infra/lambdas.tf", "config/project", "settings/project")
        edit(tree / "orchestrator/settings.py", '"config"', '"settings"')
    else:
        (tree / "tools").mkdir()
        (tree / "tools/count.py").write_text("print(len('model'))\n")
    commit(tree)
    result = run("check", tree, "--base", "main")
    assert (result.exit_code, result.output) == (
        0,
        "PASS  change → main   changes no model, token, call, budget or rule\n",
    )
