"""What tests share: the example laid out once, git repositories, a cache of their own."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest
from gitlib import git
from hypothesis import HealthCheck, settings

# A busy machine is no failure of ours: no test has a deadline, and slow drawing is not held against it.
settings.register_profile("modelguard", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("modelguard")

collect_ignore = ["cases"]  # repositories to analyse, some with tests of their own
ROOT = Path(__file__).parent.parent
sys.path.insert(0, str(ROOT / "examples" / "iceberg"))


@pytest.fixture(scope="session", autouse=True)
def _own_cache(tmp_path_factory: pytest.TempPathFactory) -> None:
    # Never the developer's cache: a stale entry there could make a test pass.
    os.environ["MODELGUARD_CACHE_DIR"] = str(tmp_path_factory.mktemp("cache"))
    os.environ["SOURCE_DATE_EPOCH"] = "1773705600"  # 2026-03-17: prices and expiry do not depend on today


@pytest.fixture(scope="session")
def iceberg(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The example's repository, on branch opus. Tests only read it, or switch in a copy."""
    from layout import lay_out

    target = tmp_path_factory.mktemp("iceberg") / "repo"
    lay_out(target)
    git(target, "switch", "--quiet", "opus")
    return target


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
