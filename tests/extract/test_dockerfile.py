"""Dockerfiles: what the last stage comes to."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from modelguard.extract.dockerfile import extract
from modelguard.extract.facts import Expr, Lit, Opaque
from modelguard.extract.yaml_doc import get, items


def last(text: str, *path: str) -> Expr | None:
    return get(extract(text.encode()).document, "", *path)


def words(value: Expr | None) -> list[object]:
    return [i.value for i in items(value) if isinstance(i, Lit)]


def test_a_stage_takes_over_from_the_one_it_starts_from() -> None:
    text = 'FROM python AS base\nENV A=1 B="two words"\nWORKDIR /srv\nFROM base\nWORKDIR app\nCMD ["python", "x.py"]\n'
    assert getattr(last(text, "workdir"), "value", None) == "/srv/app"
    assert words(last(text, "command")) == ["python", "x.py"]
    assert getattr(last(text, "env", "B"), "value", None) == "two words"


def test_an_entrypoint_drops_the_command_before_it() -> None:
    assert last('FROM a\nCMD ["x"]\nENTRYPOINT ["python"]\n', "command") is None


def test_the_shell_form_with_continuations_and_comments() -> None:
    text = "FROM a\nCMD uvicorn \\\n  # a comment\n  app:app\n"
    assert words(last(text, "command")) == ["sh", "-c", "uvicorn app:app"]


def test_a_here_document_is_no_instruction() -> None:
    text = 'FROM a\nCOPY <<EOF run.py\nCMD ["wrong"]\nEOF\nCMD ["right"]\n'
    assert words(last(text, "command")) == ["right"]


def test_a_build_argument_without_a_default_is_not_guessed() -> None:
    text = "FROM a\nARG MODEL\nARG SIZE=small\nENV LLM=$MODEL KIND=${SIZE}\n"
    assert isinstance(last(text, "env", "LLM"), Opaque)
    assert getattr(last(text, "env", "KIND"), "value", None) == "small"


def test_files_of_another_image_are_left_out() -> None:
    text = "FROM a\nCOPY --from=b /x /x\nCOPY --chown=u:u src/ /app/\n"
    assert [words(c) for c in items(last(text, "copies"))] == [["src/", "/app/", "/"]]


@given(st.text(alphabet='FROMCPYENVARG \n\\"[]${}=<ab/', max_size=200))
def test_any_text_is_read(text: str) -> None:
    assert extract(text.encode()).format == "dockerfile"


def test_stages_that_multiply_are_refused_with_their_place() -> None:
    text = "FROM a AS s0\n" + "".join(f"COPY x{i} /x\nFROM s{i} AS s{i + 1}\n" for i in range(5_000))
    facts = extract(text.encode())
    assert (facts.document, facts.problem, facts.problem_line) == (None, "more than 50 stages", 101)


def test_too_many_lines_are_refused_with_their_place() -> None:
    facts = extract(b"FROM a\n" + b"RUN x \\\n" * 30_000)
    assert (facts.document, facts.problem_line) == (None, 20_001)
