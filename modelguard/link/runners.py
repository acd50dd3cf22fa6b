"""Consumers as the linker sees them, and where they enter the code."""

from __future__ import annotations

from dataclasses import dataclass

from modelguard.link.frames import Context
from modelguard.link.values import Certainty, Function, Outcomes, Via

EVENT = "event"
"""What the first parameter of a Lambda function's handler is given."""


@dataclass(frozen=True, slots=True)
class Entry:
    """Where a consumer enters the code: a module (its top level, as `__main__` or not), or a function in it.

    With `scope`, a function that may lie within others, and nothing of its module's top level. `given` are the arguments
    that its function is started with, by parameter.
    """

    path: str
    function: str = ""
    main: bool = False
    scope: str = ""
    why: str = ""
    given: tuple[tuple[str, Outcomes], ...] = ()
    certainty: Certainty = "certain"
    script: str = ""
    """The shell script that enters it, if one does."""


@dataclass(frozen=True, eq=False)
class Runner:
    """A consumer as the linker sees it. `problem` says why its code was not found, where it was not."""

    name: str
    platform: str
    path: str
    line: int
    context: Context
    instances: int = 1
    account: str | None = None
    stage: str | None = None
    aliases: tuple[str, ...] = ()
    entries: tuple[Entry, ...] = ()
    via: Via = ()
    problem: str = ""
    builder: str = ""
    """The Python file that only declares it, such as a DAG's: no program of its own."""
    argv: tuple[str, ...] = ()
    """The words of its command, its image's included."""
    runs_at: tuple[str, int] = ("", 0)
    """Path and line of the command."""
    image: str = ""
    """The name of its container image, or of the one that it is made from, where one is known."""
    folders: tuple[str, ...] = ()
    """Folders and files of the tree that are put into its container: mounted, or copied into its image."""


@dataclass(frozen=True, eq=False)
class Task:
    """A task of a pipeline that is a function: where it is made, the function, and what it is started with."""

    name: str
    path: str
    line: int
    function: Function
    given: tuple[tuple[str, Outcomes], ...] = ()
    platform: str = "airflow"
