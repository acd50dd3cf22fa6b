"""Ways a pull request could talk itself through the gate, each on a real repository: every one fails, or is reported."""

from __future__ import annotations

import json
import os
import shutil
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from gitlib import git

from modelguard.cli import main

SONNET, OPUS = "bedrock/us.anthropic.claude-sonnet-4-6", "bedrock/us.anthropic.claude-opus-4-6-v1"


class Repository:
    """The example on a branch of its own, with what a pull request may do to it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        git(folder, "switch", "-q", "main")

    def on_main(self, **files: str) -> None:
        """Files that main has already."""
        self.write(**files)
        self.commit("main has it")

    def branch(self) -> None:
        git(self.folder, "switch", "-q", "-c", "change")

    def write(self, **files: str) -> None:
        for name, text in files.items():
            path = self.folder / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")

    def replace(self, name: str, old: str, new: str) -> None:
        path = self.folder / name
        text = path.read_text(encoding="utf-8")
        assert old in text
        path.write_text(text.replace(old, new), encoding="utf-8")

    def opus(self) -> None:
        """The change itself: every reader of the field goes to Opus."""
        self.replace("config/project.yaml", SONNET, OPUS)

    def commit(self, message: str = "change") -> None:
        git(self.folder, "add", "-A")
        git(self.folder, "commit", "-q", "-m", message)

    def check(self, *arguments: str) -> tuple[int, dict[str, Any]]:
        """The exit status, and the report."""
        given = ["check", str(self.folder), *(arguments or ("--base", "main")), "--format", "json"]
        result = CliRunner().invoke(main, given)
        assert result.exit_code in (0, 1), result.output
        return result.exit_code, json.loads(result.stdout)


@pytest.fixture
def pull(iceberg: Path, tmp_path: Path) -> Repository:
    target = tmp_path / "repo"
    shutil.copytree(iceberg, target, symlinks=True)
    return Repository(target)


def told(report: dict[str, Any], rule: str) -> list[dict[str, Any]]:
    """The findings of a rule that nothing suppresses."""
    return [f for f in report["findings"] if f["rule"] == rule and f["suppressed"] is None]


def unfunded(report: dict[str, Any]) -> set[str]:
    return {c for f in told(report, "MG301") for c in f["consumers"]}


EVERYBODY = {"entity-training.train", "health-check", "inference-api", "matcher_dev", "matcher_prod"}
LENIENT = """schema: modelguard.rules/1
rules:
  - {id: MG301, title: t, over: spend, level: note, when: 'false', message: m, why: w, remedy: r,
     examples: {pass: [{}], fail: [{}]}}
