"""Comparing as a pull request does: merge base, worktree, submodule, shallow clone, missing base."""

from __future__ import annotations

from pathlib import Path

import pytest
from gitlib import git

from modelguard.errors import InputError
from modelguard.workspace import compare


def branched(repo: Path) -> tuple[str, str]:
    """A branch with a change, and main moved on since; the ids of the merge base and of main."""
    base = git(repo, "rev-parse", "HEAD").strip()
    git(repo, "switch", "-q", "-c", "change")
    (repo / "config.yaml").write_text("model: gpt-4o\n")
    git(repo, "commit", "-q", "-a", "-m", "change")
    git(repo, "switch", "-q", "main")
    (repo / "other.yaml").write_text("x: 1\n")
    git(repo, "add", "-A")
    git(repo, "commit", "-q", "-m", "main moves on")
    tip = git(repo, "rev-parse", "HEAD").strip()
    git(repo, "switch", "-q", "change")
    return base, tip


def test_base_is_the_merge_base_and_configuration_is_the_tips(repo: Path) -> None:
    base, tip = branched(repo)
    found = compare(repo, "main")
    assert found.base_commit == base
    assert found.base_tip.commit == tip
    assert found.base.read("config.yaml") == b"model: gpt-4o-mini\n"
    assert found.head.read("config.yaml") == b"model: gpt-4o\n"
    assert [e.path for e in found.base.entries] == ["config.yaml", "sub/inner.yaml"]


def test_head_may_be_a_ref_or_the_index(repo: Path) -> None:
    branched(repo)
    (repo / "config.yaml").write_text("model: uncommitted\n")
    assert compare(repo, "main", "change").head.read("config.yaml") == b"model: gpt-4o\n"
    git(repo, "add", "config.yaml")
    (repo / "config.yaml").write_text("model: later\n")
    assert compare(repo, "main", staged=True).head.read("config.yaml") == b"model: uncommitted\n"


def test_in_a_worktree_and_a_subfolder(repo: Path, tmp_path: Path) -> None:
    base, _ = branched(repo)
    git(repo, "worktree", "add", "-q", str(tmp_path / "tree"), "-b", "third")
    found = compare(tmp_path / "tree" / "sub", "main")
    assert found.base_commit == base
    assert [e.path for e in found.head.entries] == ["inner.yaml"]


def test_a_submodule_is_a_repository_of_its_own(repo: Path, tmp_path: Path) -> None:
    outer = tmp_path / "outer"
    outer.mkdir()
    git(outer, "init", "-q", "-b", "main")
    git(outer, "submodule", "add", "-q", str(repo), "inner")
    git(outer, "commit", "-q", "-m", "with a submodule")
    assert [e.path for e in compare(outer, "main").head.entries] == [".gitmodules"]
    assert [e.path for e in compare(outer / "inner", "main").head.entries] == ["config.yaml", "sub/inner.yaml"]


def test_a_shallow_clone_says_what_to_set(repo: Path, tmp_path: Path) -> None:
    branched(repo)
    git(tmp_path, "clone", "-q", "--depth", "1", "--branch", "change", f"file://{repo}", "shallow")
    with pytest.raises(InputError, match=r'base "main" is not in this clone \(shallow\).*fetch-depth: 0'):
        compare(tmp_path / "shallow", "main")
    git(tmp_path / "shallow", "fetch", "-q", "--depth", "1", "origin", "main:main")
    with pytest.raises(InputError, match=r"history .* \(shallow\).*fetch-depth: 0"):
        compare(tmp_path / "shallow", "main")


@pytest.mark.parametrize(("base", "message"), [("gone", "git fetch origin gone"), ("-x", "not in this clone")])
def test_a_missing_base_says_how_to_get_it(repo: Path, base: str, message: str) -> None:
    with pytest.raises(InputError, match=message):
        compare(repo, base)


def test_a_remote_branch_is_suggested(repo: Path, tmp_path: Path) -> None:
    git(repo, "branch", "release")
    git(tmp_path, "clone", "-q", f"file://{repo}", "clone")
    with pytest.raises(InputError, match="origin/release"):
        compare(tmp_path / "clone", "release")


def test_no_repository_and_no_commit(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="not in a git repository"):
        compare(tmp_path, "main")
    git(tmp_path, "init", "-q", "-b", "main")
    with pytest.raises(InputError, match="no commits"):
        compare(tmp_path, "main")


def test_unrelated_histories(repo: Path) -> None:
    git(repo, "switch", "-q", "--orphan", "other")
    (repo / "a").write_text("x")
    git(repo, "add", "-A")
    git(repo, "commit", "-q", "-m", "other")
    with pytest.raises(InputError, match="no common history"):
        compare(repo, "main")
