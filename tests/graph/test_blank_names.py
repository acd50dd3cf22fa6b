"""A model whose name has a blank in it is a model all the same: taken for none, it would let any change pass."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from gitlib import git
from reportlib import run

CODE = """import openai, yaml
M = yaml.safe_load(open("config.yaml"))["llm_model_name"]
openai.OpenAI().chat.completions.create(model=M)
"""


@pytest.mark.parametrize("name", ["gpt-4o ", " gpt-4o", "azure/my deployment", "gpt-4o\nx"])
def test_it_moves(tmp_path: Path, name: str) -> None:
    git(tmp_path, "init", "-q", "-b", "main")
    (tmp_path / "app.py").write_text(CODE)
    (tmp_path / "config.yaml").write_text("llm_model_name: gpt-4o-mini\n")
    git(tmp_path, "add", "-A")
    git(tmp_path, "commit", "-q", "-m", "one")
    (tmp_path / "config.yaml").write_text(f"llm_model_name: {json.dumps(name)}\n")
    report = json.loads(run("check", tmp_path, "--base", "main", "--format", "json").output)
    assert report["verdict"] == "fail"
    assert [(c["from"], c["to"]) for c in report["changes"]] == [("gpt-4o-mini", name)]
