"""Where an expression belongs when it is evaluated: its scope, its arguments, and whose environment it has."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from dataclasses import dataclass, field

from modelguard.extract.facts import Bind, Call, Expr, Scope, Unit
from modelguard.extract.node_modules import is_script
from modelguard.link.values import Function, Outcomes, Value


def is_python(path: str) -> bool:
    """Whether a path is Python, notebooks too."""
    return path.endswith((".py", ".ipynb"))


@dataclass(frozen=True, eq=False)
class Argument:
    """A value handed over, not yet evaluated: an expression in the caller's frame, or outcomes that are known."""

    expr: Expr | None = None
    frame: Frame | None = None
    known: Outcomes = ()
    perhaps: bool = False
    """It is an entry of a mapping that is handed on, of which nothing is known."""


@dataclass(frozen=True, eq=False)
class Context:
    """Who is running: one consumer with its environment. `unit` None is code that no consumer was found for."""

    name: str
    unit: Unit | None = None
    unit_frame: Frame | None = None
    workdir: str = ""
    argv: tuple[str, ...] = ()
    """The words of its command, where one is known; those of the shell scripts that it runs follow."""
    places: tuple[tuple[str, int], ...] = ()
    """Path and line of the last words of `argv`: those that stand in scripts."""
    layers: tuple[tuple[Expr, Frame], ...] = ()
    """Variables from below the unit's own, nearest first: of the actions that a job uses, of the container image."""
    inline: tuple[tuple[Expr, Frame], ...] = ()
    """Variables that its command sets itself, which decide over all others."""


COMPOSED = "composed"
"""The format of a configuration that was put together from several files: its entries were defined where they come from."""
NOBODY = Context("")
"""The context of documents and infrastructure, which mean the same for whoever reads them."""
UNREACHED = "nobody"
"""The name of the context of code that no entry point reaches."""
DEPLOYMENT = Context("deployment")
"""Whoever deploys: programs that put infrastructure together run in no consumer's environment."""


@dataclass(eq=False)
class Folder:
    """A Terraform module: the definitions of all files of a folder, each with the frame of its file. With a
    `stage`, as one environment's tfvars have it."""

    path: str
    context: Context
    table: dict[str, tuple[Bind, Frame]] = field(default_factory=dict)
    assigned: dict[str, tuple[Bind, Frame]] = field(default_factory=dict)
    stage: tuple[str, str] | None = None


@dataclass(frozen=True, eq=False, slots=True)
class Refused:
    """An activation whose function was not entered again, as it was being followed, and the one that would have been."""

    above: Frame
    instead: Frame | None


@dataclass(eq=False, slots=True)
class Frame:
    """One activation of a scope. Compared by identity; the program makes one for each module and context.

    `args` None means that the caller is not known. `format` is "code" for
    every programming language. `folder` is set for Terraform, where names belong to the folder.
    `consulted` are the parameters that anything evaluated so far depends on; `refused` the activations above this one
    whose functions were not entered again from here or below; `too_deep` whether a function was not entered as calls
    were nested too deeply. See `explored.py`.
    """

    path: str
    scope: Scope
    context: Context
    outer: Frame | None = None
    args: dict[str, Argument] | None = None
    bound: Value | None = None
    names: dict[str, Outcomes] = field(default_factory=dict)
    caller: tuple[Frame, Call] | None = None
    depth: int = 0
    format: str = "code"
    folder: Folder | None = None
    known: dict[int, tuple[Expr, Outcomes]] = field(default_factory=dict)
    """What was evaluated here, by the id of the expression."""
    given: dict[int, tuple[Call, Outcomes]] = field(default_factory=dict)
    """What calls that stand here gave, by the id of the call."""
    inner: dict[tuple[int, int, int], tuple[Frame, Call, Function]] = field(default_factory=dict)
    """The activations that calls made from here."""
    consulted: set[str] | None = None
    refused: dict[tuple[int, int], Refused] | None = None
    too_deep: bool = False

    def forget(self) -> None:
        """Drop what was evaluated here and in the activations that calls made from here; it would be evaluated anew."""
        todo = [self]
        while todo:
            frame = todo.pop()
            todo += [inner for inner, _, _ in frame.inner.values()]
            frame.known, frame.given, frame.inner = {}, {}, {}

    def consult(self, name: str) -> None:
        """Note that something depends on what this activation is given for a parameter."""
        if self.consulted is None:
            self.consulted = set()
        self.consulted.add(name)

    def refuse(self, above: Frame, instead: Frame | None = None) -> None:
        """Note, here and up to it, that the function of an activation above was not entered again; `instead` is the
        activation that would have been, where that is known."""
        for frame in itertools.takewhile(lambda f: f is not above, self.stack()):
            if frame.refused is None:
                frame.refused = {}
            frame.refused[id(above), id(instead)] = Refused(above, instead)

    def refuse_depth(self) -> None:
        """Note, here and above, that calls are nested too deeply to go on."""
        for frame in self.stack():
            frame.too_deep = True

    @property
    def script(self) -> bool:
        """Whether this is TypeScript or JavaScript, where what is not there is `undefined` rather than an error."""
        return self.format == "code" and is_script(self.path)

    @property
    def python(self) -> bool:
        """Whether this is Python."""
        return self.format == "code" and is_python(self.path)

    def stack(self) -> Iterator[Frame]:
        """The activations from here up to the entry point. A function that something calls which is not seen was made by the
        one around it, and runs no earlier."""
        frame: Frame | None = self
        while frame is not None:
            yield frame
            frame = frame.caller[0] if frame.caller else frame.outer
