"""A line's page on its forge, from the address of the remote."""

from __future__ import annotations

import pytest

from modelguard.workspace.forge import template_of

GITHUB = "https://github.com/o/r/blob/{commit}/{path}#L{line}"


@pytest.mark.parametrize(
    ("address", "expected"),
    [
        ("git@github.com:o/r.git", GITHUB),
        ("https://github.com/o/r", GITHUB),
        ("https://user:token@github.com/o/r.git/", GITHUB),
        ("ssh://git@github.com:22/o/r.git", GITHUB),
        ("git@gitlab.com:a/b/c.git", "https://gitlab.com/a/b/c/-/blob/{commit}/{path}#L{line}"),
        ("https://bitbucket.org/o/r", "https://bitbucket.org/o/r/src/{commit}/{path}#lines-{line}"),
        ("https://codeberg.org/o/r", "https://codeberg.org/o/r/src/commit/{commit}/{path}#L{line}"),
        ("/srv/git/r.git", None),
        ("../other", None),
        ("https://example.com/o/r", None),
        ("javascript:alert(1)//github.com/o/r", None),
        ("https://github.com/../../x", None),
        ("", None),
    ],
)
def test_addresses(address: str, expected: str | None) -> None:
    assert template_of(address) == expected


def test_a_subfolder_is_part_of_the_page() -> None:
    expected = "https://github.com/o/r/blob/{commit}/sub%20dir/{path}#L{line}"
    assert template_of("git@github.com:o/r.git", "sub dir/") == expected
