"""A consumer is followed through every activation that can come to something new, however often a helper is called."""

from __future__ import annotations

from pathlib import Path

from modelguard.graph.build import analyse
from modelguard.graph.model import Consumer, Field, Graph, Site, Unresolved
from modelguard.workspace import open_working

HELPERS = """
import logging
from openai import OpenAI

class Log:
    def write(self, text):
        logging.info(text)


class Author:
    def write(self, text):
        return OpenAI().chat.completions.create(model="gpt-4o", messages=[text])
"""


def deep(levels: int, times: int, call: str) -> str:
    """Functions that each call the next one a few times: `times ** levels` ways to the last, which calls something."""
    lines = [f"def step{level}(log):\n" + f"    step{level + 1}(log)\n" * times for level in range(levels)]
    return "\n\n".join([*lines, f"def step{levels}(log):\n    {call}\n"])


def analysed(folder: Path) -> Graph:
    return analyse(open_working(folder))


def cut(graph: Graph) -> list[Unresolved]:
    return [u for u in graph.unresolved if u.kind == "entry-point"]


def test_calls_of_a_helper_that_leads_to_nothing_use_up_no_bound(tmp_path: Path) -> None:
    (tmp_path / "helpers.py").write_text(HELPERS)
    (tmp_path / "job.py").write_text(
        "from helpers import Author, Log\n\n"
        + deep(4, 10, "log.write('said')")
        + "\n\nstep0(Log())\nAuthor().write('a story')\n"
    )
    graph = analysed(tmp_path)
    assert cut(graph) == []
    assert [n.value for n in graph.nodes if isinstance(n, Field)] == ["gpt-4o"]


def test_what_a_helper_reads_of_each_thing_it_is_given_is_seen(tmp_path: Path) -> None:
    (tmp_path / "fast.yaml").write_text("model: gpt-4o-mini\n")
    (tmp_path / "smart.yaml").write_text("model: gpt-4o\n")
    (tmp_path / "job.py").write_text(
        "import yaml\nfrom openai import OpenAI\n\n\n"
        "def name_of(path):\n    config = yaml.safe_load(open(path))\n    return config['model']\n\n\n"
        "fast = name_of('fast.yaml')\nsmart = name_of('smart.yaml')\n"
        "OpenAI().chat.completions.create(model=smart, messages=[])\n"
    )
    graph = analysed(tmp_path)
    reads = {e.target for e in graph.edges if e.source.startswith("consumer:") and e.kind == "uses"}
    assert reads == {"field:fast.yaml#model", "field:smart.yaml#model"}


def test_each_call_that_spends_is_a_site(tmp_path: Path) -> None:
    (tmp_path / "job.py").write_text(
        "from openai import OpenAI\n\n\n"
        "def quick(model):\n    return OpenAI().chat.completions.create(model=model, messages=[])\n\n\n"
        "def slow(model):\n    return OpenAI().responses.create(model=model, input='')\n\n\n"
        "def ask(which, model):\n    return which(model)\n\n\n"
        "ask(quick, 'gpt-4o-mini')\nask(slow, 'gpt-4o')\nask(quick, 'gpt-4.1')\n"
    )
    graph = analysed(tmp_path)
    assert {n.value for n in graph.nodes if isinstance(n, Field)} == {"gpt-4o-mini", "gpt-4o", "gpt-4.1"}
    assert {n.line for n in graph.nodes if isinstance(n, Site)} >= {5, 9}


PROGRAM = """
from openai import OpenAI

def ask():
    return OpenAI().chat.completions.create(model="gpt-4o", messages=[])

if __name__ == "__main__":
    ask()
"""


def consumers(graph: Graph) -> list[str]:
    return sorted(n.name for n in graph.nodes if isinstance(n, Consumer))


def test_a_program_that_others_import_too_is_run_by_itself(tmp_path: Path) -> None:
    (tmp_path / "ask.py").write_text(PROGRAM)
    (tmp_path / "other.py").write_text("from ask import ask\n\nask()\n")
    assert consumers(analysed(tmp_path)) == ["ask.py", "other.py"]


def test_a_module_of_a_package_that_others_import_is_no_program(tmp_path: Path) -> None:
    (tmp_path / "lib").mkdir()
    (tmp_path / "lib/__init__.py").write_text("")
    (tmp_path / "lib/ask.py").write_text(PROGRAM)
    (tmp_path / "other.py").write_text("from lib.ask import ask\n\nask()\n")
    assert consumers(analysed(tmp_path)) == ["other.py"]


def test_a_package_and_its_command_are_one_consumer(tmp_path: Path) -> None:
    (tmp_path / "pyproject.toml").write_text('[project]\nname = "asker"\n[project.scripts]\nasker = "asker.cli:ask"\n')
    (tmp_path / "asker").mkdir()
    (tmp_path / "asker/__init__.py").write_text("")
    (tmp_path / "asker/cli.py").write_text(PROGRAM)
    (tmp_path / "asker/__main__.py").write_text("from asker.cli import ask\n\nask()\n")
    assert consumers(analysed(tmp_path)) == ["asker"]