"""


def test_it_fails_by_itself(pull: Repository) -> None:
    pull.branch()
    pull.opus()
    pull.commit()
    status, report = pull.check()
    assert status == 1
    assert unfunded(report) == EVERYBODY


def test_edits_the_policy(pull: Repository) -> None:
    pull.branch()
    pull.opus()
    pull.write(**{"policies/mine.yaml": LENIENT})
    pull.write(**{"modelguard.yaml": "rules: {MG301: 'off'}\nfail_on: error\nthresholds: {cold_usd: 99999}\n"})
    pull.commit()
    status, report = pull.check()
    assert status == 1
    assert unfunded(report) == EVERYBODY
    messages = {f["path"]: f["message"] for f in told(report, "MG701")}
    assert "counts once it is merged" in messages["policies/mine.yaml"]
    assert "changes the configuration" in messages["modelguard.yaml"]


def test_edits_the_configuration_in_pyproject(pull: Repository) -> None:
    pull.branch()
    pull.opus()
    with (pull.folder / "pyproject.toml").open("a") as file:
        file.write("\n[tool.modelguard.rules]\nMG301 = 'off'\n")
    pull.commit()
    status, report = pull.check()
    assert status == 1
    assert [f["path"] for f in told(report, "MG701")] == ["pyproject.toml"]


def test_another_edit_of_pyproject_is_no_news(pull: Repository) -> None:
    pull.on_main(**{"other.toml": ""})
    with (pull.folder / "pyproject.toml").open("a") as file:
        file.write("\n[tool.modelguard]\npersona = 'default'\n")
    pull.commit()
    pull.branch()
    pull.replace("pyproject.toml", "[project]", "# a comment\n[project]")
    pull.commit()
    status, report = pull.check()
    assert (status, report["findings"]) == (0, [])


def test_raises_its_limit(pull: Repository) -> None:
    pull.branch()
    pull.opus()
    pull.write(
        **{
            "budgets.yaml": "version: 1\nallocations:\n  - {consumer: '*', model: '*', limit: 900, per: day, owner: '@me'}\n"
        }
    )
    pull.commit()
    _, report = pull.check()
    (raised,) = told(report, "MG304")
    assert "raises *'s * budget from $0 to $900 a day; needs @me" in raised["message"]
    # With `ledger: base` it counts only once it is merged.
    git(pull.folder, "switch", "-q", "main")
    pull.on_main(**{"modelguard.yaml": "ledger: base\n"})
    git(pull.folder, "switch", "-q", "change")
    git(pull.folder, "rebase", "-q", "main")
    status, report = pull.check()
    assert status == 1
    assert unfunded(report) == EVERYBODY


def test_raises_the_default(pull: Repository) -> None:
    pull.branch()
    pull.opus()
    pull.replace("budgets.yaml", "default: 0", "default: 900")
    pull.commit()
    _, report = pull.check()
    assert "raises *'s * budget from $0 to $900 a day" in told(report, "MG304")[0]["message"]
    assert told(report, "MG315")


def test_takes_over_a_line_before_it_raises_it(pull: Repository) -> None:
    pull.branch()
    text = (pull.folder / "budgets.yaml").read_text()
    start = text.index("  - consumer: inference-api")
    end = text.index("  - consumer:", start + 1)
    block = text[start:end]
    pull.replace(
        "budgets.yaml", block, block.replace("limit: 12", "limit: 1200").replace("@search-team", "@the-author")
    )
    pull.commit()
    _, report = pull.check()
    (raised,) = told(report, "MG304")
    assert "needs @search-team" in raised["message"]


def test_lifts_the_cap(pull: Repository) -> None:
    with (pull.folder / "budgets.yaml").open("a") as file:
        file.write("caps:\n  - {owner: '@search-team', limit: 100, per: day}\n")
    pull.commit()
    pull.branch()
    pull.replace("budgets.yaml", "limit: 100, per: day}", "limit: 9000, per: day}")
    pull.commit()
    _, report = pull.check()
    (lifted,) = told(report, "MG701")
    assert "cap of @search-team" in lifted["message"]
    assert "$100.00 a day goes to $9,000.00 a day" in lifted["message"]
    pull.replace("budgets.yaml", "caps:\n  - {owner: '@search-team', limit: 9000, per: day}\n", "")
    pull.commit()
    _, report = pull.check()
    assert "no limit" in told(report, "MG701")[0]["message"]


def test_adds_a_suppression(pull: Repository) -> None:
    pull.branch()
    pull.opus()
    note = "  # modelguard: ignore[MG301, MG101, MG501] we know -- until 2099-01-31"
    pull.replace("config/project.yaml", OPUS, OPUS + note)
    pull.commit()
    status, report = pull.check()
    assert status == 1
    assert unfunded(report) == EVERYBODY
    assert "suppression of MG301" in told(report, "MG701")[0]["message"]


def test_adds_a_baseline_entry(pull: Repository) -> None:
    pull.branch()
    pull.opus()
    pull.commit()
    _, report = pull.check()
    mark = told(report, "MG301")[0]["fingerprint"]
    entry = {"fingerprint": mark, "rule": "MG301", "reason": "fine"}
    pull.write(
        **{"modelguard-baseline.json": json.dumps({"schema": "modelguard.baseline/1", "findings": [entry]}, indent=1)}
    )
    pull.commit()
    status, report = pull.check()
    assert status == 1
    assert told(report, "MG301")
    assert [f["path"] for f in told(report, "MG701")] == ["modelguard-baseline.json"]


def test_a_broken_baseline_of_the_change_does_not_stop_the_check(pull: Repository) -> None:
    pull.branch()
    pull.opus()
    pull.write(**{"modelguard-baseline.json": "{", "modelguard.yaml": "nonsense: [", "policies/x.yaml": LENIENT[:60]})
    pull.commit()
    status, _ = pull.check()
    assert status == 1


def test_renames_the_field(pull: Repository) -> None:
    pull.branch()
    pull.opus()
    for path in pull.folder.rglob("*"):
        if path.suffix in (".py", ".yaml", ".tf") and "llm_model_name" in path.read_text():
            path.write_text(path.read_text().replace("llm_model_name", "chat_model_name"))
    pull.commit()
    status, report = pull.check()
    assert status == 1
    assert unfunded(report) == EVERYBODY


def test_moves_the_file(pull: Repository) -> None:
    pull.branch()
    pull.opus()
    git(pull.folder, "mv", "config", "settings")
    for path in pull.folder.rglob("*"):
        if path.suffix in (".py", ".yaml", ".tf") and "config/project.yaml" in path.read_text():
            path.write_text(path.read_text().replace("config/project.yaml", "settings/project.yaml"))
    pull.replace("orchestrator/settings.py", '"config"', '"settings"') if '"config"' in (
        pull.folder / "orchestrator/settings.py"
    ).read_text() else None
    pull.commit()
    status, report = pull.check()
    assert status == 1
    assert unfunded(report) | {c for f in told(report, "MG406") for c in f["consumers"]} == EVERYBODY


def test_adds_a_configuration_in_a_subfolder(pull: Repository) -> None:
    pull.branch()
    pull.opus()
    pull.write(**{"config/modelguard.yaml": "rules: {MG301: 'off'}\n"})
    pull.write(
        **{"config/budgets.yaml": "version: 1\nallocations:\n  - {consumer: '*', model: '*', limit: 900, per: day}\n"}
    )
    pull.commit()
    status, report = pull.check()
    assert status == 1
    assert unfunded(report) == EVERYBODY
    assert {f["path"] for f in told(report, "MG701")} == {"config/modelguard.yaml", "config/budgets.yaml"}


def test_points_the_ledger_elsewhere(pull: Repository) -> None:
    pull.branch()
    pull.opus()
    rich = "version: 1\nallocations:\n  - {consumer: '*', model: '*', limit: 900, per: day}\n"
    (pull.folder / "budgets.yaml").unlink()
    pull.write(**{"elsewhere.yaml": rich, "modelguard.yaml": "ledger: elsewhere.yaml\n"})
    (pull.folder / "budgets.yaml").symlink_to("elsewhere.yaml")
    pull.commit()
    for arguments in (("--base", "main"), ("--base", "main", "--head", "change")):
        status, report = pull.check(*arguments)
        assert status == 1
        assert unfunded(report) == EVERYBODY
        assert "the ledger (budgets.yaml): it is gone" in str([f["message"] for f in told(report, "MG701")])


@pytest.mark.parametrize("content", ["llm: [\n", "\x00\x01", "huge"])
def test_makes_the_analysis_fail(pull: Repository, content: str) -> None:
    """A file that can't be read any more hides its field: that is no pass."""
    pull.branch()
    if content == "huge":
        text = f"llm:\n  llm_model_name: {OPUS}\n" + "# filler filler filler\n" * 200_000
        assert len(text) > 4 * 1024 * 1024
    else:
        text = content + f"  llm_model_name: {OPUS}\n"
    pull.write(**{"config/project.yaml": text})
    pull.commit()
    status, report = pull.check()
    assert status == 1
    assert told(report, "MG407")[0]["path"] == "config/project.yaml"


