"""Which names the statements of one Python scope bind, and in which they set entries, before any of them is read.

Only statements bind names, but for `:=` and the targets of comprehensions. Those are looked for where the source has such
a line: going through every expression of a file costs as much as reading it.
"""

from __future__ import annotations

import ast
import re
from bisect import bisect_left
from dataclasses import dataclass, field

FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef)
_SCOPES = (*FUNCTIONS, ast.ClassDef, ast.Lambda)
_INSIDE = re.compile(rb"\r\n?|\n|:=|\bfor\b")


@dataclass(frozen=True, slots=True)
class Inner:
    """The lines of a source on which an expression may bind a name: those with `:=` or `for`."""

    lines: list[int]

    @classmethod
    def of(cls, source: bytes) -> Inner:
        """Of a source, as the parser counts its lines."""
        found: list[int] = []
        line = 1
        for match in _INSIDE.finditer(source):
            if match[0] not in (b":=", b"for"):
                line += 1
            elif not found or found[-1] != line:
                found.append(line)
        return cls(found)

    def within(self, node: ast.stmt | ast.expr) -> bool:
        """Whether one of the lines of a node is such a line."""
        place = bisect_left(self.lines, node.lineno)
        return place < len(self.lines) and self.lines[place] <= (node.end_lineno or node.lineno)


@dataclass(slots=True)
class Names:
    """Names that statements bind, and those in which they set entries (`kwargs["model"] = …`, `kwargs.update(…)`) or to
    which they add elements (`models.append(…)`), each with how many times. Nested functions and classes have names of their own."""

    assigned: dict[str, int] = field(default_factory=dict)
    filled: dict[str, int] = field(default_factory=dict)

    @classmethod
    def of(cls, statements: list[ast.stmt], inner: Inner) -> Names:
        """Of the statements of one scope."""
        found = cls()
        todo = list(statements)
        while todo:
            found._statement(todo.pop(), inner, todo)
        return found

    def _bind(self, name: str) -> None:
        self.assigned[name] = self.assigned.get(name, 0) + 1

    def _fill(self, base: ast.expr | None) -> None:
        if isinstance(base, ast.Name):
            self.filled[base.id] = self.filled.get(base.id, 0) + 1

    def _statement(self, node: ast.stmt, inner: Inner, todo: list[ast.stmt]) -> None:
        """One statement; those inside it are left for later."""
        if isinstance(node, ast.Assign):
            for target in node.targets:
                self._target(target)
            self._expressions([node.value], inner)
        elif isinstance(node, ast.Expr):
            self._fill(updated(node.value))
            if not isinstance(node.value, ast.Constant):
                self._expressions([node.value], inner)
        elif isinstance(node, (ast.If, ast.While)):
            self._expressions([node.test], inner)
            todo += node.body
            todo += node.orelse
        elif isinstance(node, (ast.Return, ast.Raise)):
            value = node.value if isinstance(node, ast.Return) else node.exc
            self._expressions([value] if value is not None else [], inner)
        elif isinstance(node, (*FUNCTIONS, ast.ClassDef)):
            self._bind(node.name)
            self._expressions(node.decorator_list, inner)
        elif isinstance(node, (ast.AugAssign, ast.AnnAssign)):
            self._target(node.target)
            self._expressions([node.value] if node.value is not None else [], inner)
        elif isinstance(node, (ast.Import, ast.ImportFrom)):
            for alias in node.names:
                self._bind((alias.asname or alias.name).split(".")[0])
        else:
            self._block(node, inner, todo)

    def _block(self, node: ast.stmt, inner: Inner, todo: list[ast.stmt]) -> None:
        """A loop, `with` or `try`; whatever else there is, is gone through whole."""
        if isinstance(node, (ast.For, ast.AsyncFor)):
            self._target(node.target)
            self._expressions([node.iter], inner)
            todo += node.body
            todo += node.orelse
        elif isinstance(node, (ast.With, ast.AsyncWith)):
            for item in node.items:
                self._expressions([item.context_expr], inner)
                if item.optional_vars is not None:
                    self._target(item.optional_vars)
            todo += node.body
        elif isinstance(node, (ast.Try, ast.TryStar)):
            for handler in node.handlers:
                if handler.name:
                    self._bind(handler.name)
                todo += handler.body
            todo += node.body
            todo += node.orelse
            todo += node.finalbody
        elif not isinstance(node, (ast.Pass, ast.Break, ast.Continue, ast.Global, ast.Nonlocal)):
            self._whole(node)

    def _target(self, node: ast.expr) -> None:
        if isinstance(node, ast.Name):
            self._bind(node.id)
        elif not isinstance(node, ast.Attribute) or not isinstance(node.value, ast.Name):
            self._whole(node)

    def _expressions(self, nodes: list[ast.expr], inner: Inner) -> None:
        for node in nodes:
            if inner.within(node):
                self._whole(node)

    def _whole(self, start: ast.AST) -> None:
        """Everything in a node, whatever it is."""
        todo: list[ast.AST] = [start]
        while todo:
            node = todo.pop()
            if isinstance(node, ast.Name):
                if isinstance(node.ctx, ast.Store):
                    self._bind(node.id)
                continue
            if isinstance(node, ast.Subscript) and isinstance(node.ctx, ast.Store):
                self._fill(node.value)
            elif isinstance(node, ast.Expr):
                self._fill(updated(node.value))
            elif isinstance(node, (*FUNCTIONS, ast.ClassDef)):
                self._bind(node.name)
                todo += node.decorator_list
            elif isinstance(node, (ast.Import, ast.ImportFrom)):
                for alias in node.names:
                    self._bind((alias.asname or alias.name).split(".")[0])
            elif isinstance(node, (ast.ExceptHandler, ast.MatchAs, ast.MatchStar)) and node.name:
                self._bind(node.name)
            if not isinstance(node, _SCOPES):
                todo.extend(ast.iter_child_nodes(node))


GROWING = frozenset({"append", "add", "extend", "appendleft"})
"""Methods by which a list or set gets more elements at its end."""
_CHANGING = GROWING | {"update", "setdefault"}


def updated(node: ast.expr) -> ast.expr | None:
    """What `x.update(…)`, `x.setdefault(…)` or `x.append(…)` changes."""
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in _CHANGING:
        return node.func.value
    return None
