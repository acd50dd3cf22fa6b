"""What is passed without an analysis, and what pre-commit asks for."""

from __future__ import annotations

from pathlib import Path

import pytest
from click.testing import CliRunner
from gitlib import git

from modelguard.cli import main
from modelguard.cli.untouched import Asked, asked_by_pre_commit, untouched


def staged(repo: Path, **files: str | None) -> Path:
    for name, text in files.items():
        path = repo / name
        if text is None:
            path.unlink()
        else:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text)
    git(repo, "add", "-A")
    return repo


@pytest.mark.parametrize(
    "files",
    [
        {"README.md": "x\n"},
        {"docs/a.txt": "model: gpt-4o\n", "b.svg": "<svg/>"},
        {},
    ],
)
def test_nothing_that_is_read(repo: Path, files: dict[str, str | None], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("modelguard.graph.build.analyse", None)
    result = CliRunner().invoke(main, ["check", str(staged(repo, **files)), "--staged"])
    assert result.exit_code == 0
    assert result.output == "PASS  the index → HEAD   changes no model, token, call, budget or rule\n"


@pytest.mark.parametrize(
    "files",
    [
        {"config.yaml": None},
        {"a.py": "x = 1\n"},
        {"budgets.yaml": "version: 1\n"},
        {"modelguard-usage.jsonl": "{}\n"},
        {".github/CODEOWNERS": "* @a\n"},
        {"sub/.env": "A=1\n"},
        {"Dockerfile": "FROM a\n"},
        {"README.md": "x\n", "k8s/a.yml": "kind: x\n"},
    ],
)
def test_what_may_matter(repo: Path, files: dict[str, str | None]) -> None:
    assert untouched(staged(repo, **files), "HEAD", None, True) is None


def test_a_file_that_becomes_a_link_may_matter(repo: Path) -> None:
    (repo / "config.yaml").unlink()
    (repo / "config.yaml").symlink_to("sub/inner.yaml")
    git(repo, "add", "-A")
    assert untouched(repo, "HEAD", None, True) is None


def test_the_working_directory_s_new_files_count(repo: Path) -> None:
    (repo / "NOTES.md").write_text("x")
    assert untouched(repo, "main", None, False) is not None
    (repo / "new.yaml").write_text("model: gpt-4o\n")
    assert untouched(repo, "main", None, False) is None
    assert untouched(repo, None, None, False) is None


def test_only_the_analysed_folder_counts(repo: Path) -> None:
    staged(repo, **{"config.yaml": "model: gpt-4o\n"})
    assert untouched(repo, "HEAD", None, True) is None
    assert untouched(repo / "sub", "HEAD", None, True) is not None


def test_what_pre_commit_asks_for(repo: Path) -> None:
    assert asked_by_pre_commit(repo, {}) == Asked()
    assert asked_by_pre_commit(repo, {"PRE_COMMIT_FROM_REF": "a", "PRE_COMMIT_TO_REF": "b"}) == Asked("a", "b")
    assert asked_by_pre_commit(repo, {"GIT_INDEX_FILE": ".git/index"}) == Asked("HEAD", None, True)
    staged(repo, **{"config.yaml": "model: gpt-4o\n"})
    assert asked_by_pre_commit(repo, {}) == Asked("HEAD", None, True)


def test_pre_commit_stands_for_the_others(repo: Path) -> None:
    result = CliRunner().invoke(main, ["check", str(repo), "--pre-commit", "--base", "main"])
    assert result.exit_code == 2
    assert "--pre-commit stands for" in result.output


def test_validate(repo: Path) -> None:
    assert "there is no budgets.yaml" in CliRunner().invoke(main, ["budget", "validate", str(repo)]).output
    staged(repo, **{"budgets.yaml": "version: 1\nallocations: []\n"})
    assert (
        CliRunner().invoke(main, ["budget", "validate", str(repo)]).output
        == "budgets.yaml is valid: 0 allocations, 0 caps\n"
    )
    staged(repo, **{"budgets.yaml": "version: 1\nallocatons: []\n"})
    result = CliRunner().invoke(main, ["budget", "validate", str(repo)])
    assert result.exit_code == 2
    assert "budgets.yaml:2:1" in result.output
