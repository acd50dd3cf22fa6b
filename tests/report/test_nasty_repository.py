"""A repository whose files, fields, models and consumers are called to do harm, through the command, in every format."""

from __future__ import annotations

import json
import re
import unicodedata
import xml.etree.ElementTree as ElementTree
from pathlib import Path

import pytest
from gitlib import git
from reportlib import run

FOLDER = "a\x1b[2J\n::error::owned\u202e`|<img src=x>[a](https:"
MODEL = "gpt-4o<script>](https://evil.example)\u202e@org/all ::set-output name=x::y"
KINDS = ("text", "json", "sarif", "github", "markdown", "gitlab", "junit")


@pytest.fixture
def nasty(tmp_path: Path) -> Path:
    """Two readers of one field; names that a file system takes."""
    folder = tmp_path / "repo"
    folder.mkdir()
    git(folder, "init", "-q", "-b", "main")
    inner = folder / FOLDER
    inner.mkdir(parents=True)
    code = "import json, openai\nM = json.load(open('config.json'))['llm_model_name']\n"
    code += "openai.OpenAI().chat.completions.create(model=M)\n"
    for name in ("one.py", "two ::warning::x##[group]y.py"):
        (inner / name).write_text(code)
    (inner / "config.json").write_text(json.dumps({"llm_model_name": "gpt-4o-mini"}))
    git(folder, "add", "-A")
    git(folder, "commit", "-q", "-m", "one")
    git(folder, "switch", "-q", "-c", "x$(id)`id`")
    (inner / "config.json").write_text(json.dumps({"llm_model_name": MODEL}))
    return folder


def test_nothing_of_it_does_anything(nasty: Path, tmp_path: Path) -> None:
    arguments: list[object] = []
    for kind in KINDS:
        arguments += ["--format", kind, "--output", tmp_path / kind]
    result = run("check", nasty, "--base", "main", *arguments)
    assert result.exit_code == 1, result.output
    said = {kind: (tmp_path / kind).read_text("utf-8") for kind in KINDS}
    for kind, text in said.items():
        if kind != "json":
            for character in text.replace("\n", ""):
                assert unicodedata.category(character) not in ("Cc", "Cf", "Zl", "Zp"), (kind, character)
        assert len(text) > 50, kind
    for line in (said["text"] + said["markdown"]).split("\n"):
        assert not line.lstrip().startswith(("::", "##["))
    for line in said["github"].splitlines():
        assert line.startswith(("::error file=", "::warning file=", "::notice file="))
        assert "::error::owned" not in line[8:].replace("%3A", ":").split("::", 1)[0]
    outside = re.sub(r"`[^`\n]*`", "", re.sub(r"(?ms)^(`{3,})\w*\n.*?^\1$", "", said["markdown"]))
    assert not re.search(r"evil|<img|<script|@org|https", outside)
    for result_ in json.loads(said["sarif"])["runs"][0]["results"]:
        assert not re.search(r"(?<!\\)(?:\\\\)*\[", result_["message"]["text"])
    assert ElementTree.fromstring(said["junit"].encode()).tag == "testsuites"
    assert MODEL.split("<", maxsplit=1)[0] in said["text"]


def test_pages_of_the_tree_too(nasty: Path) -> None:
    for arguments in (("graph",), ("check",), ("rules",)):
        text = run(arguments[0], *([nasty] if arguments[0] != "rules" else [])).output
        for character in text.replace("\n", ""):
            assert unicodedata.category(character) not in ("Cc", "Cf", "Zl", "Zp"), (arguments, character)
