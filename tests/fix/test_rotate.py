"""`modelguard rotate`: who has a token, where they get it, in which order to move them."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from jsonschema import Draft202012Validator

from modelguard.cli import main
from modelguard.schemas.load import schema

ROOT = Path(__file__).parent.parent.parent
ICEBERG = ROOT / "examples" / "iceberg" / "repo"
CASES = ROOT / "tests" / "cases"


def run(*arguments: object) -> Result:
    return CliRunner().invoke(main, [str(a) for a in arguments])


def plan(*arguments: object) -> dict[str, object]:
    found: dict[str, object] = json.loads(run("rotate", *arguments, "--format", "json").stdout)
    Draft202012Validator(schema("rotate")).validate(found)
    return found


def test_the_page_of_the_baked_token() -> None:
    result = run("rotate", "var.litellm_api_key", ICEBERG)
    assert result.exit_code == 0
    expected = ROOT / "tests" / "snapshots" / "rotate.txt"
    import os

    if os.environ.get("UPDATE_SNAPSHOTS"):
        expected.write_text(result.output)
    assert result.output == expected.read_text()


def test_each_consumer_is_given_it_where_its_own_deployment_says_so() -> None:
    document = plan("Secret/litellm-token", ICEBERG)
    keys = document["keys"]
    assert isinstance(keys, list)
    assert [k["alias"] for k in keys] == [
        "modelguard/entity-training.train",
        "modelguard/health-check",
        "modelguard/inference-api",
    ]
    assert {h["consumer"]: h["handed"] for k in keys for h in k["holders"]} == {
        "entity-training.train": [["pipelines/entity_training.py", 26]],
        "health-check": [["k8s/health-check.yaml", 24]],
        "inference-api": [["k8s/inference.yaml", 21]],
    }
    assert {tuple(h["reads"][0]) for k in keys for h in k["holders"]} == {("orchestrator/client.py", 15)}


@pytest.mark.parametrize(
    ("to", "keys"),
    [
        ("per-account", ["modelguard/prod", "modelguard/dev"]),
        ("same", ["var.litellm_api_key"]),
        ("per-consumer", ["modelguard/matcher_prod@prod", "modelguard/matcher_dev@dev"]),
    ],
)
def test_the_fewest_instances_come_first(to: str, keys: list[str]) -> None:
    document = plan("var.litellm_api_key", ICEBERG, "--to", to)
    assert [k["alias"] for k in document["keys"]] == keys  # type: ignore[attr-defined]
    assert document["deployments"] == 50


def test_who_only_holds_it_gets_none() -> None:
    document = plan("ANTHROPIC_API_KEY", CASES / "gateway-keys" / "repo")
    assert [k["alias"] for k in document["keys"]] == ["modelguard/gateway"]  # type: ignore[attr-defined]
    assert [h["consumer"] for h in document["idle"]] == ["other"]  # type: ignore[attr-defined]
    page = run("rotate", "ANTHROPIC_API_KEY", CASES / "gateway-keys" / "repo").output
    assert "take it from who does not read it\n       other   compose.yaml:11\n" in page


def test_what_is_fetched_at_run_time_needs_no_deployment() -> None:
    graph = json.loads(run("graph", CASES / "token-runtime" / "repo", "--format", "json").stdout)
    token = next(n for n in graph["nodes"] if n["kind"] == "token")
    document = plan(token["id"], CASES / "token-runtime" / "repo")
    assert document["deployments"] == 0
    page = run("rotate", token["id"], CASES / "token-runtime" / "repo").output
    assert "a new value in the store is picked up without a deployment" in page


def test_a_literal_is_told_to_be_out_and_is_not_shown() -> None:
    folder = CASES / "token-literal" / "repo"
    graph = json.loads(run("graph", folder, "--format", "json").stdout)
    token = next(n for n in graph["nodes"] if n["kind"] == "token")
    result = run("rotate", token["id"], folder)
    assert "whoever can read the repository, or its history, has it" in result.output
    secret = next(
        word
        for line in (folder / "run.py").read_text().splitlines()
        for word in line.split('"')
        if word.startswith("sk-")
    )
    assert secret not in result.output


def test_a_field_or_an_unknown_name_is_no_token() -> None:
    for name in ("llm.llm_model_name", "nothing"):
        result = run("rotate", name, ICEBERG)
        assert (result.exit_code, "nothing here is called" in result.stderr) == (2, True)
