"""Changes: explained by the field that was edited, for each consumer in its own context."""

from __future__ import annotations

from pathlib import Path

from modelguard.graph.build import analyse
from modelguard.graph.diff import changes
from modelguard.graph.model import Graph
from modelguard.workspace import open_working

CALL = "import litellm\nimport yaml\n\nCONFIG = yaml.safe_load(open('config.yaml'))\n"


def graph(folder: Path, **files: str) -> Graph:
    folder.mkdir()
    for name, text in files.items():
        (folder / name.replace("__", ".")).write_text(text)
    return analyse(open_working(folder))


def said(before: Graph, after: Graph) -> list[tuple[str, str | None, str | None, list[str]]]:
    return [(c.field.name, c.before, c.after, [x.consumer.name for x in c.consumers]) for c in changes(before, after)]


def test_a_value_changes(tmp_path: Path) -> None:
    code = CALL + "litellm.completion(model=CONFIG['model'])\n"
    before = graph(tmp_path / "a", config__yaml="model: gpt-4o-mini\n", run__py=code)
    after = graph(tmp_path / "b", config__yaml="\n\nmodel: gpt-4o\n", run__py=code)
    assert said(before, after) == [("model", "gpt-4o-mini", "gpt-4o", ["run.py"])]
    assert said(before, before) == []


def test_moved_to_a_field_of_its_own_is_no_change_until_it_differs(tmp_path: Path) -> None:
    before = graph(
        tmp_path / "a", config__yaml="model: gpt-4o\n", run__py=CALL + "litellm.completion(model=CONFIG['model'])\n"
    )
    code = CALL + "litellm.completion(model=CONFIG['own_model'])\n"
    same = graph(tmp_path / "b", config__yaml="model: gpt-4o\nown_model: gpt-4o\n", run__py=code)
    other = graph(tmp_path / "c", config__yaml="model: gpt-4o\nown_model: o3\n", run__py=code)
    assert said(before, same) == []
    assert said(before, other) == [("own_model", "gpt-4o", "o3", ["run.py"])]


def test_a_new_call_and_one_that_is_gone(tmp_path: Path) -> None:
    one = graph(tmp_path / "a", run__py="import litellm\n\nlitellm.completion(model='gpt-4o')\n")
    two = graph(
        tmp_path / "b", run__py="import litellm\n\nlitellm.completion(model='gpt-4o')\nlitellm.completion(model='o3')\n"
    )
    assert [(b, a, c) for _, b, a, c in said(one, two)] == [(None, "o3", ["run.py"])]
    assert [(b, a, c) for _, b, a, c in said(two, one)] == [("o3", None, ["run.py"])]


def test_a_new_reader_of_a_field_that_did_not_change(tmp_path: Path) -> None:
    config = "model: gpt-4o\n"
    code = CALL + "litellm.completion(model=CONFIG['model'])\n"
    before = graph(tmp_path / "a", config__yaml=config, run__py=code)
    after = graph(tmp_path / "b", config__yaml=config, run__py=code, other__py=code)
    assert said(before, after) == [("model", None, "gpt-4o", ["other.py"])]


def test_a_fallback_that_something_sets_over_decides_nothing(tmp_path: Path) -> None:
    def code(fallback: str) -> str:
        return f"import os\nimport litellm\n\nlitellm.completion(model=os.getenv('MODEL', '{fallback}'))\n"

    before = graph(tmp_path / "a", __env="MODEL=gpt-4o\n", run__py=code("o3"))
    after = graph(tmp_path / "b", __env="MODEL=gpt-4o\n", run__py=code("o4-mini"))
    assert [c for *_, c in said(before, after) if c] == []


def test_a_routes_model_changes_behind_an_alias(tmp_path: Path) -> None:
    def route(model: str) -> str:
        return f"model_list:\n  - model_name: house\n    litellm_params:\n      model: {model}\n"

    code = "from openai import OpenAI\n\nOpenAI(base_url='http://proxy').chat.completions.create(model='house', messages=[])\n"
    before = graph(tmp_path / "a", proxy__yaml=route("openai/gpt-4o-mini"), run__py=code)
    after = graph(tmp_path / "b", proxy__yaml=route("openai/gpt-4o"), run__py=code)
    assert said(before, after) == [("model_list.house", "openai/gpt-4o-mini", "openai/gpt-4o", ["run.py"])]


def test_a_field_that_nobody_reads(tmp_path: Path) -> None:
    before = graph(tmp_path / "a", config__yaml="model: gpt-4o-mini\n")
    after = graph(tmp_path / "b", config__yaml="model: gpt-4o\n")
    assert said(before, after) == [("model", "gpt-4o-mini", "gpt-4o", [])]
