"""CODEOWNERS and reviews."""

from __future__ import annotations

import pytest

from modelguard.policy.owners import Review, read_owners

FILE = b"""# who answers for what
*            @org/platform
*.tf         @infra   # inline
/config/     @ml @org/search-team
docs/free.md
apps/my\\ app/ @spaces
[Budgets][2] @money
budgets.yaml
^[Optional]
/infra/x.tf  @x
"""


@pytest.mark.parametrize(
    ("path", "owners"),
    [
        ("README.md", ("@org/platform",)),
        ("infra/a.tf", ("@infra",)),
        ("config/deep/a.yaml", ("@ml", "@org/search-team")),
        ("other/config/a.yaml", ("@org/platform",)),
        ("docs/free.md", ()),
        ("apps/my app/a.py", ("@spaces",)),
        ("budgets.yaml", ("@money",)),
        ("infra/x.tf", ("@x",)),
    ],
)
def test_the_last_pattern_counts(path: str, owners: tuple[str, ...]) -> None:
    assert read_owners(FILE).of(path) == owners


def test_who_approved() -> None:
    review = Review("alice", (("bob", ("@org/search-team",)), ("Alice", ("@org/ml",))))
    assert review.approved_by(["@search-team"])
    assert review.approved_by(["@org/search-team"])
    assert review.approved_by(["@BOB"])
    assert not review.approved_by(["@org/ml"])
    assert review.only_own(["@alice"])
    assert not review.only_own(["@alice", "@bob"])
    assert not review.only_own(["@carol"])


def test_any_bytes() -> None:
    assert read_owners(b"\xff\xfe [ \x00 \n!x @a\n[\n").of("a") in ((), ("@a",))
