"""`graph` as a user runs it: focus on anything, the difference to a base in every format, the forge's links, errors."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from gitlib import git
from jsonschema import Draft202012Validator
from snaplib import snapshot

from modelguard.cli import main
from modelguard.schemas.load import schema


def run(*arguments: object) -> Result:
    return CliRunner().invoke(main, [str(a) for a in arguments])


@pytest.fixture
def main_branch(iceberg: Path, tmp_path: Path) -> Path:
    return on(iceberg, "main", tmp_path)


def on(iceberg: Path, branch: str, tmp_path: Path) -> Path:
    target = tmp_path / "repo"
    shutil.copytree(iceberg, target, symlinks=True)
    git(target, "switch", "-q", branch)
    return target


@pytest.mark.parametrize(
    ("focus", "there", "gone"),
    [
        ("llm.llm_model_name", "inference-api", "var.litellm_api_key"),
        ("var.litellm_api_key", "matcher_prod", "inference-api"),
        ("matcher_dev", "var.litellm_api_key", "Secret/litellm-token"),
        ("claude-sonnet-4-6", "inference-api", "Secret/litellm-token"),
        ("config/project.yaml:5", "entity-training.train", "Secret/litellm-token"),
        ("inference/health.py:15", "health-check", "var.litellm_api_key"),
        ("k8s/inference.yaml:17", "inference-api", "matcher_prod   "),
    ],
)
def test_focus_takes_any_name_model_or_line(main_branch: Path, focus: str, there: str, gone: str) -> None:
    result = run("graph", main_branch, "--focus", focus)
    assert result.exit_code == 0
    assert there in result.output
    if not focus.startswith("k8s"):
        assert gone not in result.output


def test_focus_on_what_is_not_there_is_the_users_error(main_branch: Path) -> None:
    result = run("graph", main_branch, "--focus", "nothing/here.py:3")
    assert result.exit_code == 2
    assert "nothing/here.py:3" in result.output


@pytest.mark.parametrize("branch", ["opus", "split"])
def test_the_difference_in_words(iceberg: Path, tmp_path: Path, branch: str) -> None:
    result = run("graph", on(iceberg, branch, tmp_path), "--base", "main")
    assert result.exit_code == 0
    snapshot(f"graph-{branch}-base.txt", result.output)


def test_the_difference_as_json_follows_the_schema(iceberg: Path, tmp_path: Path) -> None:
    folder = on(iceberg, "split", tmp_path)
    made = json.loads(run("graph", folder, "--base", "main", "--format", "json").output)
    assert not list(Draft202012Validator(schema("graph")).iter_errors(made))
    found = made["difference"]
    assert found["base"] == git(folder, "rev-parse", "main").strip()
    training = "consumer:pipelines/entity_training.py#entity-training.train"
    assert found["readers_gained"] == [
        {"consumer": training, "node": "field:config/project.yaml#llm.training_model_name"}
    ]
    assert found["readers_lost"] == [{"consumer": training, "node": "field:config/project.yaml#llm.llm_model_name"}]
    assert [(m["from"], len(m["into"])) for m in found["split"]] == [
        ("field:config/project.yaml#llm.llm_model_name", 2)
    ]
    git(folder, "switch", "-q", "main")
    back = json.loads(run("graph", folder, "--base", "split", "--format", "json").output)["difference"]
    assert back["base"] == git(folder, "merge-base", "main", "split").strip()


def test_fields_that_become_one_are_merged(tmp_path: Path) -> None:
    code = (
        "import openai, yaml\nm = yaml.safe_load(open('c.yaml'))['{key}']\n"
        "openai.OpenAI().chat.completions.create(model=m, messages=[])\n"
    )
    git(tmp_path, "init", "-q", "-b", "main")
    (tmp_path / "c.yaml").write_text("model_a: gpt-4o\nmodel_b: gpt-4o\nmodel: gpt-4o\n")
    for key, name in (("model_a", "one.py"), ("model_b", "two.py")):
        (tmp_path / name).write_text(code.replace("{key}", key))
    git(tmp_path, "add", "-A")
    git(tmp_path, "commit", "-q", "-m", "two fields")
    for name in ("one.py", "two.py"):
        (tmp_path / name).write_text(code.replace("{key}", "model"))
    result = run("graph", tmp_path, "--base", "main")
    assert (
        "merged   model (c.yaml:3) from model_a (c.yaml:1) for one.py; model_b (c.yaml:2) for two.py" in result.output
    )


@pytest.mark.parametrize("kind", ["tree", "json", "mermaid", "dot", "graphml", "svg", "html"])
def test_every_format_has_an_output_and_a_difference(iceberg: Path, tmp_path: Path, kind: str) -> None:
    folder = on(iceberg, "split", tmp_path)
    output = tmp_path / "out"
    assert run("graph", folder, "--format", kind, "--output", output).exit_code == 0
    plain = output.read_text(encoding="utf-8")
    assert run("graph", folder, "--format", kind, "--base", "main", "--output", output).exit_code == 0
    with_base = output.read_text(encoding="utf-8")
    assert "training_model_name" in plain
    assert with_base != plain
    assert "new" in with_base
    assert run("graph", folder, "--format", kind, "--output", output).exit_code == 0
    assert output.read_text(encoding="utf-8") == plain


def test_nothing_differs(main_branch: Path) -> None:
    result = run("graph", main_branch, "--base", "main")
    assert result.output.startswith("nothing differs from main in who reads what\n")


def test_an_unknown_base_is_the_users_error(main_branch: Path) -> None:
    result = run("graph", main_branch, "--base", "nowhere")
    assert result.exit_code == 2
    assert "nowhere" in result.output


def test_links_to_the_forge_carry_no_credentials(main_branch: Path) -> None:
    git(main_branch, "remote", "add", "origin", "https://me:s3cret@gitlab.example.com/team/platform.git")
    made = run("graph", main_branch, "--format", "json").output
    assert json.loads(made)["link"] == "https://gitlab.example.com/team/platform/-/blob/{commit}/{path}#L{line}"
    assert "s3cret" not in made


def test_merge_shows_the_organisation_as_a_page(iceberg: Path, tmp_path: Path) -> None:
    for name in ("search", "shop"):
        assert run("graph", iceberg, "--format", "json", "--output", tmp_path / f"{name}.json").exit_code == 0
    files = [tmp_path / "search.json", tmp_path / "shop.json"]
    page = run("graph", "merge", *files, "--format", "html")
    assert page.exit_code == 0
    assert '"repo":"search"' in page.output
    why = run("graph", "merge", *files, "--why", "search/k8s/inference.yaml:4", "search/config/project.yaml:5")
    assert why.exit_code == 0
    assert "search/inference/app.py:10" in why.output
    assert "graph merge [OPTIONS]" in run("graph", "merge", "--help").output


def test_hostile_names_and_endless_texts_end(tmp_path: Path) -> None:
    """Each of these once took time by the square, or by two to the power, of its length."""
    (tmp_path / ("env" + "_-" * 60 + "!")).write_text("A=1\n")
    (tmp_path / "wrangler.jsonc").write_text('{"compatibility_date": "2026-01-01",' + "//" * 5_000 + "\n}")
    (tmp_path / "fly.toml").write_text("env = { " + ", ".join(f"MODEL_{n} = 'm{n}'" for n in range(20_000)) + " }\n")
    (tmp_path / "index.js").write_text(
        'import OpenAI from "openai";\nfs.readdirSync(x); require(x);\n' + "export {" * 20_000
    )
    (tmp_path / "ask.py").write_text(
        'from openai import OpenAI\nOpenAI().responses.create(model="gpt-4o", input="x")\n'
    )
    result = run("graph", tmp_path, "--format", "json")
    assert result.exit_code == 0
    assert [
        n["value"] for n in json.loads(result.stdout)["nodes"] if n["kind"] == "field" and n["path"] == "ask.py"
    ] == ["gpt-4o"]
