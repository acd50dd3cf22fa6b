"""Files are known again by their bytes, hashed while they are read."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest

from modelguard.errors import InputError
from modelguard.usage.digests import CHUNK, Digests, all_differ


def test_digests_are_in_the_order_given(tmp_path: Path) -> None:
    contents = {"b": b"x" * (3 * CHUNK + 1), "a": b"", "c": b"y"}
    paths = []
    for name, content in contents.items():
        paths.append(tmp_path / name)
        paths[-1].write_bytes(content)
    with Digests(paths) as digests:
        assert digests.result() == [hashlib.sha256(content).hexdigest() for content in contents.values()]


def test_a_file_that_is_gone_is_an_error_with_its_name(tmp_path: Path) -> None:
    with Digests([tmp_path / "gone"]) as digests, pytest.raises(InputError, match="gone"):
        digests.result()


def test_leaving_early_ends_the_work(tmp_path: Path) -> None:
    large = tmp_path / "large"
    with large.open("wb") as file:
        file.truncate(200 << 30)  # sparse: hashing all of it would take minutes
    with Digests([large]):
        pass


def test_copies_have_the_same_size() -> None:
    assert all_differ([1, 2, 3])
    assert not all_differ([1, 2, 1])
