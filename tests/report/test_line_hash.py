"""GitHub's fingerprint of a line. The values are what github/codeql-action itself gives for these texts."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from modelguard.report.line_hash import line_hash


@pytest.mark.parametrize(
    ("text", "hashes"),
    [
        ("", ["c129715d7a2bc9a3:1"]),
        ("a\n", ["243cbaa4685aab12:1", "c129715d7a2bc9a3:1"]),
        ("model: x\nmodel: x\n", ["bd4058015d040e25:1", "2bca30fa132d054:1", "c129715d7a2bc9a3:1"]),
        ("a\r\nb\r\n", ["81b8d8db678b2bbe:1", "ade70578248be16f:1", "c129715d7a2bc9a3:1"]),
    ],
)
def test_known_values(text: str, hashes: list[str]) -> None:
    assert [line_hash(text.encode(), n) for n in range(1, len(hashes) + 1)] == hashes
    assert line_hash(text.encode(), len(hashes) + 1) is None
    assert line_hash(text.encode(), 0) is None


def rolling(text: str) -> dict[int, str]:
    """The same by its other definition: a hash that rolls on with each character, for all lines at once."""
    units = [
        int.from_bytes(text.encode("utf-16-le", "surrogatepass")[i : i + 2], "little")
        for i in range(0, 2 * len(text.encode("utf-16-le", "surrogatepass")) // 2, 2)
    ]
    kept: list[int] = []
    after_cr = False
    for unit in units:
        if unit in (9, 32) or (after_cr and unit == 10):
            after_cr = False
            continue
        after_cr = unit == 13
        kept.append(10 if unit == 13 else unit)
    kept.append(0xFFFF)
    window, value, found, starts, seen = [0] * 100, 0, {}, [], {}
    starts = [0] + [i + 1 for i, unit in enumerate(kept) if unit == 10]
    for at, unit in enumerate(kept + [0] * 100):
        if at >= 100 and at - 100 in starts:
            text_value = f"{value:x}"
            seen[text_value] = seen.get(text_value, 0) + 1
            found[starts.index(at - 100) + 1] = f"{text_value}:{seen[text_value]}"
        value = (37 * value + unit - 37**100 * window[at % 100]) % 2**64
        window[at % 100] = unit
    return found


@given(st.text(alphabet=st.sampled_from("ab \t\n\r:é𝄞"), max_size=260))
def test_any_text_gives_what_the_rolling_hash_gives(text: str) -> None:
    found = rolling(text)
    assert {n: line_hash(text.encode(), n) for n in found} == found
