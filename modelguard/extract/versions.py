"""One scope of code while it is read: which version of each local name reaches where (a light SSA form).

Shared by every programming language that is read. Branches that end (return, throw, break, continue) bring nothing to
what follows them; loops join what they may repeat.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Self

from modelguard.extract.facts import (
    Bind,
    Call,
    Closure,
    Expr,
    Get,
    Import,
    Item,
    Join,
    Lit,
    OneOf,
    Op,
    Param,
    Rec,
    Scope,
    Seq,
    Span,
    Store,
    Var,
)

_MAX_ITEMS = 40
"""Most entries set one after the other that are kept as one mapping."""

Env = dict[str, tuple[str, ...]]
"""Local name -> the versions that reach this point."""


@dataclass
class File:
    """What the scopes of one file have in common: those that are finished, their names, its text if it is not ASCII."""

    lines: list[bytes]
    scopes: list[Scope] = field(default_factory=list)
    names: dict[str, int] = field(default_factory=dict)

    @classmethod
    def of(cls, data: bytes) -> Self:
        """The file with these bytes."""
        return cls([] if data.isascii() else data.split(b"\n"))

    def column(self, line: int, offset: int) -> int:
        """Column in characters, from 1, of an offset in bytes of UTF-8, by which parsers count."""
        if self.lines and line <= len(self.lines):
            return len(self.lines[line - 1][:offset].decode("utf-8", "replace")) + 1
        return offset + 1

    def unique(self, name: str) -> str:
        """A scope name not used before in this file (redefinitions and overloads get `~2`, `~3` …)."""
        count = self.names.get(name, 0) + 1
        self.names[name] = count
        return name if count == 1 else f"{name}~{count}"


class ScopeBuilder:
    """Collects one scope in the order of its statements. `counts`: how often each local name is assigned in it."""

    def __init__(
        self, file: File, name: str, kind: str, at: Span, *, parent: ScopeBuilder | None, counts: dict[str, int]
    ) -> None:
        self.file, self.kind, self.at, self.parent, self.counts = file, kind, at, parent, counts
        self.name = file.unique(name)
        self.globals: set[str] = set()
        self.versions: dict[str, list[str]] = {}
        self._put: dict[str, tuple[Expr, tuple[Item, ...]]] = {}
        self._grown: dict[str, tuple[Expr, tuple[Expr, ...]]] = {}
        self.env: Env | None = {}
        self.binds: list[Bind | None] = []
        self.calls: list[Call] = []
        self.stores: list[Store] = []
        self.returns: list[Expr] = []
        self.loose: list[Expr] = []
        self.params: tuple[Param, ...] = ()
        self.decorators: tuple[Expr, ...] = ()
        self.bases: tuple[Expr, ...] = ()
        self.owner = ""

    # -- names -----------------------------------------------------------------------------------------------------

    def define(self, name: str, value: Expr, at: Span, annotation: Expr | None = None) -> None:
        """A new version of a local name, the only one that reaches from here."""
        if name in self.globals:
            # Others see it in the module; what follows here has just set it.
            self.stores.append(Store(Closure("", at), Lit(name, at), value, at))
        version = self._version(name)
        self.binds.append(Bind(version, value, at, annotation))
        if self.env is not None:
            self.env[name] = (version,)

    def put(self, name: str, items: tuple[Item, ...], at: Span) -> None:
        """Entries that are set in what a local name holds: from here on, the name means the mapping with them.

        Where it holds no mapping, it stays what it was (`put` is worked out when facts are linked).
        """
        reaching = (self.env or {}).get(name, ())
        if name not in self.counts or not reaching:
            return
        base: Expr = self.load(name, at)
        before = self._put.get(reaching[0]) if len(reaching) == 1 else None
        if before is not None and len(before[1]) < _MAX_ITEMS:
            # One after the other they are set in the same thing: no chain of mappings is needed.
            base, items = before[0], (*before[1], *items)
        self.define(name, Op("put", (base, Rec(items, at)), at), at)
        self._put[(self.env or {})[name][0]] = (base, items)

    def grow(self, name: str, element: Expr, at: Span) -> None:
        """An element (or, spread, several) that is added to the list in a local name: from here on, it is the longer one."""
        reaching = (self.env or {}).get(name, ())
        if name not in self.counts or not reaching:
            return
        base: Expr = self.load(name, at)
        items: tuple[Expr, ...] = (element,)
        before = self._grown.get(reaching[0]) if len(reaching) == 1 else None
        if before is not None and len(before[1]) < _MAX_ITEMS:
            base, items = before[0], (*before[1], element)
        self.define(name, Op("grown", (base, Seq(items, at)), at), at)
        self._grown[(self.env or {})[name][0]] = (base, items)

    def take(self, params: tuple[Param, ...]) -> None:
        """The parameters. One that the body assigns too is the first version of its name, `name#0`."""
        self.params = params
        for param in params:
            if self.counts.get(param.name):
                self.versions[param.name] = [f"{param.name}#0"]
                self.env = {**(self.env or {}), param.name: (f"{param.name}#0",)}

    def _version(self, name: str) -> str:
        known = self.versions.setdefault(name, [])
        single = self.counts.get(name, 0) <= 1 and not known
        known.append(name if single else f"{name}#{len(known) + 1}")
        return known[-1]

    def load(self, name: str, at: Span) -> Expr:
        """The versions of a name that reach here; a free name is looked up when facts are linked."""
        versions = (self.env or {}).get(name, ())
        if len(versions) == 1:
            return Var(versions[0], at)
        if versions:
            return OneOf(tuple(Var(v, at) for v in versions), at, "branches meet")
        return Var(name, at)

    def drop(self, value: Expr) -> None:
        """An expression whose value goes nowhere, kept where it may read something."""
        if isinstance(value, (Get, Op, OneOf, Join, Import)):
            self.loose.append(value)

    # -- control flow ----------------------------------------------------------------------------------------------

    def branches(self, runs: Sequence[Callable[[], None]]) -> None:
        """Alternatives: each starts from here, and what comes out of any of them reaches what follows."""
        before = dict(self.env or {})
        end: Env | None = None
        for run in runs:
            self.env = dict(before)
            run()
            end = merged(end, self.env)
        self.env = end

    def loop(self, names: Iterable[str], at: Span, run: Callable[[], None]) -> None:
        """A body that may run again: the names that it assigns are, at its start, what was before or what it left."""
        before = dict(self.env or {})
        slots = {}
        for name in sorted(names):
            if name not in self.globals:
                version = f"{name}#loop{len(self.binds)}"
                slots[name] = (len(self.binds), version, len(self.versions.get(name, [])))
                self.binds.append(None)
                if self.env is not None:
                    self.env[name] = (version,)
        run()
        for name, (slot, version, first) in slots.items():
            options = (*before.get(name, ()), *self.versions.get(name, [])[first:])
            self.binds[slot] = Bind(version, OneOf(tuple(Var(v, at) for v in options), at, "a loop repeats"), at)
        self.env = merged(before, self.env)

    def attempt(
        self,
        body: Callable[[], None],
        otherwise: Callable[[], None],
        handlers: Sequence[Callable[[], None]],
        finally_: Callable[[], None],
    ) -> None:
        """`try`: a handler starts from anything that the body may have got to."""
        before = dict(self.env or {})
        body()
        midway = merged(before, self.env)
        otherwise()
        end = self.env
        for handler in handlers:
            self.env = dict(midway or {})
            handler()
            end = merged(end, self.env)
        self.env = dict(midway or {}) if end is None else end
        finally_()
        self.env = None if end is None else self.env

    # -- the end ---------------------------------------------------------------------------------------------------

    def finish(self) -> None:
        """Add the plain names that closures and other modules see, and hand the scope to the file."""
        for name, versions in self.versions.items():
            if versions != [name]:
                final = (self.env or {}).get(name) or tuple(versions)
                reaching = final if self.kind in ("module", "class", "main") else tuple(versions)
                value = OneOf(tuple(Var(v, self.at) for v in reaching), self.at, "assigned more than once")
                self.binds.append(Bind(name, value.options[0] if len(reaching) == 1 else value, self.at))
        self.file.scopes.append(
            Scope(
                self.name,
                self.kind,
                self.at,
                self.params,
                tuple(b for b in self.binds if b is not None),
                tuple(self.calls),
                tuple(self.stores),
                tuple(self.returns),
                self.decorators,
                self.bases,
                tuple(self.loose),
                self.parent.name if self.parent else "",
                self.owner,
            )
        )


def merged(one: Env | None, other: Env | None) -> Env | None:
    """What reaches a point where two paths meet; a path that ended brings nothing."""
    if one is None or other is None:
        kept = one if other is None else other
        return dict(kept) if kept is not None else None
    both = dict(one)
    for name, versions in other.items():
        known = both.get(name, ())
        both[name] = known + tuple(v for v in versions if v not in known)
    return both
