"""What a step says to GitHub's runner: outputs, the job's summary, the log.

https://docs.github.com/en/actions/reference/workflow-commands-for-github-actions
"""

from __future__ import annotations

import secrets
import sys
from collections.abc import Mapping
from pathlib import Path

from modelguard.report.words import safe

SUMMARY_BYTES = 1_000_000
"""GitHub takes 1 MiB of a step's summary."""


def say_outputs(env: Mapping[str, str], values: Mapping[str, str]) -> None:
    """A step's outputs. Values come between delimiters that nobody can know, so none of them can add another output."""
    path = env.get("GITHUB_OUTPUT")
    if not path:
        return
    with Path(path).open("a", encoding="utf-8") as file:
        for name, value in values.items():
            end = secrets.token_hex(16)
            file.write(f"{name}<<{end}\n{value}\n{end}\n")


def say_summary(env: Mapping[str, str], markdown: str) -> None:
    """A part of the job's summary page."""
    path = env.get("GITHUB_STEP_SUMMARY")
    if path and markdown:
        with Path(path).open("a", encoding="utf-8", errors="replace") as file:
            file.write(markdown.encode("utf-8", "replace")[:SUMMARY_BYTES].decode("utf-8", "ignore") + "\n")


def say(text: str) -> None:
    """Text in the log in which the runner obeys no command, whatever stands in it."""
    pause = secrets.token_hex(16)
    sys.stdout.write(f"::stop-commands::{pause}\n{text.rstrip()}\n::{pause}::\n")
    sys.stdout.flush()


def command(text: str) -> None:
    """Workflow commands, as report/github.py makes them."""
    sys.stdout.write(text)
    sys.stdout.flush()


def notice(kind: str, text: str) -> None:
    """One annotation without a place: `notice`, `warning` or `error`."""
    data = safe(text).replace("%", "%25")
    command(f"::{kind} title=modelguard::{data}\n")
