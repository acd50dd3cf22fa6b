"""TOML: values at their lines, and the console scripts of a pyproject."""

from __future__ import annotations

from modelguard.extract.facts import Lit
from modelguard.extract.toml_file import extract
from modelguard.extract.yaml_doc import get

TEXT = b"""\
# model = "not this"
title = "x"

[llm]
model = "gpt-4o"
"quoted key".inner = 'claude-3-5-haiku'
many = [
  "a",
  "b",
]

[[servers]]
model = "first"

[[servers]]
model = "second"

[project.scripts]
run = "app.main:cli"
broken = "no target"
"""


def test_values_stand_at_their_lines() -> None:
    document = extract(TEXT).document
    assert get(document, "llm", "model") == Lit("gpt-4o", (5, 9))
    assert get(document, "llm", "quoted key", "inner") == Lit("claude-3-5-haiku", (6, 22))
    assert get(document, "llm", "many", 1) == Lit("b", (9, 3))


def test_an_array_of_tables_keeps_its_values() -> None:
    document = extract(TEXT).document
    assert [getattr(get(document, "servers", i, "model"), "value", None) for i in (0, 1)] == ["first", "second"]


def test_console_scripts_are_units() -> None:
    assert [(u.name, u.at[0]) for u in extract(TEXT).units] == [("run", 19)]


def test_says_where_it_is_broken() -> None:
    facts = extract(b"a = 1\nb = = 2\n")
    assert (facts.problem, facts.problem_line) == ("not valid TOML", 2)


def test_values_of_inline_tables_stand_where_they_are_written() -> None:
    keys = [f"k{n} = {{ model = 'm{n}', \"deep er\" = {n} }}" for n in range(5_000)]
    document = extract(f"vars = {{ {', '.join(keys)} }}\n".encode()).document
    for n in (0, 17, 4_999):
        found = get(document, "vars", f"k{n}", "model")
        assert found is not None
        assert found.at == (1, f"vars = {{ {', '.join(keys)} }}".index(f"'m{n}'") + 1)
