"""JSON with comments and trailing commas, as tsconfig.json, deno.jsonc and wrangler.jsonc are written."""

from __future__ import annotations

import re

_TEXT = rb'"(?:\\.|[^"\\\n])*"?'  # one that never ends goes to the end of its line: no JSON, but found once
_COMMENT = re.compile(rb"(" + _TEXT + rb")|//[^\n]*|/\*.*?\*/|(/\*.*\Z)", re.S)
_TRAILING = re.compile(rb"(" + _TEXT + rb")|,(?=\s*[}\]])", re.S)


def plain(data: bytes) -> bytes:
    """The same as plain JSON: comments and trailing commas become blanks, so that every place stays where it is; a comment
    that never ends is left as it is. Takes time by the length of the data, whatever is in it."""

    def kept(match: re.Match[bytes]) -> bytes:
        return match[match.lastindex] if match.lastindex else re.sub(rb"[^\n]", b" ", match[0])

    for pattern in (_COMMENT, _TRAILING):
        data = pattern.sub(kept, data)
    return data
