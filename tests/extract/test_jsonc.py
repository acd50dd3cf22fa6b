"""JSON with comments: places stay, nothing takes longer than the text is long."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from modelguard.extract.jsonc import plain

WRITTEN = b"""{
  // the model
  "model": "gpt-4o", /* of
  answers */ "url": "https://x/*y*/", // why
  "list": [1, 2, /* last */ ],
}
"""


def test_comments_and_trailing_commas_become_blanks() -> None:
    assert json.loads(plain(WRITTEN)) == {"model": "gpt-4o", "url": "https://x/*y*/", "list": [1, 2]}


def test_every_value_stays_in_its_place() -> None:
    found = plain(WRITTEN)
    assert len(found) == len(WRITTEN)
    assert found.count(b"\n") == WRITTEN.count(b"\n")
    assert found.index(b'"gpt-4o"') == WRITTEN.index(b'"gpt-4o"')


def test_a_comment_that_never_ends_is_no_comment() -> None:
    assert plain(b'{"a": 1 /* why') == b'{"a": 1 /* why'


@pytest.mark.parametrize("piece", [b"//", b"/**/", b"/*", b'"', b'"\\', b",\n", b", /* */"])
def test_hostile_repetitions_end(piece: bytes) -> None:
    """Each took time by the square, or by two to the power, of its length where a pattern could read it in several ways."""
    written = b'{"a": 1,' + piece * 100_000
    assert len(plain(written)) == len(written)


@given(st.dictionaries(st.text(), st.one_of(st.text(), st.integers(), st.lists(st.text()))))
def test_plain_json_stays_as_it_is(value: object) -> None:
    written = json.dumps(value, indent=1).encode()
    assert plain(written) == written