def test_an_alias_of_the_proxy_hides_the_new_model(pull: Repository) -> None:
    pull.branch()
    pull.replace(
        "proxy/litellm.yaml",
        "model_list:\n",
        f"model_list:\n  - model_name: {SONNET}\n    litellm_params:\n      model: {OPUS}\n",
    )
    pull.commit()
    status, report = pull.check()
    assert status == 1
    assert unfunded(report) == EVERYBODY


def test_a_group_alias_of_the_proxy_hides_the_new_model(pull: Repository) -> None:
    pull.branch()
    with (pull.folder / "proxy/litellm.yaml").open("a") as file:
        file.write(f"\nrouter_settings:\n  model_group_alias:\n    {SONNET}: {OPUS}\n")
    pull.commit()
    status, report = pull.check()
    assert status == 1
    assert unfunded(report) == EVERYBODY


WORKFLOW = """on: push
jobs:
  health:
    runs-on: ubuntu-latest
    steps:
      - run: python tools/ask.py
"""
ASK = """import os

import litellm

litellm.completion(model=os.environ.get("ASK_MODEL", "openai/gpt-4o-mini"), messages=[])
"""


def test_overrides_the_environment_in_the_workflow(pull: Repository) -> None:
    pull.on_main(**{".github/workflows/health.yaml": WORKFLOW, "tools/ask.py": ASK})
    pull.branch()
    pull.replace(
        ".github/workflows/health.yaml",
        "      - run: python tools/ask.py\n",
        f"      - run: python tools/ask.py\n        env:\n          ASK_MODEL: {OPUS}\n",
    )
    pull.commit()
    status, report = pull.check()
    assert status == 1
    assert told(report, "MG301")[0]["path"] == ".github/workflows/health.yaml"


def test_edits_the_workflow_that_runs_the_gate(pull: Repository) -> None:
    gate = "on: pull_request\njobs:\n  gate:\n    steps:\n      - run: modelguard check --base origin/main\n"
    pull.on_main(**{".github/workflows/gate.yaml": gate})
    pull.branch()
    pull.replace(".github/workflows/gate.yaml", "modelguard check", "true || modelguard check")
    pull.commit()
    _, report = pull.check()
    assert "required workflow" in told(report, "MG701")[0]["message"]


