"""`modelguard split`: edits that give a consumer a field of its own, and the proof that they do only that."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from hypothesis import given, settings
from hypothesis import strategies as st

from modelguard.cli import main
from modelguard.fix.split_edits import copy_entry, declared_at, rename_read, set_attribute, set_environment

ROOT = Path(__file__).parent.parent.parent
ICEBERG = ROOT / "examples" / "iceberg"
CASES = ROOT / "tests" / "cases"
SONNET, OPUS = "bedrock/us.anthropic.claude-sonnet-4-6", "bedrock/us.anthropic.claude-opus-4-6-v1"
FIELD = "llm.llm_model_name"


def run(*arguments: object) -> Result:
    return CliRunner().invoke(main, [str(a) for a in arguments])


@pytest.fixture
def repo(tmp_path: Path) -> Path:
    return Path(shutil.copytree(ICEBERG / "repo", tmp_path / "repo"))


def models(folder: Path) -> dict[str, tuple[str, ...]]:
    """By consumer, the models it reaches, by the graph as a user gets it."""
    graph = json.loads(run("graph", folder, "--format", "json").stdout)
    nodes = {n["id"]: n for n in graph["nodes"]}
    names = {(e["source"], nodes[e["target"]]["raw"]) for e in graph["edges"] if e["kind"] == "names"}
    found: dict[str, set[str]] = {}
    for edge in graph["edges"]:
        if edge["kind"] == "uses" and nodes[edge["target"]]["kind"] == "field":
            found.setdefault(nodes[edge["source"]]["name"], set()).update(r for f, r in names if f == edge["target"])
    return {name: tuple(sorted(raws)) for name, raws in found.items()}


def readers(folder: Path, field: str = FIELD) -> int:
    graph = json.loads(run("graph", folder, "--format", "json").stdout)
    found: int = next(n["instances"] for n in graph["nodes"] if n["kind"] == "field" and n["name"] == field)
    return found


def test_the_storys_split_is_the_one_that_a_person_made(repo: Path) -> None:
    """Training alone moves to Opus, in the same three lines as on the example's branch `split`."""
    given = ("--for", "entity-training.train", "--model", OPUS, "--name", "training_model_name")
    shown = run("split", FIELD, repo, *given)
    assert shown.exit_code == 0
    assert readers(repo) == 53
    assert run("split", FIELD, repo, *given, "--write").exit_code == 0
    for name in ("config/project.yaml", "orchestrator/settings.py", "training/run.py"):
        assert (repo / name).read_text().split() == (ICEBERG / "branches" / "split" / name).read_text().split()
    assert models(repo)["entity-training.train"] == (OPUS,)
    assert {m for name, m in models(repo).items() if name != "entity-training.train"} == {(SONNET,)}


def test_everybody_can_be_split_off_one_after_the_other_and_nothing_changes(repo: Path) -> None:
    before = models(repo)
    for name in before:
        result = run("split", FIELD, repo, "--for", name, "--write")
        assert result.exit_code == 0, result.output
        assert models(repo) == before
    graph = json.loads(run("graph", repo, "--format", "json").stdout)
    assert not [n["name"] for n in graph["nodes"] if n["kind"] == "field" and n["shared"] and n["instances"] > 32]


def test_the_overview_tells_each_way() -> None:
    result = run("split", FIELD, ICEBERG / "repo")
    assert result.exit_code == 0
    assert "infra/lambdas.tf:41 says its model itself" in result.output
    assert (
        "llm_model_name_health_check beside llm_model_name in config/project.yaml, read by inference/health.py:15"
        in result.output
    )


def test_a_read_that_others_share_is_not_touched(tmp_path: Path) -> None:
    """One module, two scripts: whoever edits the line edits it for both."""
    (tmp_path / "config.yaml").write_text("llm:\n  model: gpt-4o\n")
    (tmp_path / "ask.py").write_text(
        "import yaml\nfrom openai import OpenAI\n"
        'MODEL = yaml.safe_load(open("config.yaml"))["llm"]["model"]\n'
        "def ask(text):\n    return OpenAI().chat.completions.create(model=MODEL, messages=[text])\n"
    )
    for name in ("a", "b"):
        (tmp_path / f"{name}.py").write_text("from ask import ask\nask('x')\n")
    result = run("split", "llm.model", tmp_path, "--for", "a.py")
    assert result.exit_code == 1
    assert "a.py can't be split off: ask.py:3 reads it for others, too" in result.stderr
    assert run("split", "llm.model", tmp_path, "--for", "a.py", "--write").exit_code == 1
    assert (tmp_path / "config.yaml").read_text() == "llm:\n  model: gpt-4o\n"


