"""Renaming locals, moving functions about and splitting a module change no link: only places, ids and names of locals."""

from __future__ import annotations

import string
from pathlib import Path
from tempfile import TemporaryDirectory

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from modelguard.graph.build import analyse
from modelguard.graph.model import Consumer, Field, Graph, Site, Token
from modelguard.graph.query import Index
from modelguard.workspace import open_working

IMPORTS = "import functools\nimport os\nfrom dataclasses import dataclass\n\nfrom openai import OpenAI\n\n"
TOP = """
CHAT = os.environ.get("CHAT_LLM", "gpt-4o")
MODELS = {"fast": "gpt-4o-mini", "good": "gpt-4.1"}


@dataclass
class Options:
    judge_model: str = "o3-mini"
"""
FUNCTIONS = {
    "client": "def client():\n    $a = os.environ['TEAM_API_KEY']\n    return OpenAI(api_key=$a)\n",
    "send": (
        "def send(prompt, $a=CHAT, **$b):\n    $c = dict($b)\n    $c['model'] = $a\n"
        "    return client().chat.completions.create(messages=[prompt], **$c)\n"
    ),
    "pick": "def pick($a):\n    $b = MODELS[$a]\n    if not $b:\n        return None\n    return $b\n",
    "fast": "def fast($a):\n    return send($a, pick('fast'), temperature=0)\n",
    "good": "def good($a):\n    $b = functools.partial(send, $a)\n    return $b(pick('good'))\n",
    "judge": "def judge($a, $b=None):\n    $b = $b or Options()\n    for $c in [$a]:\n        send($c, $b.judge_model)\n",
    "embed": (
        "def embed($a):\n    def $b($c):\n        return client().embeddings.create(model='text-embedding-3-small', input=$c)\n"
        "    return [$b($c) for $c in $a]\n"
    ),
    "chat": "def chat($a):\n    return send($a)\n",
    "unused": "def unused($a):\n    return send($a, 'gpt-3.5-turbo')\n",
}
MAIN = (
    "\n\nif __name__ == '__main__':\n    for task in (fast, good, judge, chat):\n        task('x')\n    embed(['y'])\n"
)
PLAIN = {"a": "first", "b": "second", "c": "third"}
NAMES = st.lists(
    st.text(string.ascii_lowercase + "_", min_size=1, max_size=9).map(lambda t: f"v_{t}"),
    min_size=3, max_size=3, unique=True,
)  # fmt: skip


def program(order: list[str], names: dict[str, dict[str, str]], apart: frozenset[str]) -> dict[str, str]:
    """The files: functions in this order, their locals so named, those of `apart` in a module of their own.

    Defaults and module constants are evaluated when the module is loaded, so the constants stay above.
    """
    texts = {n: string.Template(FUNCTIONS[n]).substitute(names.get(n, PLAIN)) for n in order}
    here = "\n\n".join(texts[n] for n in order if n not in apart)
    there = "\n\n".join(texts[n] for n in order if n in apart)
    if not apart:
        return {"run.py": IMPORTS + TOP + "\n\n" + here + MAIN}
    # What both need lies in a third module, as one that imports back would not run.
    needed = sorted(set(order) - apart)
    imports = "from common import CHAT, MODELS, Options\n"
    back = "\n\n".join(
        f"def {n}(*args, **kwargs):\n    import rest\n    return rest.{n}(*args, **kwargs)\n" for n in needed
    )
    return {
        "common.py": IMPORTS + TOP,
        "moved.py": IMPORTS + imports + back + "\n\n" + there,
        "rest.py": IMPORTS + imports + f"from moved import {', '.join(sorted(apart))}\n\n\n" + here,
        "run.py": f"from moved import {', '.join(sorted(apart))}\nfrom rest import {', '.join(needed)}\n" + MAIN,
    }


def links(files: dict[str, str]) -> set[tuple[str, ...]]:
    """Who uses what with which certainty, and how many places call each interface."""
    with TemporaryDirectory() as folder:
        for name, text in files.items():
            (Path(folder) / name).write_text(text, encoding="utf-8")
        graph = analyse(open_working(Path(folder)), jobs=1)
    index = Index(graph)
    found: set[tuple[str, ...]] = set()
    for edge in graph.edges:
        source, target = index.nodes[edge.source], index.nodes[edge.target]
        if edge.kind == "uses" and isinstance(source, Consumer) and isinstance(target, (Field, Token)):
            what = (target.value or target.name) if isinstance(target, Field) else target.name
            found.add((source.name, what, edge.certainty, str(edge.dormant)))
    return found | calls(graph)


def calls(graph: Graph) -> set[tuple[str, ...]]:
    apis = [n.api or "" for n in graph.nodes if isinstance(n, Site) and n.role == "call"]
    return {("calls", api, str(apis.count(api))) for api in apis}


EXPECTED = {
    ("run.py", "CHAT_LLM", "certain", "False"),
    ("run.py", "gpt-4o", "likely", "False"),
    ("run.py", "gpt-4o-mini", "possible", "False"),
    ("run.py", "gpt-4.1", "possible", "False"),
    ("run.py", "o3-mini", "certain", "False"),
    ("run.py", "text-embedding-3-small", "certain", "False"),
    ("run.py", "TEAM_API_KEY", "certain", "False"),
    ("calls", "openai.chat.completions", "1"),
    ("calls", "openai.embeddings", "1"),
}


def test_the_program_as_it_is() -> None:
    assert links(program(sorted(FUNCTIONS), {}, frozenset())) == EXPECTED


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(order=st.permutations(sorted(FUNCTIONS)), names=st.dictionaries(st.sampled_from(sorted(FUNCTIONS)), NAMES))
def test_other_names_and_another_order(order: list[str], names: dict[str, list[str]]) -> None:
    chosen = {n: dict(zip("abc", given_names, strict=True)) for n, given_names in names.items()}
    assert links(program(order, chosen, frozenset())) == EXPECTED


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    order=st.permutations(sorted(FUNCTIONS)),
    apart=st.frozensets(st.sampled_from(["client", "pick", "embed"]), min_size=1),
)
def test_some_functions_in_a_module_of_their_own(order: list[str], apart: frozenset[str]) -> None:
    assert links(program(order, {}, apart)) == EXPECTED
