"""The words of a command line that is written in a file."""

from __future__ import annotations

import shlex


def split(written: str, *, comments: bool = False) -> list[str]:
    """The words as a POSIX shell has them, without what follows a `#` where `comments`; none where a quote never ends."""
    try:
        return shlex.split(written, comments=comments)
    except ValueError:
        return []