def test_a_deployments_reference_becomes_its_own_value(tmp_path: Path) -> None:
    (tmp_path / "app.py").write_text(
        'import os\nfrom openai import OpenAI\nOpenAI().chat.completions.create(model=os.environ["MODEL"], messages=[])\n'
    )
    shared = 'apiVersion: v1\nkind: ConfigMap\nmetadata: {name: models}\ndata:\n  chat: "gpt-4o"\n'
    pod = (
        "---\napiVersion: apps/v1\nkind: Deployment\nmetadata: {{name: {name}}}\nspec:\n  template:\n    spec:\n      containers:\n"
        "        - name: app\n          command: [python, app.py]\n          env:\n            - name: MODEL\n"
        "              valueFrom:\n                configMapKeyRef:\n                  name: models\n                  key: chat\n"
        "            - name: OTHER\n              value: x\n"
    )
    (tmp_path / "k8s.yaml").write_text(shared + pod.format(name="one") + pod.format(name="two"))
    before = models(tmp_path)
    assert before == {"one": ("gpt-4o",), "two": ("gpt-4o",)}
    graph = json.loads(run("graph", tmp_path, "--format", "json").stdout)
    field = next(n["id"] for n in graph["nodes"] if n["kind"] == "field" and n["line"] == 5)
    result = run("split", field, tmp_path, "--for", "two", "--model", "gpt-4.1", "--write")
    assert result.exit_code == 0, result.output
    assert models(tmp_path) == {"one": ("gpt-4o",), "two": ("gpt-4.1",)}
    text = (tmp_path / "k8s.yaml").read_text()
    assert text.count("valueFrom") == 1
    assert '            - name: MODEL\n              value: "gpt-4.1"\n            - name: OTHER\n' in text


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("--model", "x"), "--model, --name and --write need --for"),
        (("--for", "nobody"), "nothing here is called"),
        (("--for", "health-check", "--model", "a b\nc"), "a model's name has letters"),
        (("--for", "health-check", "--name", "a-b"), "can't be the name of a field"),
    ],
)
def test_what_can_t_be_meant_is_told(arguments: tuple[str, ...], message: str) -> None:
    result = run("split", FIELD, ICEBERG / "repo", *arguments)
    assert (result.exit_code, message in result.stderr) == (2, True)


def test_a_name_that_is_taken_is_not_taken_again(repo: Path) -> None:
    result = run("split", FIELD, repo, "--for", "health-check", "--name", "temperature")
    assert result.exit_code == 1


# -- edits ---------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "line", "value", "after"),
    [
        ("a: 1\n  model: x  # why\nb: 2\n", 2, None, "a: 1\n  model: x  # why\n  mine: x\nb: 2\n"),
        ('model = "x"\n', 1, "y", 'model = "x"\nmine = "y"\n'),
        ("export model=x", 1, None, "export model=x\nexport mine=x\n"),
        ("model: x\r\nb: 1\r\n", 1, None, "model: x\r\nmine: x\r\nb: 1\r\n"),
        ("model: |\n  x\n", 1, None, None),
        ("model: &m x\n", 1, None, None),
        ("model: {a: b}\n", 1, None, None),
        ("other: x\n", 1, None, None),
        ("model: x\n", 9, None, None),
    ],
)
def test_copying_an_entry(text: str, line: int, value: str | None, after: str | None) -> None:
    assert copy_entry(text, line, "model", "mine", value) == after


@pytest.mark.parametrize(
    ("line", "after"),
    [
        ("  LLM = local.llm\n", '  LLM = "m"\n'),
        ("  LLM  = local.llm # why\n", '  LLM  = "m" # why\n'),
        ('  "LLM": var.x,\n', '  "LLM": "m",\n'),
        ("  LLM = {\n", None),
        ("  OTHER = local.llm\n", None),
    ],
)
def test_setting_an_attribute(line: str, after: str | None) -> None:
    assert set_attribute(line, 1, "LLM", "m") == after


def test_an_interpolation_is_never_written() -> None:
    assert set_attribute("LLM = local.llm\n", 1, "LLM", "${file}") is None


@pytest.mark.parametrize(
    ("source", "after"),
    [
        ("x = s().llm.model\n", "x = s().llm.mine\n"),
        ('x = c["llm"]["model"]\n', 'x = c["llm"]["mine"]\n'),
        ('x = c.get("model", "d")\n', 'x = c.get("mine", "d")\n'),
        ('é = "ü"; x = c.model\n', 'é = "ü"; x = c.mine\n'),
        ("x = a.model or b.model\n", None),
        ("x = model\n", None),
        ("x = (\n", None),
    ],
)
def test_leading_a_read_elsewhere(source: str, after: str | None) -> None:
    assert rename_read(source, 1, "model", "mine") == after


def test_a_class_that_declares_it_is_found_once() -> None:
    assert declared_at("class A:\n    x: int\n    model: str\n", "model") == 3
    assert declared_at("class A:\n    model: str\nclass B:\n    model: str\n", "model") is None
    assert declared_at("model: str\n", "model") is None


@settings(max_examples=60, deadline=None)
@given(st.text(max_size=200), st.integers(-2, 12))
def test_no_text_makes_an_edit_raise(text: str, line: int) -> None:
    copy_entry(text, line, "model", "mine", None)
    set_attribute(text, line, "model", "m")
    set_environment(text, line, "model", "m")
    rename_read(text, line, "model", "mine")
    declared_at(text, "model")
