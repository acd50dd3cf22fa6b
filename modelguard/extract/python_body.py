"""Statements of one Python scope: which version of each name reaches where; what is stored, returned and called."""

from __future__ import annotations

import ast
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from typing import Self

from modelguard.extract.facts import (
    Call,
    CallRef,
    Closure,
    Each,
    Expr,
    Get,
    Import,
    Item,
    Join,
    Lit,
    Op,
    Opaque,
    Param,
    Rec,
    Seq,
    Span,
    Spread,
    Store,
)
from modelguard.extract.python_names import GROWING, Inner, Names, updated
from modelguard.extract.versions import File, ScopeBuilder


@dataclass
class Shared(File):
    """A Python file."""

    inner: Inner = field(default_factory=lambda: Inner([]))

    @classmethod
    def of(cls, data: bytes) -> Self:
        """The file with these bytes."""
        shared = super().of(data)
        shared.inner = Inner.of(data)
        return shared

    def at(self, node: ast.expr | ast.stmt | ast.arg | ast.keyword | ast.excepthandler) -> Span:
        """Where a node starts, in characters from 1."""
        return node.lineno, self.column(node.lineno, node.col_offset)


def is_main_guard(test: ast.expr) -> bool:
    """Whether this is `__name__ == "__main__"`, either way round."""
    if not (isinstance(test, ast.Compare) and len(test.ops) == 1 and isinstance(test.ops[0], ast.Eq)):
        return False
    sides = [test.left, test.comparators[0]]
    return any(isinstance(s, ast.Name) and s.id == "__name__" for s in sides) and any(
        isinstance(s, ast.Constant) and s.value == "__main__" for s in sides
    )


_HANDLERS: dict[type[ast.stmt], Callable[..., None] | None] = {}
"""What reads each kind of statement, once it was looked for."""


