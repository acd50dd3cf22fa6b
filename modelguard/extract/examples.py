"""Examples of files of code that are not committed: `config.example.py` shows what is to be in `config.py`.

Whoever sets the program up copies the one to the other, so an import of a module that is not there means what its
example shows.
"""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterable

_WORDS = r"(?:example|sample|template|dist|defaults?|tpl)"
_HELD = re.compile(r"(?i)conf|setting|secret|credential|env|key|token|param|option|constant")
"""What files are called that hold what each user fills in; `requests_example.py` shows how a library is used."""
_NAME = re.compile(rf"(?i)(?:(?P<before>{_WORDS})[._-])?(?P<name>[\w.-]+?)(?:[._-](?P<after>{_WORDS}))?\Z")


def shown_by(path: str) -> str | None:
    """The path of the file that an example shows; None for what is no example by its name."""
    folder, name = posixpath.split(path)
    stem, ending = posixpath.splitext(name)
    match = _NAME.match(stem)
    if match is None or not (match["before"] or match["after"]) or _HELD.search(match["name"]) is None:
        return None
    return posixpath.join(folder, match["name"] + ending)


def examples(paths: Iterable[str]) -> dict[str, str]:
    """Of files of code that are not there, the example that shows each."""
    known = frozenset(paths)
    found: dict[str, str] = {}
    for path in sorted(known):
        shown = shown_by(path)
        if shown is not None and shown not in known:
            found.setdefault(shown, path)
    return found
