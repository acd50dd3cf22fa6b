"""Pieces of GitHub's Markdown (GitLab's, too) in which no value from a repository has a meaning.

A value stands in a code span, where neither markup, HTML, mentions, links nor references of issues are seen. Backticks
and pipes, the only characters with a meaning there (the latter in a table), are shown by their code. Of a sentence that
may hold values, every word that is not plainly a word goes into a code span.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from modelguard.report.words import address, safe

LONGEST = 160
"""Characters of one value that are shown."""
LONGEST_SENTENCE = 700
_WORD = re.compile(r"[+×-]?\(?\$?[A-Za-z0-9]+(?:[-'’/][A-Za-z0-9]+)*(?:[.,]\d+)*[)]?[.,:;]?|\d+(?:[.,]\d+)*|[–×%+]")
_BARE = re.compile(r"(?i)www|[0-9a-f]{7,}|gh-\d")
"""What GitHub makes links of without any markup: addresses, commits, issues."""
_ITEM = re.compile(r"\d+[.)]")
"""What begins a list, where a line begins with it."""
_BACKTICKS = re.compile(r"`+")


@dataclass(frozen=True, slots=True)
class Links:
    """Where lines can be looked at: `base` is an address that a path follows, or "" for no links."""

    base: str = ""

    def place(self, path: str, line: int | None, root: str = "") -> str:
        """`path:line` in a code span, a link to it where there are links."""
        shown = code(f"{path}:{line}" if line else path)
        if not self.base:
            return shown
        return f"[{shown}]({self.base}{address(root + path)}{f'#L{line}' if line else ''})"


def code(text: str) -> str:
    """A value in a code span, one line, cut where it is long."""
    shown = safe(text).replace("`", "\\x60").replace("|", "\\x7c").strip()
    if len(shown) > LONGEST:
        shown = shown[: LONGEST - 1] + "…"
    return f"`{shown}`" if shown else "–"


def sentence(text: str) -> str:
    """A sentence of ours with values of theirs in it."""
    shown = safe(text)
    if len(shown) > LONGEST_SENTENCE:
        shown = shown[: LONGEST_SENTENCE - 1] + "…"
    words = shown.split()
    plain = [bool(_WORD.fullmatch(w)) and not _BARE.search(w) for w in words]
    if words and _ITEM.fullmatch(words[0]):
        plain[0] = False
    return " ".join(w if is_plain else _coded(w) for w, is_plain in zip(words, plain, strict=True))


def _coded(word: str) -> str:
    """A word in a code span, with the sentence's own punctuation after it left outside."""
    core = word.rstrip(".,:;)").removesuffix("'s")
    return code(core) + word[len(core) :] if core else code(word)


def fenced(text: str, language: str) -> str:
    """A block of text as it is, in a fence that nothing in it can close."""
    shown = "\n".join(safe(line) for line in text.rstrip("\n").split("\n"))
    longest = max((len(run) for run in _BACKTICKS.findall(shown)), default=0)
    fence = "`" * max(3, longest + 1)
    return f"{fence}{language}\n{shown}\n{fence}"


def folded(summary: str, body: str) -> str:
    """A part that opens with a click. `summary` is our own text."""
    return f"<details><summary>{summary}</summary>\n\n{body}\n\n</details>"