class Body(ScopeBuilder):
    """Turns the statements of one scope into a Scope."""

    def __init__(
        self, shared: Shared, name: str, kind: str, at: Span, *, parent: Body | None, statements: list[ast.stmt]
    ) -> None:
        names = Names.of(statements, shared.inner)
        counts, self.filled = names.assigned, names.filled
        for known in counts.keys() & self.filled.keys():
            counts[known] += self.filled[known]
        super().__init__(shared, name, kind, at, parent=parent, counts=counts)
        self.shared = shared
        self.enclosing = parent
        from modelguard.extract.python_expr import Expressions  # the two build each other

        self.read = Expressions(self)

    def take(self, params: tuple[Param, ...]) -> None:
        """The parameters; setting entries in one changes what it holds, like giving it a new value."""
        for param in params:
            if param.name in self.filled and param.name not in self.counts:
                self.counts[param.name] = self.filled[param.name]
        super().take(params)

    # -- statements ------------------------------------------------------------------------------------------------

    def run(self, statements: list[ast.stmt]) -> None:
        """Read statements in order; what follows a return or raise in the same block is never reached."""
        for statement in statements:
            if self.env is None:
                return
            kind = type(statement)
            if kind not in _HANDLERS:
                _HANDLERS[kind] = getattr(Body, f"_{kind.__name__}", None)
            handler = _HANDLERS[kind]
            if handler is not None:
                handler(self, statement)

    def _keep(self, node: ast.expr | None) -> None:
        if node is None or isinstance(node, ast.Constant):
            return
        self.drop(self.read.expr(node))

    def _Expr(self, node: ast.Expr) -> None:
        if isinstance(node.value, (ast.Yield, ast.YieldFrom, ast.Await)):
            self.read.expr(node.value)
        else:
            value = self.read.expr(node.value)
            self.drop(value)
            if isinstance(value, CallRef):
                self._update(node.value, self.calls[value.index])

    def _update(self, node: ast.expr, call: Call) -> None:
        """`x.update(a=1)`, `x.update({"a": 1}, **more)`, `x.setdefault("a", 1)`, `x.append(1)` on a local name."""
        base = updated(node)
        method = getattr(getattr(call.func, "key", None), "value", "")
        if method in GROWING:
            self._grow(base, method, call)
            return
        if not (isinstance(base, ast.Name) and base.id in self.counts):
            return
        if method == "setdefault":
            if len(call.args) == 2:
                known = Item(None, self.load(base.id, call.at), call.at)
                self.put(base.id, (Item(call.args[0].value, call.args[1].value, call.at), known), call.at)
            return
        items = [Item(Lit(a.name, call.at) if a.name.isidentifier() else None, a.value, call.at) for a in call.args]
        self.put(base.id, tuple(items), call.at)

    def _grow(self, base: ast.expr | None, method: str, call: Call) -> None:
        """Elements that are added to a local name, or to an attribute, which may then be a list of them."""
        if len(call.args) != 1 or call.args[0].name:
            return
        added = call.args[0].value
        if method == "appendleft":
            added = Opaque("an element that is put in front of others", call.at)
        more = Spread(added, call.at) if method == "extend" else added
        if isinstance(base, ast.Name):
            self.grow(base.id, more, call.at)
        elif isinstance(base, ast.Attribute) and isinstance(call.func, Get) and isinstance(call.func.base, Get):
            self.stores.append(Store(call.func.base.base, call.func.base.key, Seq((more,), call.at), call.at))

    def _Assign(self, node: ast.Assign) -> None:
        value = self.read.expr(node.value, hint=_hint(node.targets[0]))
        for target in node.targets:
            self.assign(target, value)

    def _AnnAssign(self, node: ast.AnnAssign) -> None:
        annotation = self.read.annotation(node.annotation)
        at = self.shared.at(node.target)
        if node.value is not None:
            value: Expr = self.read.expr(node.value, hint=_hint(node.target))
        elif self.kind == "class":
            value = Op("declared", (), at)
        else:
            return
        if isinstance(node.target, ast.Name):
            self.define(node.target.id, value, at, annotation)
        else:
            self.assign(node.target, value)

    def _AugAssign(self, node: ast.AugAssign) -> None:
        at = self.shared.at(node)
        added = self.read.expr(node.value)
        if isinstance(node.op, ast.Add) and isinstance(node.target, ast.Name):
            self.assign(node.target, Join((self.load(node.target.id, at), added), at))
        else:
            self.assign(node.target, Opaque("changed by an operator", at))

    def assign(self, target: ast.expr, value: Expr) -> None:
        """Bind a target (name, attribute, item or a pattern of them) to a value."""
        at = self.shared.at(target)
        if isinstance(target, ast.Name):
            self.define(target.id, value, at)
        elif isinstance(target, ast.Attribute):
            self.stores.append(Store(self.read.expr(target.value), Lit(target.attr, at), value, at))
        elif isinstance(target, ast.Subscript):
            key = self.read.expr(target.slice)
            self.stores.append(Store(self.read.expr(target.value), key, value, at))
            if isinstance(target.value, ast.Name) and isinstance(key, Lit) and isinstance(key.value, str):
                self.put(target.value.id, (Item(key, value, at),), at)
            elif isinstance(target.value, ast.Attribute):
                # The attribute may then be a mapping with this entry.
                kept = Lit(target.value.attr, at)
                self.stores.append(
                    Store(self.read.expr(target.value.value), kept, Rec((Item(key, value, at),), at), at)
                )
        elif isinstance(target, (ast.Tuple, ast.List)):
            parts = value.items if isinstance(value, Seq) and len(value.items) == len(target.elts) else None
            for index, element in enumerate(target.elts):
                if isinstance(element, ast.Starred):
                    self.assign(element.value, Opaque("the rest of a sequence", at))
                else:
                    self.assign(element, parts[index] if parts else Get(value, Lit(index, at), at))

    def _Return(self, node: ast.Return) -> None:
        if node.value is not None:
            self.returns.append(self.read.expr(node.value))
        self.env = None

    def _Raise(self, node: ast.Raise) -> None:
        if node.exc is not None:
            self._keep(node.exc)
        self.env = None

    def _Break(self, node: ast.Break) -> None:
        self.env = None

    _Continue = _Break

    def _If(self, node: ast.If) -> None:
        self._keep(node.test)
        self.branches([partial(self.run, node.body), partial(self.run, node.orelse)])

    def _For(self, node: ast.For | ast.AsyncFor) -> None:
        source = self.read.expr(node.iter)
        self._loop(node.body, node.orelse, node.target, Each(source, self.shared.at(node.iter)))

    _AsyncFor = _For

    def _While(self, node: ast.While) -> None:
        self._keep(node.test)
        self._loop(node.body, node.orelse, None, None)

    def _loop(self, body: list[ast.stmt], orelse: list[ast.stmt], target: ast.expr | None, each: Expr | None) -> None:
        def repeated() -> None:
            if target is not None and each is not None:
                self.assign(target, each)
            self.run(body)

        names = Names.of(body, self.shared.inner)
        self.loop(names.assigned.keys() | (names.filled.keys() & self.counts.keys()), self.shared.at(body[0]), repeated)
        self.run(orelse)

    def _Try(self, node: ast.Try) -> None:
        self.attempt(
            partial(self.run, node.body),
            partial(self.run, node.orelse),
            [partial(self._handle, handler) for handler in node.handlers],
            partial(self.run, node.finalbody),
        )

    def _handle(self, handler: ast.ExceptHandler) -> None:
        if handler.name:
            self.define(handler.name, Opaque("an exception", self.shared.at(handler)), self.shared.at(handler))
        self.run(handler.body)

    _TryStar = _Try

    def _With(self, node: ast.With | ast.AsyncWith) -> None:
        for item in node.items:
            value = self.read.expr(item.context_expr)
            if item.optional_vars is not None:
                self.assign(item.optional_vars, value)
        self.run(node.body)

    _AsyncWith = _With

    def _Match(self, node: ast.Match) -> None:
        subject = self.read.expr(node.subject)
        self.branches([lambda: None, *(partial(self._case, case, subject) for case in node.cases)])

    def _case(self, case: ast.match_case, subject: Expr) -> None:
        for pattern in ast.walk(case.pattern):
            if isinstance(pattern, (ast.MatchAs, ast.MatchStar)) and pattern.name:
                at = (pattern.lineno, pattern.col_offset + 1)
                whole = pattern is case.pattern
                self.define(pattern.name, subject if whole else Opaque("a part of a matched value", at), at)
        self._keep(case.guard)
        self.run(case.body)

    def _Global(self, node: ast.Global) -> None:
        self.globals.update(node.names)

    def _Nonlocal(self, node: ast.Nonlocal) -> None:
        pass

    def _Assert(self, node: ast.Assert) -> None:
        self._keep(node.test)

    def _Import(self, node: ast.Import) -> None:
        for alias in node.names:
            at = self.shared.at(node)
            module = alias.name if alias.asname else alias.name.split(".")[0]
            self.define(alias.asname or module, Import(module, "", 0, at), at)
            if module != alias.name:
                # It binds the package and runs the module inside too.
                self.drop(Import(alias.name, "", 0, at))

    def _ImportFrom(self, node: ast.ImportFrom) -> None:
        for alias in node.names:
            at = self.shared.at(node)
            self.define(alias.asname or alias.name, Import(node.module or "", alias.name, node.level, at), at)

    def _FunctionDef(self, node: ast.FunctionDef | ast.AsyncFunctionDef) -> None:
        at = self.shared.at(node)
        decorators = tuple(self.read.expr(d) for d in node.decorator_list)
        params = self.read.params(node.args)
        inner = self.child(node.name, "method" if self.kind == "class" else "function", at, node.body)
        inner.take(params)
        inner.decorators = decorators
        inner.run(node.body)
        inner.finish()
        self.define(node.name, Closure(inner.name, at), at)

    _AsyncFunctionDef = _FunctionDef

    def _ClassDef(self, node: ast.ClassDef) -> None:
        at = self.shared.at(node)
        decorators = tuple(self.read.expr(d) for d in node.decorator_list)
        bases = [self.read.expr(b) for b in node.bases]
        inner = self.child(node.name, "class", at, node.body)
        inner.decorators, inner.bases = decorators, tuple(bases)
        for keyword in node.keywords:  # BaseSettings(env_prefix=...) and the like, kept as class attributes
            if keyword.arg:
                inner.define(f"@{keyword.arg}", self.read.expr(keyword.value), at)
        inner.run(node.body)
        inner.finish()
        self.define(node.name, Closure(inner.name, at), at)

    # -- nested scopes ---------------------------------------------------------------------------------------------

    def child(self, name: str, kind: str, at: Span, statements: list[ast.stmt]) -> Body:
        """A scope inside this one; its free names are looked up past classes, as Python does."""
        prefix = "" if self.kind in ("module", "main") else f"{self.name}."
        lexical: Body | None = self
        while lexical is not None and lexical.kind == "class":
            lexical = lexical.enclosing
        inner = Body(self.shared, prefix + name, kind, at, parent=lexical, statements=statements)
        inner.owner = self.name if self.kind == "class" else ""
        return inner


def _hint(target: ast.expr) -> str:
    """The name a value is assigned to, by which a credential is recognised."""
    if isinstance(target, ast.Name):
        return target.id
    if isinstance(target, ast.Attribute):
        return target.attr
    if isinstance(target, ast.Subscript) and isinstance(target.slice, ast.Constant):
        return str(target.slice.value)
    return ""
