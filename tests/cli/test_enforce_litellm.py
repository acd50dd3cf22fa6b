"""`modelguard enforce litellm` and `enforce key`, end to end on the example."""

from __future__ import annotations

import json
import re
import shutil
import stat
from pathlib import Path

from modelguard.enforce.fingerprint import fingerprint
from modelguard.enforce.policy import Deciding, read_policy

from .test_commands import run, snapshot, valid

EXAMPLE = Path(__file__).parents[2] / "examples/iceberg/repo"


def repo(tmp_path: Path) -> Path:
    shutil.copytree(EXAMPLE, tmp_path / "repo")
    return tmp_path / "repo"


def test_the_example_compiles_into_a_policy(tmp_path: Path) -> None:
    folder = repo(tmp_path)
    made = run("enforce", "key", "inference-api", "--output", str(tmp_path / "api.key"))
    assert made.exit_code == 0
    secret = (tmp_path / "api.key").read_text()
    assert stat.S_IMODE((tmp_path / "api.key").stat().st_mode) == 0o600
    assert secret not in made.output and fingerprint(secret) in made.output
    (folder / "modelguard-keys.yaml").write_text("version: 1\nkeys:\n" + made.output)
    target = tmp_path / "policy.json"
    result = run("enforce", "litellm", str(folder), "--output", str(target))
    assert result.exit_code == 0, result.output
    assert "health-check has an allocation and no key" in result.output
    assert secret not in target.read_text()
    valid(json.loads(target.read_text()), "enforce")
    policy = read_policy(target.read_bytes(), "policy.json")
    consumer, _ = Deciding(policy).consumers[fingerprint(secret)]
    assert [a.name for a in consumer.allowed] == ["bedrock/us.anthropic.claude-sonnet-4-6"]
    again = run("enforce", "key", "inference-api", "--output", str(tmp_path / "api.key"))
    assert again.exit_code == 2 and "never written over" in again.output
    assert (tmp_path / "api.key").read_text() == secret


def test_it_says_whom_it_will_refuse(tmp_path: Path) -> None:
    folder = repo(tmp_path)
    field = folder / "config/project.yaml"
    field.write_text(field.read_text().replace("sonnet-4-6", "opus-4-6"))
    with (folder / "budgets.yaml").open("a") as file:
        file.write(
            "grace:\n  - {consumer: inference-api, from: claude-sonnet-4-6, to: claude-opus-4-6, starts: 2026-12-01T09:00Z,"
            " hours: 72,\n     refresh: {per_minute: 20, calls: 10000, usd: 120}}\n"
        )
    result = run("enforce", "litellm", str(folder), "--format", "text")
    assert result.exit_code == 0
    # The version is that of the prices, too, which a newer table may change.
    snapshot("enforce-litellm.txt", re.sub(r"policy [0-9a-f]{16}", "policy 0123456789abcdef", result.output))


def test_two_proxies_are_told_apart(tmp_path: Path) -> None:
    folder = repo(tmp_path)
    shutil.copy(folder / "proxy/litellm.yaml", folder / "proxy/other.yaml")
    result = run("enforce", "litellm", str(folder))
    assert result.exit_code == 2 and "--proxy-config" in result.output
    assert run("enforce", "litellm", str(folder), "--proxy-config", "proxy/other.yaml").exit_code == 0
    assert run("enforce", "litellm", str(folder), "--proxy-config", "budgets.yaml").exit_code == 2
