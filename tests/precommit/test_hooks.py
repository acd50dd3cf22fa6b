"""The hooks by the real pre-commit, in a repository of their own: it installs them from this tree and runs them."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import pytest
from gitlib import git
from requirelib import program

ROOT = Path(__file__).parents[2]
pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def hooks(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """This tree as a repository that pre-commit can clone."""
    folder = tmp_path_factory.mktemp("hooks") / "modelguard"
    listed = git(ROOT, "ls-files", "-z", "--cached", "--others", "--exclude-standard").split("\0")
    for name in listed:
        if name.startswith(
            ("modelguard/", "policies/", ".pre-commit-hooks", "pyproject", "README", "LICENSE", "CHANGELOG")
        ):
            source = ROOT / name
            if source.is_file():
                (folder / name).parent.mkdir(parents=True, exist_ok=True)
                shutil.copy2(source, folder / name)
    git(folder, "init", "-q", "-b", "main")
    git(folder, "add", "-A", "-f")
    git(folder, "commit", "-q", "-m", "the tree")
    return folder


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where pre-commit keeps the hooks' environment, made once."""
    return tmp_path_factory.mktemp("home")


class Work:
    """A checkout of the example with the hooks installed."""

    def __init__(self, folder: Path, hooks: Path, home: Path, iceberg: Path) -> None:
        self.pre_commit = program("pre-commit")
        shutil.copytree(iceberg, folder, symlinks=True)
        self.folder, self.home = folder, home
        git(folder, "switch", "-q", "main")
        config = f"repos:\n- repo: {hooks}\n  rev: {git(hooks, 'rev-parse', 'HEAD').strip()}\n"
        (folder / ".pre-commit-config.yaml").write_text(
            config + "  hooks: [{id: modelguard}, {id: modelguard-ledger}]\n"
        )
        git(folder, "add", "-A")
        git(folder, "commit", "-q", "-m", "hooks", "--no-verify")
        assert self.run("install").returncode == 0

    def _environment(self) -> dict[str, str]:
        kept = {k: v for k, v in os.environ.items() if not k.startswith(("GIT_", "PRE_COMMIT", "GITHUB_"))}
        people = {f"GIT_{who}_{what}": "a@example.org" for who in ("AUTHOR", "COMMITTER") for what in ("NAME", "EMAIL")}
        return (
            kept
            | people
            | {"PRE_COMMIT_HOME": str(self.home), "GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_NOSYSTEM": "1"}
        )

    def run(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        command = [self.pre_commit, *arguments]
        return subprocess.run(
            command, cwd=self.folder, env=self._environment(), capture_output=True, text=True, check=False
        )

    def commit(self, *more: str) -> subprocess.CompletedProcess[str]:
        command = ["git", "commit", "-m", "words", *more]
        return subprocess.run(
            command, cwd=self.folder, env=self._environment(), capture_output=True, text=True, check=False
        )

    def edit(self, name: str, old: str, new: str) -> None:
        path = self.folder / name
        assert old in path.read_text()
        path.write_text(path.read_text().replace(old, new))
        git(self.folder, "add", "-A")


@pytest.fixture
def work(tmp_path: Path, hooks: Path, home: Path, iceberg: Path) -> Work:
    return Work(tmp_path / "repo", hooks, home, iceberg)


def test_a_commit_that_nobody_budgeted_for_is_stopped(work: Work) -> None:
    work.edit("config/project.yaml", "claude-sonnet-4-6", "claude-opus-4-6-v1")
    done = work.commit()
    assert done.returncode == 1
    assert "FAIL  the index → HEAD   1 model field changed · 5 consumers" in done.stderr + done.stdout
    assert git(work.folder, "log", "--oneline").count("\n") == 2


def test_what_is_not_staged_does_not_count(work: Work) -> None:
    work.edit("config/project.yaml", "claude-sonnet-4-6", "claude-opus-4-6-v1")
    git(work.folder, "reset", "-q")
    (work.folder / "NOTES.md").write_text("words\n")
    git(work.folder, "add", "NOTES.md")
    assert work.commit().returncode == 0
    assert "claude-opus" in (work.folder / "config" / "project.yaml").read_text()


def test_a_deleted_file_counts(work: Work) -> None:
    git(work.folder, "rm", "-q", "budgets.yaml")
    work.edit("config/project.yaml", "claude-sonnet-4-6", "claude-haiku-4-5-20251001-v1:0")
    done = work.commit()
    assert done.returncode == 1
    assert "MG" in done.stdout + done.stderr


def test_a_commit_of_nothing_passes(work: Work) -> None:
    """An amended message stages nothing: that is no reason to judge the tree."""
    assert work.commit("--amend").returncode == 0
    assert work.commit("--allow-empty").returncode == 0


def test_all_files_is_never_an_empty_pass(work: Work) -> None:
    done = work.run("run", "--all-files")
    assert done.returncode == 1
    assert "MG201" in done.stdout


def test_a_range_is_that_range(work: Work) -> None:
    git(work.folder, "branch", "docs")
    git(work.folder, "merge", "-q", "--no-edit", "opus")
    done = work.run("run", "--from-ref", "docs", "--to-ref", "HEAD")
    assert done.returncode == 1
    assert "5 consumers" in done.stdout
    git(work.folder, "switch", "-q", "docs")
    (work.folder / "NOTES.md").write_text("words\n")
    git(work.folder, "add", "-A")
    git(work.folder, "commit", "-q", "-m", "docs", "--no-verify")
    assert work.run("run", "--from-ref", "main~1", "--to-ref", "docs").returncode == 0


def test_the_ledger_s_hook_says_where_it_is_wrong(work: Work) -> None:
    work.edit("budgets.yaml", "per: day", "per: dya")
    done = work.commit()
    assert done.returncode == 1
    assert "budgets.yaml:" in done.stderr + done.stdout
    assert "modelguard ledger" in done.stderr + done.stdout
