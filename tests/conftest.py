"""What tests share: the example laid out once, git repositories, a cache of their own."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
sys.path.insert(0, str(ROOT / "examples" / "iceberg"))
sys.path.insert(0, str(ROOT / "tests"))

Git = Callable[..., str]


@pytest.fixture(scope="session", autouse=True)
def _own_cache(tmp_path_factory: pytest.TempPathFactory) -> None:
    # Never the developer's cache: a stale entry there could make a test pass.
    os.environ["MODELGUARD_CACHE_DIR"] = str(tmp_path_factory.mktemp("cache"))
    os.environ["SOURCE_DATE_EPOCH"] = "1773705600"  # 2026-03-17: prices and expiry do not depend on today


@pytest.fixture(scope="session")
def iceberg(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The example's repository, on branch opus. Tests only read it, or switch in a copy."""
    from layout import git, lay_out

    target = tmp_path_factory.mktemp("iceberg") / "repo"
    lay_out(target)
    git(target, "switch", "--quiet", "opus")
    return target


def git(folder: Path, *arguments: str) -> str:
    """Run git with nobody's configuration."""
    environment = {k: v for k, v in os.environ.items() if not k.startswith("GIT_")} | {
        "GIT_CONFIG_GLOBAL": os.devnull,
        "GIT_CONFIG_NOSYSTEM": "1",
        "GIT_AUTHOR_NAME": "A",
        "GIT_AUTHOR_EMAIL": "a@example.org",
        "GIT_COMMITTER_NAME": "A",
        "GIT_COMMITTER_EMAIL": "a@example.org",
    }
    command = ["git", "-c", "protocol.file.allow=always", "-C", str(folder), *arguments]
    return subprocess.run(command, env=environment, check=True, capture_output=True, text=True).stdout


@pytest.fixture
def repo(tmp_path: Path) -> Path:
    """A git repository with a first commit on main: config.yaml with a model."""
    folder = tmp_path / "repo"
    folder.mkdir()
    git(folder, "init", "-q", "-b", "main")
    (folder / "config.yaml").write_text("model: gpt-4o-mini\n")
    (folder / "sub").mkdir()
    (folder / "sub" / "inner.yaml").write_text("model: gpt-4o-mini\n")
    git(folder, "add", "-A")
    git(folder, "commit", "-q", "-m", "first")
    return folder
