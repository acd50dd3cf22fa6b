"""Our actions and workflows by the linters of the trade: actionlint and zizmor, at their strictest."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest
from requirelib import program
from runnerlib import ROOT

LINT = Path(__file__).parent / "lint"
WORKFLOWS = sorted((ROOT / "examples" / "workflows").glob("*.yml"))


@pytest.fixture(scope="module")
def actionlint(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("lint")
    for name in ("package.json", "package-lock.json", "lint.mjs"):
        shutil.copy2(LINT / name, folder)
    npm = program("npm")
    done = subprocess.run(
        [npm, "ci", "--silent", "--no-audit", "--no-fund"], cwd=folder, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    return folder / "lint.mjs"


@pytest.mark.slow
def test_actionlint_finds_nothing(actionlint: Path, tmp_path: Path) -> None:
    from modelguard.policy.starter import WORKFLOW_TEXT

    ours = tmp_path / "init.yml"
    ours.write_text(WORKFLOW_TEXT)
    done = subprocess.run([program("node"), actionlint, *WORKFLOWS, ours], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (0, "")
    # It does see what is wrong.
    ours.write_text(WORKFLOW_TEXT.replace("runs-on: ubuntu-latest", "runs_on: ubuntu-latest"))
    assert subprocess.run([program("node"), actionlint, ours], capture_output=True, check=False).returncode == 1


def test_zizmor_finds_nothing(tmp_path: Path) -> None:
    from modelguard.policy.starter import WORKFLOW_TEXT

    zizmor = program("zizmor")
    (tmp_path / "post").mkdir()
    folder = tmp_path / ".github" / "workflows"
    folder.mkdir(parents=True)
    shutil.copy2(ROOT / "action.yml", tmp_path)
    shutil.copy2(ROOT / "post" / "action.yml", tmp_path / "post")
    for path in WORKFLOWS:
        shutil.copy2(path, folder)
    (folder / "init.yml").write_text(WORKFLOW_TEXT)
    command = [zizmor, "--offline", "--no-progress", "--config", LINT / "zizmor.yml"]
    done = subprocess.run([*command, "--persona", "regular", tmp_path], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    strict = [tmp_path / "action.yml", tmp_path / "post" / "action.yml", *(folder / p.name for p in WORKFLOWS)]
    done = subprocess.run([*command, "--persona", "pedantic", *strict], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    # It does see what is wrong.
    bad = folder / "bad.yml"
    bad.write_text(
        "on: push\njobs:\n  a:\n    runs-on: x\n    steps:\n      - run: echo ${{ github.event.head_commit.message }}\n"
    )
    assert subprocess.run([*command, bad], capture_output=True, check=False).returncode > 10
