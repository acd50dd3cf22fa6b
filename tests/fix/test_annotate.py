"""Comments that say who reads a field: kept true, and nothing else in a file ever changes."""

from __future__ import annotations

import re
import shutil
from dataclasses import replace
from pathlib import Path

import pytest
from click.testing import CliRunner
from gitlib import git
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from modelguard.cli import main
from modelguard.fix.annotate import MARK, _file, annotate, wanted
from modelguard.fix.same import kind_of, says
from modelguard.graph.build import analyse
from modelguard.graph.model import Consumer, Edge, Field, Graph
from modelguard.report.graph_json import document
from modelguard.workspace import open_working

CASES = sorted(p for p in (Path(__file__).parent.parent / "cases").iterdir() if (p / "repo").is_dir())
OURS = re.compile(rf"(?m)^[ \t]*# {MARK}.*\n")


def annotated(folder: Path) -> dict[str, str]:
    """Annotate a folder's files in place; what changed."""
    tree = open_working(folder)

    def read(name: str) -> bytes | None:
        data = tree.read(name)
        return data if isinstance(data, bytes) else None

    found = [f for f in annotate(analyse(tree), [e.path for e in tree.entries], read) if f.changed]
    for file in found:
        (folder / file.path).write_bytes(file.after.encode())
    return {f.path: f.after for f in found}


def test_the_example_says_what_each_line_governs(iceberg: Path, tmp_path: Path) -> None:
    folder = tmp_path / "repo"
    shutil.copytree(iceberg, folder, symlinks=True)
    git(folder, "switch", "-q", "main")
    runner = CliRunner()
    before = runner.invoke(main, ["annotate", str(folder), "--check"])
    assert before.exit_code == 1
    assert "would change config/project.yaml" in before.output
    assert git(folder, "status", "--porcelain") == ""
    assert runner.invoke(main, ["annotate", str(folder)]).exit_code == 0
    text = (folder / "config/project.yaml").read_text()
    assert (
        "  # modelguard: read by entity-training.train, health-check, inference-api, 50 Lambdas\n  llm_model_name:"
        in text
    )
    assert "# modelguard: read by 50 Lambdas\nvariable" in (folder / "infra/lambdas.tf").read_text()
    assert {line[0] for line in git(folder, "diff", "--numstat").splitlines() if line} <= {"1", "2"}
    assert " 0\t" not in git(folder, "diff", "--numstat").replace("\t0\t", "\tnone removed\t")
    assert runner.invoke(main, ["annotate", str(folder), "--check"]).exit_code == 0
    assert runner.invoke(main, ["annotate", str(folder), "--remove"]).exit_code == 0
    assert git(folder, "status", "--porcelain") == ""


def test_it_is_taken_away_when_a_field_is_no_longer_shared(tmp_path: Path) -> None:
    code = (
        "import openai, yaml\nm = yaml.safe_load(open('c.yaml'))['model']\n"
        "openai.OpenAI().chat.completions.create(model=m, messages=[])\n"
    )
    (tmp_path / "c.yaml").write_text("model: gpt-4o\n")
    for name in ("one.py", "two.py"):
        (tmp_path / name).write_text(code)
    assert annotated(tmp_path) == {"c.yaml": "# modelguard: read by one.py, two.py\nmodel: gpt-4o\n"}
    (tmp_path / "three.py").write_text(code)
    assert annotated(tmp_path) == {"c.yaml": "# modelguard: read by one.py, three.py, two.py\nmodel: gpt-4o\n"}
    (tmp_path / "three.py").unlink()
    (tmp_path / "two.py").unlink()
    assert annotated(tmp_path) == {"c.yaml": "model: gpt-4o\n"}


def ids(graph: Graph) -> list[str]:
    """Ids that should stay while lines move (those of lambdas do not)."""
    return [re.sub(r"<lambda:\d+:\d+>", "<lambda>", n.id) for n in graph.nodes if not n.id.startswith("site:")]


@pytest.mark.slow
@pytest.mark.parametrize("case", CASES, ids=lambda p: p.name)
def test_every_case_keeps_its_meaning_and_its_graph(case: Path, tmp_path: Path) -> None:
    folder = tmp_path / "repo"
    shutil.copytree(case / "repo", folder, symlinks=True)
    before = analyse(open_working(folder))
    texts = {p: p.read_bytes() for p in folder.rglob("*") if p.is_file()}
    annotated(folder)
    after = analyse(open_working(folder))
    assert ids(after) == ids(before)
    assert annotated(folder) == {}
    for path, data in texts.items():
        now = path.read_bytes()
        if now != data:
            assert OURS.sub("", now.decode()) == data.decode()
    CliRunner().invoke(main, ["annotate", str(folder), "--remove"])
    assert {p: p.read_bytes() for p in folder.rglob("*") if p.is_file()} == texts


