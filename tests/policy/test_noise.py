"""What strangers' repositories taught: what was reported and told nobody anything, and what should have been."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from modelguard.cli import main

ASK = """import os

import litellm


def ask(model=os.environ.get("CHAT_MODEL", "openai/gpt-4o-mini")):
    return litellm.completion(model=model, messages=[])
"""
COMPOSE = """services:
  api:
    image: x
    command: python api.py
    environment:
      OPENAI_API_KEY: ${OPENAI_API_KEY}
      CHAT_MODEL: ${CHAT_MODEL:-openai/gpt-4o}
  worker:
    image: x
    command: python worker.py
    environment:
      OPENAI_API_KEY: ${OPENAI_API_KEY}
      CHAT_MODEL: ${CHAT_MODEL:-openai/gpt-4o}
"""


CLIENT = """import os

from openai import OpenAI


def ask():
    client = OpenAI(api_key=os.environ["LLM_TOKEN"])
    return client.chat.completions.create(model="gpt-4o", messages=[])
"""
SERVICES = {"api.py": "from ask import ask\nask()\n", "worker.py": "from ask import ask\nask()\n"}


def found(folder: Path, **files: str) -> list[dict[str, Any]]:
    for name, text in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    result = CliRunner().invoke(main, ["check", str(folder), "--format", "json"])
    assert result.exit_code in (0, 1), result.output
    findings: list[dict[str, Any]] = json.loads(result.stdout)["findings"]
    return [f for f in findings if f["rule"] != "MG307"]


def at(findings: list[dict[str, Any]], level: str) -> list[str]:
    return [f["rule"] for f in findings if f["level"] == level]


def test_a_key_from_the_host_s_environment_is_shared_but_needs_no_redeploy(tmp_path: Path) -> None:
    code = CLIENT.replace("LLM_TOKEN", "OPENAI_API_KEY")
    findings = found(tmp_path, **{"compose.yaml": COMPOSE, "ask.py": code, **SERVICES})
    assert at(findings, "error") == []
    assert "MG203" in at(findings, "warning")


def test_a_default_in_code_is_a_note_and_one_of_several_branches_is_none(tmp_path: Path) -> None:
    code = """import os

import litellm


def ask():
    if os.environ["KIND"] == "a":
        model = "openai/gpt-4o"
    else:
        model = "openai/gpt-4o-mini"
    return litellm.completion(model=model, messages=[])
"""
    findings = found(tmp_path, **{"compose.yaml": COMPOSE, "ask.py": code, **SERVICES})
    assert not {"MG101", "MG102", "MG107"} & {f["rule"] for f in findings}
    single = ASK.replace('os.environ.get("CHAT_MODEL", "openai/gpt-4o-mini")', '"openai/gpt-4o"')
    findings = found(tmp_path, **{"ask.py": single})
    assert at(findings, "note").count("MG107") == 1
    assert "MG101" not in at(findings, "warning")


def test_a_list_of_aliases_overrides_nothing(tmp_path: Path) -> None:
    aliases = "aliases:\n  fast:\n    litellm_model: openai/gpt-4o-mini\n  deep:\n    litellm_model: openai/gpt-4o\n"
    code = 'import os\n\nimport litellm\n\nlitellm.completion(model=os.environ.get("LITELLM_MODEL", "openai/o3"), messages=[])\n'
    assert "MG106" not in {f["rule"] for f in found(tmp_path, **{"aliases.yaml": aliases, "run.py": code})}


def test_an_override_that_nothing_reads_is_told(tmp_path: Path) -> None:
    code = "import yaml\nimport litellm\n\nC = yaml.safe_load(open('config/base.yaml'))\n"
    code += "litellm.completion(model=C['llm']['model'], messages=[])\n"
    files = {
        "config/base.yaml": "llm:\n  model: openai/gpt-4o-mini\n",
        "config/prod.yaml": "llm:\n  model: openai/gpt-4o\n",
    }
    (finding,) = [f for f in found(tmp_path, **{"run.py": code, **files}) if f["rule"] == "MG106"]
    assert finding["path"] == "config/prod.yaml"
    assert finding["message"] == "llm.model says openai/gpt-4o, but what is read is llm.model in config/base.yaml"


def test_one_unknown_call_is_one_finding_whoever_comes_by(tmp_path: Path) -> None:
    code = "import litellm\n\n\ndef ask():\n    return litellm.completion(model=input(), messages=[])\n"
    (finding,) = [
        f for f in found(tmp_path, **{"compose.yaml": COMPOSE, "ask.py": code, **SERVICES}) if f["rule"] == "MG402"
    ]
    assert finding["consumers"] == ["api", "worker"]
    assert "(in " not in finding["message"]


def test_a_key_that_no_file_defines_may_be_another_for_each(tmp_path: Path) -> None:
    compose = COMPOSE.replace("      OPENAI_API_KEY: ${OPENAI_API_KEY}\n", "")
    assert "MG203" not in {
        f["rule"] for f in found(tmp_path, **{"compose.yaml": compose, "ask.py": CLIENT, **SERVICES})
    }


@pytest.mark.parametrize(
    ("path", "rule", "level"), [("app/run.py", "MG202", "error"), ("tests/test_run.py", "MG207", "note")]
)
def test_a_token_in_a_test_is_no_alarm(tmp_path: Path, path: str, rule: str, level: str) -> None:
    key = "sk-" + "proj-Zq8" + "T1vXw9Lr4Nc7Yb2Kd5Hg6Jf3" * 2
    code = (
        f'from openai import OpenAI\n\nOpenAI(api_key="{key}").chat.completions.create(model="gpt-4o", messages=[])\n'
    )
    assert [(f["rule"], f["level"]) for f in found(tmp_path, **{path: code}) if f["rule"] in ("MG202", "MG207")] == [
        (rule, level)
    ]


def test_many_notes_of_one_rule_do_not_drown_the_rest(tmp_path: Path) -> None:
    for number in range(9):
        (tmp_path / f"run{number}.py").write_text("import litellm\n\nlitellm.completion(model=input(), messages=[])\n")
    output = CliRunner().invoke(main, ["check", str(tmp_path)]).output
    assert output.count("MG402") == 4
    assert "and 6 more like that" in output
