"""The same findings whatever the run, the order of files, the place on disk; fingerprints that outlive 100 moved lines."""

from __future__ import annotations

import json
import os
import random
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from gitlib import git
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from modelguard.cli import main

CASES = Path(__file__).parent.parent / "cases"
REPOSITORIES = (
    "kubernetes-files",
    "litellm-fallbacks",
    "unresolved",
    "broken-files",
    "token-literal",
    "compose-files",
    "cfn-nested",
)


@pytest.fixture(scope="module")
def everything(iceberg: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The example beside cases that have findings of every kind, and no repository around them."""
    folder = tmp_path_factory.mktemp("everything")
    git(iceberg, "worktree", "add", "-q", "--detach", str(folder / "w"), "main")
    shutil.copytree(folder / "w", folder / "all", ignore=shutil.ignore_patterns(".git"))
    git(iceberg, "worktree", "remove", "--force", str(folder / "w"))
    for name in REPOSITORIES:
        shutil.copytree(CASES / name / "repo", folder / "all" / name)
    strict = "persona: strict\n"
    (folder / "all" / "modelguard.yaml").write_text(strict)
    return folder / "all"


def report(folder: Path) -> dict[str, Any]:
    result = CliRunner().invoke(main, ["check", str(folder), "--format", "json"])
    assert result.exit_code in (0, 1), result.output
    document: dict[str, Any] = json.loads(result.stdout)
    return document


def marks(document: dict[str, Any]) -> list[tuple[str, str]]:
    return sorted((f["fingerprint"], f["rule"]) for f in document["findings"])


def test_there_is_something_to_compare(everything: Path) -> None:
    found = marks(report(everything))
    assert len(found) > 20
    assert len({rule for _, rule in found}) > 10
    assert len({mark for mark, _ in found}) == len(found)


def test_the_same_findings_in_any_order_of_files_on_any_prefix_and_for_any_hashing(
    everything: Path, tmp_path: Path
) -> None:
    wanted = report(everything)
    target = tmp_path / "another place with ünïcode" / "deep" / "er"
    files = [p for p in everything.rglob("*") if p.is_file()]
    random.Random(7).shuffle(files)
    for file in files:
        copy = target / file.relative_to(everything)
        copy.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(file, copy)
    for seed in ("1", "2"):
        environment = os.environ | {"PYTHONHASHSEED": seed, "MODELGUARD_CACHE_DIR": str(tmp_path / f"cache{seed}")}
        command = [sys.executable, "-m", "modelguard", "check", str(target), "--format", "json"]
        done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
        assert json.loads(done.stdout)["findings"] == wanted["findings"]


def inserted(data: bytes, chance: random.Random, lines: int) -> bytes:
    """Blank lines where they mean nothing: not inside a line that goes on, a text of several lines or a record a line."""
    found = data.decode().split("\n")
    for _ in range(lines):
        at = chance.randrange(len(found) + 1)
        if at and found[at - 1].rstrip().endswith("\\"):
            continue
        found.insert(at, "")
    return "\n".join(found).encode()


@pytest.mark.slow
@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(seed=st.integers(0, 2**32))
def test_fingerprints_survive_a_hundred_random_lines(
    everything: Path, tmp_path_factory: pytest.TempPathFactory, seed: int
) -> None:
    before = report(everything)
    target = tmp_path_factory.mktemp("moved") / "all"
    shutil.copytree(everything, target)
    chance = random.Random(seed)
    files = [
        p
        for p in sorted(target.rglob("*"))
        if p.suffix in (".py", ".yaml", ".tf", ".json", ".toml") and p.stat().st_size < 50_000
    ]
    for _ in range(100):
        file = chance.choice(files)
        try:
            file.write_bytes(inserted(file.read_bytes(), chance, 1))
        except UnicodeDecodeError:
            continue
    after = report(target)
    assert marks(after) == marks(before)
