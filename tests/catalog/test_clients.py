"""The catalogue's files fit their schema, and a user's own wrappers are known for as long as an analysis runs."""

from __future__ import annotations

import re
from importlib.resources import files
from pathlib import Path

import jsonschema
import pytest
import yaml

from modelguard.catalog.clients_index import catalogue, knowing, wrapper
from modelguard.extract.registry import format_named
from modelguard.graph.build import analyse
from modelguard.graph.model import Consumer, Model
from modelguard.schemas.load import schema
from modelguard.workspace import open_working

FILES = sorted(p.name for p in files("modelguard.catalog").joinpath("clients").iterdir() if p.name.endswith(".yaml"))


@pytest.mark.parametrize("name", FILES)
def test_a_file_of_the_catalogue_fits_the_schema(name: str) -> None:
    data = yaml.safe_load(files("modelguard.catalog").joinpath("clients", name).read_text("utf-8"))
    jsonschema.Draft202012Validator(schema("clients")).validate(data)


FUNCTION = {"names": ["x.ask"], "api": "x", "kind": "chat", "model": {"arg": "model"}}


@pytest.mark.parametrize(
    "wrong",
    [
        {"names": ["x.ask"], "api": "x", "kind": "chat"},
        {**FUNCTION, "model": {"argument": "model"}},
        {**FUNCTION, "kind": "talk"},
        {**FUNCTION, "names": []},
    ],
)
def test_what_does_not_fit_is_refused(wrong: dict[str, object]) -> None:
    fits = jsonschema.Draft202012Validator(schema("clients"))
    fits.validate({"library": "x", "versions": ["1"], "functions": [FUNCTION]})
    assert list(fits.iter_errors({"library": "x", "versions": ["1"], "functions": [wrong]}))


TOOL = {"names": ["x/y"], "api": "x", "kind": "chat", "asks": [{"from": [{"input": "model"}], "implied": {"v1": "a"}}]}


@pytest.mark.parametrize(
    "wrong",
    [
        {**TOOL, "asks": []},
        {**TOOL, "asks": [{"from": []}]},
        {**TOOL, "asks": [{"from": [{}]}]},
        {**TOOL, "asks": [{"from": [{"option": "--model"}]}]},
        {**TOOL, "credentials": [{"position": -1}]},
    ],
)
def test_a_program_that_asks_says_where_its_model_comes_from(wrong: dict[str, object]) -> None:
    fits = jsonschema.Draft202012Validator(schema("clients"))
    fits.validate({"library": "x", "versions": ["1"], "actions": [TOOL], "commands": [TOOL]})
    for kind in ("actions", "commands"):
        assert list(fits.iter_errors({"library": "x", "versions": ["1"], kind: [wrong]}))


def test_actions_go_by_their_repository_in_lower_case() -> None:
    assert catalogue().actions and all(name == name.lower() and "@" not in name for name in catalogue().actions)
    assert ("claude",) in catalogue().commands and ("vllm", "serve") in catalogue().commands


def test_both_schemas_describe_an_argument_alike() -> None:
    """A wrapper's entry is one of the catalogue's `functions`."""
    ours, theirs = (schema(name)["$defs"]["argument"]["properties"] for name in ("clients", "config"))
    assert set(ours) == set(theirs)


def test_wrappers_are_known_only_for_so_long() -> None:
    calls = wrapper({"names": ["acme_llm.ask"]})
    with knowing(calls):
        assert catalogue().calls["acme_llm.ask"].model.arg == "model"
    assert "acme_llm.ask" not in catalogue().calls


def test_a_wrapper_is_one_entry(tmp_path: Path) -> None:
    (tmp_path / "job.py").write_text(
        "from acme_llm import Client, ask\n\nask('hi', 'claude-opus-4-6')\nClient().complete('hi', model='gpt-4.1')\nask('hi')\n"
    )
    model = {"arg": "model", "position": 1, "implied": "gpt-4o"}
    entry = {"names": ["acme_llm.ask", "acme_llm.Client().complete"], "model": model}
    assert not [n for n in analyse(open_working(tmp_path)).nodes if isinstance(n, Consumer)]
    found = analyse(open_working(tmp_path), wrappers=wrapper(entry))
    assert {n.raw for n in found.nodes if isinstance(n, Model)} == {"claude-opus-4-6", "gpt-4.1", "gpt-4o"}


SAYS_NOTHING = {"aiohttp", "httpx", "requests", "urllib", "boto3", "google", "airflow", "states", "chromadb"}
"""Roots of names whose import alone says nothing of models: HTTP libraries by their URLs, boto3 by the service …"""


@pytest.mark.parametrize("language", ["python", "typescript"])
def test_a_file_that_imports_a_client_is_read(language: str) -> None:
    script = language == "typescript"
    names = [n.removeprefix("npm:") for n in catalogue().calls if n.startswith("npm:") == script]
    roots = {re.split(r"[.(]", n)[0] for n in names} - SAYS_NOTHING
    marks = format_named(language).marks
    line = 'import x from "{}";' if script else "import {}"
    assert [root for root in sorted(roots) if not marks(line.format(root).encode())] == []
