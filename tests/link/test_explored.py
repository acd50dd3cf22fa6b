"""Scripts are told from modules that spend nothing by following each function as often as it can differ, not as often as
it is called. Each program here calls a function first so that it leads to nothing, and then so that it spends."""

from __future__ import annotations

from pathlib import Path

import pytest

from modelguard.graph.build import analyse
from modelguard.graph.model import Consumer
from modelguard.workspace import open_working

CLIENT = """
from openai import OpenAI

class Speaker:
    def go(self):
        return OpenAI().chat.completions.create(model="gpt-4o", messages=[])

class Counter:
    def go(self):
        return 0
"""
PROGRAMS = {
    "by a constant": """
from tools import Counter, Speaker
KINDS = {"count": Counter, "speak": Speaker}

def make(kind):
    return KINDS[kind]().go()

make("count")
make("speak")
""",
    "by a function": """
from tools import Counter, Speaker

def call(function, times):
    return [function() for _ in range(times)]

call(Counter().go, 2)
call(Speaker().go, 2)
""",
    "by what an object was made with": """
from tools import Counter, Speaker

class Agent:
    def __init__(self, tool):
        self.tool = tool

    def run(self):
        return self.tool.go()

Agent(Counter()).run()
Agent(Speaker()).run()
""",
    "by what an object was made with, further down": """
from tools import Counter, Speaker

class Agent:
    def __init__(self, tool):
        self.tool = tool

def made(tool):
    return Agent(tool)

def run(agent):
    return agent.tool.go()

def twice(agent):
    return run(agent)

twice(made(Counter()))
twice(made(Speaker()))
""",
    "by keyword arguments that are handed on": """
from tools import Counter, Speaker

def inner(tool=None):
    return tool.go()

def outer(**given):
    return inner(**given)

outer(tool=Counter())
outer(tool=Speaker())
""",
    "by a default": """
from tools import Counter, Speaker

def run(tool=Speaker):
    return tool().go()

run(Counter)
run()
""",
    "where functions call each other": """
from tools import Counter, Speaker

def ping(tool, left):
    if left:
        pong(tool, left - 1)
    tool.go()

def pong(tool, left):
    ping(tool, left)

ping(Counter(), 3)
pong(Speaker(), 3)
""",
    "by a function that keeps what it is given": """
from tools import Counter, Speaker
import atexit

def later(tool):
    def work():
        return tool.go()
    return work

def register(work):
    atexit.register(work)

register(later(Counter()))
register(later(Speaker()))
""",
    "by an import inside a function": """
def load(name):
    if name == "speak":
        import speaks
        return speaks
    return None

load("nothing")
load("speak")
""",
}


def scripts(folder: Path) -> set[str]:
    """The names of the consumers of a folder."""
    return {node.name for node in analyse(open_working(folder)).nodes if isinstance(node, Consumer)}


@pytest.mark.parametrize("how", PROGRAMS)
def test_a_second_call_that_spends_is_found(tmp_path: Path, how: str) -> None:
    (tmp_path / "tools.py").write_text(CLIENT)
    (tmp_path / "speaks.py").write_text("from tools import Speaker\nSpeaker().go()\n")
    (tmp_path / "job.py").write_text(PROGRAMS[how])
    assert "job.py" in scripts(tmp_path)


@pytest.mark.parametrize("how", PROGRAMS)
def test_another_script_that_spent_nothing_hides_none(tmp_path: Path, how: str) -> None:
    """The first script (by name) does the first call only, the second both: all that the first came by is known then."""
    lines = PROGRAMS[how].rstrip().split("\n")
    (tmp_path / "tools.py").write_text(CLIENT)
    (tmp_path / "speaks.py").write_text("from tools import Speaker\nSpeaker().go()\n")
    (tmp_path / "shared.py").write_text("\n".join(lines[:-2]) + "\n")
    (tmp_path / "a_first.py").write_text("from shared import *\nfrom tools import *\n\n" + lines[-2] + "\n")
    (tmp_path / "b_second.py").write_text("from shared import *\nfrom tools import *\n\n" + lines[-1] + "\n")
    assert "b_second.py" in scripts(tmp_path)


def test_a_script_that_never_spends_is_no_consumer(tmp_path: Path) -> None:
    (tmp_path / "tools.py").write_text(CLIENT)
    (tmp_path / "job.py").write_text(
        "from tools import Counter\n\n\ndef run(tool):\n    tool.go()\n\n\nrun(Counter())\n"
    )
    assert "job.py" not in scripts(tmp_path)
