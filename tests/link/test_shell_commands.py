"""Scripts taken apart into commands: quotes, substitutions, here-documents, and no script that hangs or breaks it."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from modelguard.link.shell_commands import assigned, commands


def words(script: str) -> list[list[str]]:
    return [[w.text for w in c] for c in commands(script)]


@pytest.mark.parametrize(
    ("script", "found"),
    [
        ("a b && c | d; e & f", [["a", "b"], ["c"], ["d"], ["e"], ["f"]]),
        ("a 'b; c' \"d | e\" f\\ g", [["a", "b; c", "d | e", "f g"]]),
        ("a \\\n  --b c", [["a", "--b", "c"]]),
        ("a # b\nc#d", [["a"], ["c#d"]]),
        ("A=$(b 'x y' $(c)) d", [["c"], ["b", "x y", "$()"], ["A=$()", "d"]]),
        ('a "$(b --c d)" `e f`', [["b", "--c", "d"], ["e", "f"], ["a", "$()", "$()"]]),
        ("cat <<EOF | a\nb --c d\nEOF\ne", [["cat"], ["a"], ["e"]]),
        ("cat <<-'X'\n\tb\n\tX\nc <<< 'd'", [["cat"], ["c", "<<<", "d"]]),
        ("if a; then b; else c; fi", [["a"], ["b"], ["c"]]),
        ('a "${B:-c d}" ${E}', [["a", "${B:-c d}", "${E}"]]),
        ("", []),
    ],
)
def test_a_script_is_taken_apart_as_a_shell_would(script: str, found: list[list[str]]) -> None:
    assert words(script) == found


def test_each_word_has_its_line() -> None:
    script = 'a "b\nc" \\\n  d\ncat <<X\ny\nX\ne'
    assert [(w.text, w.line) for c in commands(script) for w in c] == [
        ("a", 1), ("b\nc", 1), ("d", 3), ("cat", 4), ("e", 7),
    ]  # fmt: skip


def test_a_document_whose_end_was_taken_out_is_none() -> None:
    assert words("cat <<EOF\n\n\na b") == [["cat"], ["a", "b"]]


def test_what_stands_before_a_program_is_assigned() -> None:
    (command,) = commands("A=1 B='2 3' c D=4")
    assert [(n, w.text) for n, w in assigned(command)] == [("A", "1"), ("B", "2 3")]
    (exported,) = commands("export A=1 B=2")
    assert [n for n, _ in assigned(exported)] == ["A", "B"]


@given(st.text(alphabet="ab \n\\'\"`$(){}<>|&;#=-E", max_size=60))
def test_no_script_breaks_it(script: str) -> None:
    lines = script.count("\n") + 1
    assert all(1 <= w.line <= lines for c in commands(script) for w in c)
