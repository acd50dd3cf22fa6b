"""The kinds of failure a user can meet, each with its own exit code; one handler in the CLI turns them into text.

A gate that fails is a result, not an error (exit 1). What the user gave us is wrong: `InputError` (exit 2).
Anything else that escapes is a bug of ours (exit 3) and the handler says where to report it.
"""

from __future__ import annotations


class InputError(Exception):
    """The user's input or configuration is wrong. Says what, where (path:line:column) and what to do.

    `line` and `column` start at 1. The text never holds a secret or raw bytes of a scanned file.
    """

    def __init__(
        self, what: str, *, path: str | None = None, line: int | None = None, column: int | None = None, hint: str = ""
    ) -> None:
        self.what, self.path, self.line, self.column, self.hint = what, path, line, column, hint
        super().__init__(str(self))

    def __str__(self) -> str:
        place = ":".join(str(part) for part in (self.path, self.line, self.column) if part is not None)
        text = f"{place}: {self.what}" if place else self.what
        if not self.hint:
            return text
        return f"{text}{'' if text[-1:] in '.;:,!?)' else '.'} {self.hint}"
