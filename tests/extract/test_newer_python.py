"""Python that is newer than the one which runs this is read all the same, place for place."""

from __future__ import annotations

import ast

import pytest
from hypothesis import given
from hypothesis import strategies as st

from modelguard.extract.newer_python import older
from modelguard.extract.python import extract

NEWER = {
    "own quotes": 'm = f"a {x["k"]} b"\n',
    "own quotes, nested": 'm = f"a {f"b {x["k"]}"} c"\n',
    "a backslash": "m = f\"{'\\n'.join(x)}\"; y = 1\n",
    "lines": 'm = f"a {\n    x\n} b"; y = 1\n',
    "lines and a comment": 'm = f"a {\n    x  # why\n}"\ny = 1\n',
    "three quotes, a backslash": 'm = f"""a {\n  "\\n".join(x)\n}"""; y = 1\n',
    "a format": 'm = f"{x["k"]!r:>{w["z"]}}"\n',
    "a class of types": "class A[T: (int, str)](B):\n    x: T = 1\n",
    "a function of types": "async def g[\n    T,\n](x: T = 1): return x\n",
    "an alias": "type X = int\n",
    "an alias of types": "if y:\n    type X[T] = list[T]\n    z = X\n",
    "several exceptions": "try:\n    x\nexcept A, B:\n    y\n",
}


@pytest.mark.parametrize("written", NEWER.values(), ids=NEWER)
def test_newer_syntax_is_put_in_older_words(written: str) -> None:
    assert ast.parse(older(written.encode()), feature_version=(3, 11))
    assert not extract(written.encode()).problem


@pytest.mark.parametrize("written", NEWER.values(), ids=NEWER)
def test_every_line_and_name_stays_in_its_place(written: str) -> None:
    before, after = written.splitlines(), older(written.encode()).decode().splitlines()
    assert len(before) == len(after)
    for one, other in zip(before, after, strict=True):
        assert len(other) >= len(one)
        changed = [(a, b) for a, b in zip(one, other, strict=False) if a != b]
        assert all(b in " \"'_;\\}" for _, b in changed), (one, other)


def test_a_model_beside_newer_syntax_is_found() -> None:
    facts = extract(b'client.create(model="gpt-5-mini")\nprint(f"said {answer["text"]}")\n')
    call = facts.scopes[0].calls[0]
    assert call.at == (1, 1)
    assert [(a.name, getattr(a.value, "value", None)) for a in call.args] == [("model", "gpt-5-mini")]


def test_what_is_no_python_says_the_first_problem() -> None:
    facts = extract(b'x = 1\nprint "old"\n')
    assert facts.problem_line == 2
    assert "not valid Python" in facts.problem


@given(st.text(alphabet="abf\"'{}[]\\\n #!:=;,type(ex)", max_size=60))
def test_any_text_is_taken(text: str) -> None:
    rewritten = older(text.encode())
    assert rewritten.count(b"\n") == text.count("\n")
    extract(text.encode())


@given(
    st.lists(
        st.sampled_from(['{x["k"]}', "{y}", "{f'{z}'}", '{f"{x["k"]}"}', "{'\\t'}", " a ", '{d["a"]["b"]:>3}']),
        max_size=5,
    )
)
def test_f_strings_put_together_are_read(parts: list[str]) -> None:
    written = f'm = f"{"".join(parts)}"\nn = 1\n'
    facts = extract(written.encode())
    assert not facts.problem
    assert [b.name for b in facts.scopes[0].binds if "#" not in b.name] == ["m", "n"]
