"""Lay the example out in ./demo and let the gate judge it. Exits 0 only when every verdict was the expected one."""

from __future__ import annotations

import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

from layout import NotOurs, git, lay_out

TARGET = Path("demo")


@dataclass(frozen=True)
class Step:
    """One command on one branch, the exit status it must have, and what it shows."""

    heading: str
    branch: str
    arguments: tuple[str, ...]
    expected: int


STEPS = (
    Step("One line changes, and the gate says whom it hits", "opus", ("check", "--base", "main"), 1),
    Step("The same change with its budget passes", "opus-funded", ("check", "--base", "main"), 0),
    Step("Only training goes to Opus", "split", ("check", "--base", "main"), 0),
    # Fails by the token alone: one secret baked into 50 functions is an error wherever it stands.
    Step("What main looks like before anybody changes anything", "main", ("check",), 1),
    Step("Who reads what", "main", ("graph",), 0),
)


def run(step: Step) -> int:
    """Show one step; return its exit status."""
    git(TARGET, "switch", "--quiet", step.branch)
    line = f"── {step.heading} "
    print(f"\n{line:─<80}\n   demo ({step.branch}) $ modelguard {' '.join(step.arguments)}\n", flush=True)
    command = [sys.executable, "-m", "modelguard", *step.arguments]
    # Nobody's own settings for modelguard may change what the demonstration shows.
    environment = {key: value for key, value in os.environ.items() if not key.startswith("MODELGUARD_")}
    return subprocess.run(command, cwd=TARGET, env=environment, check=False).returncode


def main() -> int:
    """Run every step, then say whether the gate said what it should."""
    try:
        lay_out(TARGET)
    except NotOurs as problem:
        print(f"error: {problem}", file=sys.stderr)
        return 2
    statuses = [(step, run(step)) for step in STEPS]
    git(TARGET, "switch", "--quiet", "opus")
    wrong = [
        f"   {step.branch}: modelguard {' '.join(step.arguments)} exited with {status}, not {step.expected}"
        for step, status in statuses
        if status != step.expected
    ]
    if wrong:
        print("\nThe gate did not say what it should:", *wrong, sep="\n")
        return 1
    print("\nThe gate said what it should. ./demo is on branch opus: change something, and check again.")
    return 0


if __name__ == "__main__":
    sys.exit(main())
