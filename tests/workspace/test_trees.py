"""Working directory, index and refs as trees: what is read, what is left out and counted, what is never touched."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from gitlib import git

from modelguard.errors import InputError
from modelguard.workspace import Limits, ReadFailed, blob_id, open_index, open_ref, open_working


def paths(tree: object) -> list[str]:
    return [e.path for e in tree.entries]  # type: ignore[attr-defined]


def test_working_tree_has_what_git_does_not_ignore(repo: Path) -> None:
    (repo / ".gitignore").write_text("secret/\n*.log\n")
    (repo / "secret").mkdir()
    (repo / "secret" / "a.yaml").write_text("x")
    (repo / "b.log").write_text("x")
    (repo / "new.yaml").write_text("x")
    assert paths(open_working(repo)) == [".gitignore", "config.yaml", "new.yaml", "sub/inner.yaml"]


def test_outside_git_gitignore_counts_too(tmp_path: Path) -> None:
    (tmp_path / ".gitignore").write_text("out/\n")
    for name in ("out/a.py", "keep/b.py", "keep/inner/c.py", "node_modules/d.py"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text("x")
    (tmp_path / "keep" / ".gitignore").write_text("inner/\n")
    tree = open_working(tmp_path)
    assert paths(tree) == [".gitignore", "keep/.gitignore", "keep/b.py"]
    assert tree.commit is None


def test_subfolder_is_a_root_of_its_own(repo: Path) -> None:
    assert paths(open_working(repo / "sub")) == ["inner.yaml"]
    assert paths(open_ref(repo / "sub", "main")) == ["inner.yaml"]
    assert paths(open_index(repo / "sub")) == ["inner.yaml"]


def test_index_and_ref_differ_from_the_working_tree(repo: Path) -> None:
    (repo / "config.yaml").write_text("model: staged\n")
    git(repo, "add", "config.yaml")
    (repo / "config.yaml").write_text("model: written\n")
    assert open_ref(repo, "main").read("config.yaml") == b"model: gpt-4o-mini\n"
    assert open_index(repo).read("config.yaml") == b"model: staged\n"
    assert open_working(repo).read("config.yaml") == b"model: written\n"


def test_links_are_never_followed_out_of_the_tree(repo: Path, tmp_path: Path) -> None:
    (tmp_path / "outside.yaml").write_text("model: gpt-4o\n")
    (tmp_path / "folder").mkdir()
    (tmp_path / "folder" / "x.yaml").write_text("model: gpt-4o\n")
    (repo / "link.yaml").symlink_to(tmp_path / "outside.yaml")
    (repo / "inner.yaml").symlink_to("config.yaml")
    # A tracked folder that a link has taken the place of.
    (repo / "sub" / "inner.yaml").unlink()
    (repo / "sub").rmdir()
    (repo / "sub").symlink_to(tmp_path / "folder")
    (tmp_path / "folder" / "inner.yaml").write_text("model: stolen\n")
    tree = open_working(repo)
    assert "link.yaml" not in paths(tree)
    assert "sub/inner.yaml" not in paths(tree)
    assert {g.path for g in tree.gaps} >= {"link.yaml", "sub/inner.yaml"}
    assert isinstance(tree.read("link.yaml"), ReadFailed)


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="this system has no named pipes")
def test_a_pipe_is_not_read(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.yaml")
    tree = open_working(tmp_path)
    assert paths(tree) == []
    assert isinstance(tree.read("pipe.yaml"), ReadFailed)


def test_limits_are_counted_not_silent(tmp_path: Path) -> None:
    (tmp_path / "large.yaml").write_bytes(b"x" * 2000)
    deep = tmp_path / "a" / "b" / "c"
    deep.mkdir(parents=True)
    (deep / "d.yaml").write_text("x")
    (tmp_path / "e.yaml").write_text("x")
    tree = open_working(tmp_path, Limits(file_bytes=1000, depth=2))
    assert paths(tree) == ["e.yaml"]
    assert {g.path: g.why for g in tree.gaps}.keys() == {"large.yaml", "a/b"}


def test_a_large_file_is_a_gap_in_every_kind_of_tree(repo: Path) -> None:
    (repo / "large.json").write_bytes(b"[" + b"1," * 3_000_000 + b"1]")
    git(repo, "add", "-A")
    git(repo, "commit", "-q", "-m", "large")
    for tree in (open_working(repo), open_index(repo), open_ref(repo, "main")):
        assert [g.path for g in tree.gaps] == ["large.json"], tree.name
        assert "large.json" not in paths(tree)


def test_what_is_no_folder_says_so(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x")
    with pytest.raises(InputError, match="does not exist"):
        open_working(tmp_path / "missing")
    with pytest.raises(InputError, match="is not a folder"):
        open_working(tmp_path / "file")


def test_a_ref_that_looks_like_an_option_is_none(repo: Path) -> None:
    with pytest.raises(InputError, match="no commit"):
        open_ref(repo, "--output=x")
    assert not (repo / "x").exists()


def test_a_hostile_configuration_runs_nothing(repo: Path, tmp_path: Path) -> None:
    mark = tmp_path / "ran"
    git(repo, "config", "core.fsmonitor", f"touch {mark}")
    git(repo, "config", "filter.x.smudge", f"touch {mark}")
    git(repo, "config", "diff.external", f"touch {mark}")
    (repo / ".gitattributes").write_text("* filter=x diff=x\n")
    open_working(repo)
    open_index(repo).read("config.yaml")
    open_ref(repo, "main").read("config.yaml")
    assert not mark.exists()


def test_blob_id_is_gits(repo: Path) -> None:
    assert blob_id(b"model: gpt-4o-mini\n") == git(repo, "hash-object", "config.yaml").strip()
