"""Names of dotenv files: the spellings that repositories use, and no name takes long to look at."""

from __future__ import annotations

import pytest

from modelguard.extract.dotenv import is_example
from modelguard.extract.registry import format_of


@pytest.mark.parametrize(
    "path",
    [".env.example", "a/.env-sample", "env.example", "dotenv.template.txt", ".env.local.example", "env-a.b-c_example"],
)
def test_examples_of_every_spelling(path: str) -> None:
    assert is_example(path)


@pytest.mark.parametrize("path", [".env", "a/.env.production", "env.py", "environment.example", "env..example!"])
def test_what_is_no_example(path: str) -> None:
    assert not is_example(path)


@pytest.mark.parametrize("part", ["-a", "_-", "__", ".a", "._", "-"])
def test_hostile_names_are_looked_at_once(part: str) -> None:
    """A name of which any part could be read in two ways doubled the time with each of them."""
    for start in ("env", "dotenv", ".env", "a/b.env"):
        name = start + part * 100 + "!"
        assert not is_example(name)
        assert format_of(name) is None