DOCUMENTS = {
    "c.yaml": """a: &x
  model: gpt-4o
  list:
    - model: x
      # mine
    - {m: 1, n: 2}
text: |
  # modelguard: read by nobody
  model: y
b: z
""",
    "c.toml": "# mine\n[llm]\nmodel = 'gpt'\ntext = '''\n# modelguard: read by nobody\n'''\nlist = [\n  'a',\n  'b',\n]\n",
    "c.tf": """variable "m" {
  default = "gpt-4o"
}
locals {
  a = <<EOT
# modelguard: read by nobody
EOT
  b = [
    "x",
  ]
}
""",
    ".env": "# mine\nA=1\nexport MODEL=gpt-4o\nB='x # y'\n",
    "c.py": '''import os


def f(
    a="gpt-4o",
):
    """
    # modelguard: read by nobody
    """
    x = 1 + \\
        2
    return a, x
''',
    "crlf.yaml": "a: 1\r\nmodel: gpt-4o\r\n",
    "bom.yaml": "\ufeffmodel: gpt-4o\nb: 2\n",
}


@pytest.mark.parametrize("path", DOCUMENTS)
@settings(max_examples=40, deadline=None)
@given(st.dictionaries(st.integers(0, 14), st.sampled_from(["a, b", "50 Lambdas", "x ×2"]), max_size=5))
def test_any_comments_anywhere_change_nothing_else(path: str, lines: dict[int, str]) -> None:
    text = DOCUMENTS[path]
    comments = {n: MARK + words for n, words in lines.items()}
    result = _file(path, text.encode(), comments)
    kind = kind_of(path)
    assert kind is not None
    assert says(kind, result.after) == says(kind, text)
    stripped = re.sub(rf"(?m)^(\ufeff?)[ \t]*# {MARK}(?!nobody).*\r?\n", r"\1", result.after)
    assert stripped == text
    count = len(text.split("\n"))
    kept = {n for n in comments if 0 < n <= count} - {n for n, _ in result.left}
    assert result.after.count("# " + MARK) == text.count("# " + MARK) + len(kept)
    moved = {n + sum(k < n for k in kept) + 1: words for n, words in comments.items() if n in kept}
    again = _file(path, result.after.encode(), moved)
    assert again.after == result.after


@settings(max_examples=150, deadline=None)
@given(st.sampled_from(["c.yaml", "c.toml", "c.tf", ".env", "c.py"]), st.text(max_size=120), st.integers(1, 6))
def test_any_text_at_all_is_left_alone_or_keeps_its_meaning(path: str, text: str, line: int) -> None:
    assume("\x00" not in text)
    try:
        data = text.encode()
    except UnicodeEncodeError:
        return
    result = _file(path, data, {line: MARK + "a, b"})
    kind = kind_of(path)
    assert kind is not None
    if result.changed:
        assert says(kind, text) is not None
        assert says(kind, result.after) == says(kind, text)


def test_what_can_not_be_annotated_is_told() -> None:
    assert _file("c.json", b"{}", {1: "x"}).left == ((1, "this format has no comments that are kept"),)
    assert _file("c.yaml", b"\xff", {1: "x"}).left == ((1, "the file is not UTF-8"),)
    assert _file("c.py", b"x = 1 + \\\n  2\n", {2: MARK + "x"}).left == (
        (2, "a comment there would change what the file says"),
    )


@given(st.lists(st.text("abc-", min_size=1, max_size=40), min_size=2, max_size=30, unique=True))
def test_a_comment_fits_on_a_line_and_counts_everybody(names: list[str]) -> None:
    field = Field("field:a.yaml#m", "m", "a.yaml", 1, 1, "x", "literal", True, len(names))
    consumers = tuple(Consumer(f"consumer:{n}", n, f"kind-{n}", "k.yaml", 1) for n in names)
    graph = Graph(nodes=(field, *consumers), edges=tuple(Edge(c.id, field.id, "uses") for c in consumers))
    told = wanted(graph)["a.yaml"][1].removeprefix(MARK)
    more = re.search(r" and (\d+) more$", told)
    shown = told[: more.start()] if more else told
    assert len(shown.split(", ")) + (int(more[1]) if more else 0) == len(names)
    assert len(told) <= 72 or len(shown.split(", ")) == 1


def test_a_hostile_name_stays_in_its_comment(iceberg: Path) -> None:
    graph = analyse(open_working(iceberg))
    renamed = replace(
        graph, nodes=tuple(replace(n, name="x\nmodel: evil\u202e") if n.id.startswith("consumer:") else n for n in graph.nodes)
    )  # fmt: skip
    for lines in wanted(renamed).values():
        for comment in lines.values():
            assert "\n" not in comment
            assert "\u202e" not in comment


def test_a_graph_of_nothing_wants_nothing() -> None:
    assert wanted(Graph()) == {}
    assert document(Graph())["nodes"] == []