def test_a_symlink_takes_the_place_of_the_configuration(pull: Repository) -> None:
    pull.branch()
    text = (pull.folder / "config/project.yaml").read_text()
    pull.write(**{"config/other.yaml": text.replace(SONNET, OPUS)})
    (pull.folder / "config/project.yaml").unlink()
    (pull.folder / "config/project.yaml").symlink_to("other.yaml")
    pull.commit()
    for arguments in (("--base", "main"), ("--base", "main", "--head", "change"), ("--base", "main", "--staged")):
        status, report = pull.check(*arguments)
        assert status == 1, arguments
        assert unfunded(report) | {c for f in told(report, "MG406") for c in f["consumers"]} == EVERYBODY


def test_a_symlink_out_of_the_tree(pull: Repository, tmp_path: Path) -> None:
    pull.branch()
    (tmp_path / "outside.yaml").write_text(f"llm:\n  llm_model_name: {OPUS}\n")
    (pull.folder / "config/project.yaml").unlink()
    (pull.folder / "config/project.yaml").symlink_to(os.path.relpath(tmp_path / "outside.yaml", pull.folder / "config"))
    pull.commit()
    status, report = pull.check()
    assert status == 1
    assert told(report, "MG406") or told(report, "MG407")


def test_a_submodule_takes_the_place_of_the_configuration(pull: Repository, tmp_path: Path) -> None:
    other = tmp_path / "other"
    other.mkdir()
    git(other, "init", "-q", "-b", "main")
    (other / "project.yaml").write_text((pull.folder / "config/project.yaml").read_text().replace(SONNET, OPUS))
    git(other, "add", "-A")
    git(other, "commit", "-q", "-m", "first")
    pull.branch()
    git(pull.folder, "rm", "-rq", "config")
    git(pull.folder, "submodule", "--quiet", "add", str(other), "config")
    pull.commit()
    for arguments in (("--base", "main"), ("--base", "main", "--head", "change")):
        status, report = pull.check(*arguments)
        assert status == 1, arguments
        assert unfunded(report) | {c for f in told(report, "MG406") for c in f["consumers"]} == EVERYBODY


def test_split_over_two_commits(pull: Repository) -> None:
    pull.branch()
    pull.replace("config/project.yaml", "llm:\n", f"llm:\n  next_model_name: {OPUS}\n")
    pull.replace(
        "orchestrator/settings.py", "llm_model_name: str", "llm_model_name: str\n    next_model_name: str = ''"
    )
    pull.commit("a field that nobody reads yet")
    first, _ = pull.check()
    pull.replace("inference/app.py", "llm.llm_model_name", "llm.next_model_name")
    pull.commit("and now it is read")
    second, report = pull.check()
    assert (first, second) == (0, 1)
    assert unfunded(report) == {"inference-api"}


def test_a_name_assembled_from_parts(pull: Repository) -> None:
    pull.branch()
    pull.replace(
        "inference/app.py",
        "MODEL = project_settings().llm.llm_model_name",
        'MODEL = "/".join(["bedrock", ".".join(("us", "anthropic", "-".join(["claude", "opus", "4", "6", "v1"])))])',
    )
    pull.commit()
    status, report = pull.check()
    assert status == 1
    assert "inference-api" in unfunded(report) | {c for f in told(report, "MG406") for c in f["consumers"]}


def test_a_name_that_is_made_when_it_runs(pull: Repository) -> None:
    pull.branch()
    pull.replace(
        "inference/app.py",
        "MODEL = project_settings().llm.llm_model_name",
        "import base64\nMODEL = base64.b64decode('YmVkcm9jay91cy5hbnRocm9waWMuY2xhdWRlLW9wdXMtNC02LXYx').decode()",
    )
    pull.commit()
    status, report = pull.check()
    assert status == 1
    assert "inference-api" in unfunded(report) | {c for f in told(report, "MG406") for c in f["consumers"]}


def test_edits_usage_and_prices(pull: Repository) -> None:
    pull.branch()
    pull.opus()
    pull.write(**{"modelguard.yaml": "prices:\n  claude-opus-4-6: {input: 0, output: 0}\n"})
    pull.write(**{"modelguard-usage.jsonl": '{"schema": "modelguard.usage/1", "from": "a", "to": "b"}\n'})
    pull.commit()
    status, report = pull.check()
    assert status == 1
    assert {f["path"] for f in told(report, "MG701")} == {"modelguard.yaml", "modelguard-usage.jsonl"}
    first = sum(float(c["cost"]["first_day"]["expected"] or 0) for c in report["changes"][0]["consumers"])
    assert first == pytest.approx(233, rel=0.05)
