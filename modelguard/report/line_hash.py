"""`primaryLocationLineHash`: the fingerprint of a line by which GitHub tells code scanning alerts apart.

Defined by GitHub's upload action (github/codeql-action, src/fingerprints.ts): of the first 100 characters from the
line's start, spaces and tabs left out, every line end as one LF, the end of the file as U+FFFF and zeros after it,
the value sum(c[i] * 37 ** (99 - i)) modulo 2 ** 64 in hexadecimal; after a colon, how many lines had the same value so far.
Characters are UTF-16 code units.
"""

from __future__ import annotations

_WINDOW = 100
_FACTOR = 37
_END = 0xFFFF


def line_hash(data: bytes, line: int) -> str | None:
    """The fingerprint of a line, counted from 1; None where the file has no such line. Bytes are read as UTF-8."""
    text = data.decode("utf-8", "replace").replace("\r\n", "\n").replace("\r", "\n")
    text = text.replace(" ", "").replace("\t", "")
    units = text.encode("utf-16-le", "surrogatepass") + _END.to_bytes(2, "little") + bytes(2 * _WINDOW)
    starts = _starts(units)
    if not 0 < line <= len(starts):
        return None
    same, own = 0, units[2 * starts[line - 1] :][: 2 * _WINDOW]
    for start in starts[:line]:
        same += units[2 * start : 2 * (start + _WINDOW)] == own
    value = 0
    for index in range(0, 2 * _WINDOW, 2):
        value = (value * _FACTOR + int.from_bytes(own[index : index + 2], "little")) % 2**64
    return f"{value:x}:{same}"


def _starts(units: bytes) -> list[int]:
    """Where lines start, as indexes of code units: the first one, and whatever follows a line end."""
    found, at = [0], 0
    while (at := units.find(b"\n\x00", at)) >= 0:
        if at % 2 == 0:
            found.append(at // 2 + 1)
            at += 2
        else:
            at += 1
    return found
