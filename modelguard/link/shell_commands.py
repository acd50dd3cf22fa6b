"""The commands of a shell script, word by word, each word with its line. Nothing is expanded and nothing is run.

Quotes, continued lines, comments, here-documents and command substitutions are understood as a shell would; of loops and
branches every command counts. A substitution stands as `$()` in the word that it is put into.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

_MAX_DEPTH = 20
"""Deepest nesting of substitutions."""
_HEREDOC = re.compile(r"<<-?[ \t]*([\"']?)(\w+)\1")
_ENDS = ";|&\n()"
_KEYWORDS = frozenset({"if", "then", "else", "elif", "fi", "do", "done", "while", "until", "!", "{", "}", "time"})


@dataclass(frozen=True, slots=True)
class Word:
    """A word without its quotes, and its line from 1."""

    text: str
    line: int


Command = tuple[Word, ...]


def commands(script: str) -> list[Command]:
    """Every command of a script, those in substitutions before the one that they are put into."""
    reader = _Reader(script)
    reader.read("", 0)
    return reader.found


class _Reader:
    """Goes through a script once."""

    def __init__(self, script: str) -> None:
        self._script, self._at, self._line = script, 0, 1
        self._waiting: list[str] = []
        self.found: list[Command] = []

    def _next(self) -> str:
        char = self._script[self._at] if self._at < len(self._script) else ""
        self._at += 1
        self._line += char == "\n"
        return char

    def _peek(self, text: str) -> bool:
        return self._script.startswith(text, self._at)

    def read(self, closing: str, depth: int) -> None:
        """Commands up to `closing` or the end."""
        words: list[Word] = []
        while self._at < len(self._script):
            char = self._script[self._at]
            if closing and char == closing:
                self._next()
                break
            if char in _ENDS:
                self._end(words)
                if self._next() == "\n":
                    self._skip_documents()
            elif char.isspace():
                self._next()
            elif char == "#":
                self._skip_line()
            elif self._peek("\\\n"):
                self._at += 2
                self._line += 1
            elif (opening := _HEREDOC.match(self._script, self._at)) is not None and not self._peek("<<<"):
                self._waiting.append(opening[2])
                self._at = opening.end()
            else:
                words.append(self._word(closing, depth))
        self._end(words)

    def _end(self, words: list[Word]) -> None:
        while words and words[0].text in _KEYWORDS:
            del words[0]
        if words:
            self.found.append(tuple(words))
        words.clear()

    def _skip_line(self) -> None:
        while self._at < len(self._script) and self._script[self._at] != "\n":
            self._at += 1

    def _skip_documents(self) -> None:
        """Past the here-documents that the line before has opened; one without an end was taken out already."""
        for end in self._waiting:
            closing = re.compile(rf"(?m)^\t*{re.escape(end)}[ \t]*$").search(self._script, self._at)
            if closing is not None:
                self._line += self._script.count("\n", self._at, closing.end())
                self._at = closing.end()
        self._waiting.clear()

    def _word(self, closing: str, depth: int) -> Word:
        line, parts = self._line, list[str]()
        while self._at < len(self._script):
            char = self._script[self._at]
            if char.isspace() or char in _ENDS or (closing and char == closing):
                break
            self._next()
            if char == "'":
                parts.append(self._quoted())
            elif char == '"':
                parts.append(self._double(depth))
            elif char == "\\":
                escaped = self._next()
                parts.append("" if escaped == "\n" else escaped)
            else:
                parts.append(self._inside(char, depth))
        return Word("".join(parts), line)

    def _quoted(self) -> str:
        start = self._at
        while (char := self._next()) and char != "'":
            pass
        return self._script[start : self._at - 1]

    def _double(self, depth: int) -> str:
        parts: list[str] = []
        while (char := self._next()) and char != '"':
            if char == "\\":
                escaped = self._next()
                parts.append(escaped if escaped in '"\\$`' else "" if escaped == "\n" else f"\\{escaped}")
            else:
                parts.append(self._inside(char, depth))
        return "".join(parts)

    def _inside(self, char: str, depth: int) -> str:
        """One more character of a word, or a whole substitution or `${…}`."""
        if char == "$" and self._peek("(") and not self._peek("((") and depth < _MAX_DEPTH:
            self._next()
            self.read(")", depth + 1)
            return "$()"
        if char == "`" and depth < _MAX_DEPTH:
            self.read("`", depth + 1)
            return "$()"
        if char == "$" and self._peek("{"):
            start = self._at
            while (inner := self._next()) and inner != "}":
                pass
            return "$" + self._script[start : self._at]
        return char


def assigned(command: Command) -> Iterator[tuple[str, Word]]:
    """What a command sets: `NAME=value` before its program, or after `export`."""
    words = command[1:] if command[0].text == "export" else command
    for word in words:
        name, sign, value = word.text.partition("=")
        if not sign or not re.fullmatch(r"[A-Za-z_]\w*", name):
            return
        yield name, Word(value, word.line)
