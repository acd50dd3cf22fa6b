"""Where an expression belongs when it is evaluated: its scope, its arguments, and whose environment it has."""

from __future__ import annotations

from dataclasses import dataclass, field

from modelguard.extract.facts import Bind, Call, Expr, Scope, Unit
from modelguard.extract.node_modules import is_script
from modelguard.link.values import Outcomes, Value


@dataclass(frozen=True, eq=False)
class Argument:
    """A value handed over, not yet evaluated: an expression in the caller's frame, or outcomes that are known."""

    expr: Expr | None = None
    frame: Frame | None = None
    known: Outcomes = ()


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


NOBODY = Context("")
"""The context of documents and infrastructure, which mean the same for whoever reads them."""
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


@dataclass(eq=False)
class Frame:
    """One activation of a scope. Compared by identity; the program makes one for each module and context.

    `args` None means that the caller is not known. `format` is "code" for
    every programming language. `folder` is set for Terraform, where names belong to the folder.
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

    @property
    def script(self) -> bool:
        """Whether this is TypeScript or JavaScript, where what is not there is `undefined` rather than an error."""
        return self.format == "code" and is_script(self.path)

    def stack(self) -> list[Scope]:
        """The scopes from here up to the entry point."""
        scopes = []
        frame: Frame | None = self
        while frame is not None:
            scopes.append(frame.scope)
            frame = frame.caller[0] if frame.caller else None
        return scopes
