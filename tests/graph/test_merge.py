"""Graphs of several repositories as one: what is joined, what keeps apart, and that it is a graph like any other."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner
from jsonschema import Draft202012Validator

from modelguard.cli import main
from modelguard.errors import InputError
from modelguard.graph.build import analyse
from modelguard.graph.merge import merge
from modelguard.graph.model import Consumer, Edge, Field, Graph, Model, Token
from modelguard.graph.query import Index, resolve
from modelguard.graph.read import read_graph
from modelguard.report.graph_json import document
from modelguard.schemas.load import schema
from modelguard.workspace import open_working


def made(folder: Path, files: dict[str, str]) -> Graph:
    for name, text in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return analyse(open_working(folder))


CLIENT = """import openai
client = openai.OpenAI(base_url="http://proxy")
def main():
    client.chat.completions.create(model="house", messages=[])
main()
"""
PROXY = """model_list:
  - model_name: house
    litellm_params: {model: anthropic/claude-sonnet-4-5}
"""
PACKAGE_USER = """import openai
from orgconf import MODEL
client = openai.OpenAI()
client.chat.completions.create(model=MODEL, messages=[])
"""


def names(index: Index, node: str) -> set[str]:
    return {f"{r.consumer.repository}:{r.consumer.name}" for r in index.readers(node)}


def test_a_client_reaches_the_route_of_another_repositorys_gateway(tmp_path: Path) -> None:
    app = made(tmp_path / "app", {"run.py": CLIENT})
    proxy = made(tmp_path / "proxy", {"config.yaml": PROXY})
    graph = merge([("proxy", proxy), ("app", app)])
    index = Index(graph)
    route = resolve(graph, "model_list.house", (Field,))
    assert names(index, route.id) == {"app:run.py"}
    (reader,) = index.readers(route.id)
    (join,) = [e for e in index.out[reader.through] if e.kind == "derives"]
    assert (join.certainty, join.why) == ("likely", "route `house` of proxy")
    models = {n.raw for t in index.targets(reader.through, "names") if isinstance(n := index.nodes[t], Model)}
    assert models == {"anthropic/claude-sonnet-4-5"}


def test_a_constant_of_a_shared_package_is_read_by_its_importers(tmp_path: Path) -> None:
    package = made(tmp_path / "conf", {"src/orgconf/__init__.py": 'MODEL = "claude-sonnet-4-6"\n'})
    users = [(f"app{i}", made(tmp_path / f"app{i}", {"run.py": PACKAGE_USER})) for i in range(2)]
    graph = merge([("conf", package), *users])
    field = resolve(graph, "MODEL", (Field,))
    assert names(Index(graph), field.id) == {"app0:run.py", "app1:run.py"}
    assert isinstance(field, Field)
    assert field.shared
    assert field.instances == 2
    assert not [u for u in graph.unresolved if "orgconf" in u.why]


def test_a_secret_of_one_store_is_one_token_and_of_two_clusters_is_two() -> None:
    def one(store: str) -> Graph:
        token = Token("token:a.tf#llm/key", "llm/key", "a.tf", 1, 1, "deploy-time", store)
        consumer = Consumer("consumer:a.tf#fn", "fn", "lambda", "a.tf", 5, 3)
        return Graph(nodes=(token, consumer), edges=(Edge(consumer.id, token.id, "uses"),))

    joined = merge([("a", one("secretsmanager")), ("b", one("secretsmanager"))])
    token = next(n for n in joined.nodes if n.id == "token:secretsmanager#llm/key")
    assert isinstance(token, Token)
    assert (token.instances, token.shared) == (6, True)
    apart = merge([("a", one("kubernetes")), ("b", one("kubernetes"))])
    assert [n.id for n in apart.nodes if isinstance(n, Token)] == ["token:a/a.tf#llm/key", "token:b/a.tf#llm/key"]


def test_the_same_model_is_one_node_and_the_order_does_not_matter(tmp_path: Path) -> None:
    one = made(tmp_path / "a", {"config.yaml": "model: gpt-4o-mini\n"})
    two = made(tmp_path / "b", {"config.yaml": "model: gpt-4o-mini\n"})
    graph = merge([("a", one), ("b", two)])
    assert [n.id for n in graph.nodes if isinstance(n, Model)] == ["model:gpt-4o-mini"]
    assert merge([("b", two), ("a", one)]) == graph


def test_a_merged_graph_is_written_read_and_merged_again(iceberg: Path) -> None:
    example = analyse(open_working(iceberg))
    graph = merge([("one", example), ("two", example)])
    text = json.dumps(document(graph))
    assert not list(Draft202012Validator(schema("graph")).iter_errors(json.loads(text)))
    assert read_graph(text.encode(), "x.json") == graph
    twice = merge([("org", graph)])
    assert {n.repository for n in twice.nodes if isinstance(n, Consumer)} == {"org/one", "org/two"}
    assert len(twice.nodes) == len(graph.nodes)


def test_a_hundred_repositories(iceberg: Path) -> None:
    example = analyse(open_working(iceberg))
    graph = merge([(f"repo{i:03}", example) for i in range(100)])
    assert sum(isinstance(n, Consumer) for n in graph.nodes) == 500
    assert sum(isinstance(n, Model) for n in graph.nodes) == 1
    field = resolve(graph, "repo042/config/project.yaml:5", (Field,))
    assert len(Index(graph).readers(field.id)) == 5


def test_names_that_clash_or_can_not_be_are_refused() -> None:
    with pytest.raises(InputError, match='two graphs are called "a"'):
        merge([("a", Graph()), ("a", Graph())])
    with pytest.raises(InputError, match="can't name a repository"):
        merge([("../x", Graph())])


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"{", "not JSON"),
        (b"[]", "not a modelguard.graph/1"),
        (b'{"schema": "modelguard.report/1"}', "not a modelguard"),
    ],
)
def test_what_is_no_graph_is_refused_with_its_path(data: bytes, message: str) -> None:
    with pytest.raises(InputError, match=message) as caught:
        read_graph(data, "some.json")
    assert "some.json" in str(caught.value)


def test_the_command(iceberg: Path, tmp_path: Path) -> None:
    runner = CliRunner()
    for name in ("search", "shop"):
        done = runner.invoke(
            main, ["graph", str(iceberg), "--format", "json", "--output", str(tmp_path / f"{name}.json")]
        )
        assert done.exit_code == 0
    files = [str(tmp_path / "search.json"), f"store={tmp_path / 'shop.json'}"]
    tree = runner.invoke(main, ["graph", "merge", *files])
    assert tree.exit_code == 0
    assert "search/config/project.yaml:5" in tree.output
    assert "store/config/project.yaml:5" in tree.output
    focused = runner.invoke(main, ["graph", "merge", *files, "--focus", "store/config/project.yaml:5"])
    assert "search/" not in focused.output
    missing = runner.invoke(main, ["graph", "merge", "nowhere.json"])
    assert missing.exit_code == 2
    assert "nowhere.json" in missing.output
