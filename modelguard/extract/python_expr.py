"""Python expressions to facts' expressions; every call becomes a numbered call of its scope."""

from __future__ import annotations

import ast
from collections.abc import Callable
from typing import TYPE_CHECKING

from modelguard.extract.build import MAX_DEPTH, literal
from modelguard.extract.facts import (
    Arg,
    Call,
    CallRef,
    Closure,
    Comp,
    Cond,
    Each,
    Expr,
    Fallback,
    Get,
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
)
from modelguard.extract.secrets import is_secret_name

if TYPE_CHECKING:
    from modelguard.extract.python_body import Body

_OPERATORS = {ast.Div: "/", ast.Mod: "%", ast.BitOr: "|", ast.Mult: "*", ast.Sub: "-"}


_READERS: dict[type[ast.expr], Callable[..., Expr] | None] = {}
"""What reads each kind of expression, once it was looked for."""
_HINTED = frozenset({ast.BoolOp, ast.IfExp, ast.Dict, ast.List, ast.Tuple, ast.Set})
"""Those whose parts go by the name of the whole."""


class Expressions:
    """Reads the expressions of one scope; nesting beyond MAX_DEPTH is opaque."""

    def __init__(self, body: Body) -> None:
        self.body, self.shared, self.depth = body, body.shared, 0

    def expr(self, node: ast.expr, hint: str = "") -> Expr:
        """One expression. `hint` is the name the value goes by, so that a credential is recognised."""
        if isinstance(node, ast.Name):
            return self.body.load(node.id, self.shared.at(node))
        if self.depth > MAX_DEPTH:
            return Opaque("nested too deeply to follow", self.shared.at(node))
        self.depth += 1
        try:
            if isinstance(node, ast.Constant):
                return literal(node.value, self.shared.at(node), hint)
            kind = type(node)
            if kind not in _READERS:
                _READERS[kind] = getattr(Expressions, f"_{kind.__name__}", None)
            reader = _READERS[kind]
            if reader is None:
                return Opaque("an expression that is not followed", self.shared.at(node))
            return reader(self, node, hint) if kind in _HINTED else reader(self, node)
        finally:
            self.depth -= 1

    def _Attribute(self, node: ast.Attribute) -> Expr:
        at = self._end(node, len(node.attr))
        return Get(self.expr(node.value), Lit(node.attr, at), at, True)

    def _end(self, node: ast.Attribute, width: int) -> Span:
        """Where an attribute's expression starts, or its name where that is on a later line of a chain."""
        line = node.end_lineno or node.lineno
        if line == node.lineno:
            return self.shared.at(node)
        return line, self.shared.column(line, max(0, (node.end_col_offset or 0) - width))

    def _Subscript(self, node: ast.Subscript) -> Expr:
        at = self.shared.at(node)
        if isinstance(node.slice, ast.Slice):
            return Op("slice", (self.expr(node.value),), at)
        return Get(self.expr(node.value), self.expr(node.slice), at)

    def _Call(self, node: ast.Call) -> Expr:
        func = self.expr(node.func)
        first = node.args[0] if node.args else None
        named = first.value if isinstance(first, ast.Constant) and isinstance(first.value, str) else ""
        hint = named if is_secret_name(named) else ""
        args = [
            Arg("*", self.expr(a.value)) if isinstance(a, ast.Starred) else Arg("", self.expr(a, hint if i else ""))
            for i, a in enumerate(node.args)
        ]
        args += [Arg(k.arg or "**", self.expr(k.value, k.arg or "")) for k in node.keywords]
        at = self._end(node.func, len(node.func.attr)) if isinstance(node.func, ast.Attribute) else self.shared.at(node)
        self.body.calls.append(Call(func, tuple(args), at))
        return CallRef(len(self.body.calls) - 1, at)

    def _Await(self, node: ast.Await) -> Expr:
        return self.expr(node.value)

    def _NamedExpr(self, node: ast.NamedExpr) -> Expr:
        value = self.expr(node.value, node.target.id)
        self.body.assign(node.target, value)
        return value

    def _Yield(self, node: ast.Yield) -> Expr:
        if node.value is not None:
            self.body.returns.append(Seq((self.expr(node.value),), self.shared.at(node)))
        return Opaque("what a generator is sent", self.shared.at(node))

    def _YieldFrom(self, node: ast.YieldFrom) -> Expr:
        self.body.returns.append(self.expr(node.value))
        return Opaque("what a generator returns", self.shared.at(node))

    def _JoinedStr(self, node: ast.JoinedStr) -> Expr:
        parts = [self.expr(v.value if isinstance(v, ast.FormattedValue) else v) for v in node.values]
        return Join(tuple(parts), self.shared.at(node))

    def _BinOp(self, node: ast.BinOp) -> Expr:
        at = self.shared.at(node)
        left, right = self.expr(node.left), self.expr(node.right)
        if isinstance(node.op, ast.Add):
            return Join((left, right), at)
        return Op(_OPERATORS.get(type(node.op), "arithmetic"), (left, right), at)

    def _BoolOp(self, node: ast.BoolOp, hint: str) -> Expr:
        at = self.shared.at(node)
        values = [self.expr(v, hint) for v in node.values]
        if isinstance(node.op, ast.And):
            return Op("and", tuple(values), at)
        result = values[-1]
        for value in reversed(values[:-1]):
            result = Fallback(value, result, at)
        return result

    def _UnaryOp(self, node: ast.UnaryOp) -> Expr:
        operand = node.operand
        if isinstance(node.op, ast.USub) and isinstance(operand, ast.Constant) and type(operand.value) is int:
            return literal(-operand.value, self.shared.at(node))
        return Op(
            "not" if isinstance(node.op, ast.Not) else "arithmetic", (self.expr(node.operand),), self.shared.at(node)
        )

    def _Compare(self, node: ast.Compare) -> Expr:
        parts = (self.expr(node.left), *(self.expr(c) for c in node.comparators))
        names = {ast.Eq: "==", ast.NotEq: "!=", ast.In: "in", ast.Is: "is", ast.IsNot: "is not"}
        return Op(
            names.get(type(node.ops[0]), "compare") if len(node.ops) == 1 else "compare", parts, self.shared.at(node)
        )

    def _IfExp(self, node: ast.IfExp, hint: str) -> Expr:
        return Cond(
            self.expr(node.test), self.expr(node.body, hint), self.expr(node.orelse, hint), self.shared.at(node)
        )

    def _Dict(self, node: ast.Dict, hint: str) -> Expr:
        items = []
        for key, value in zip(node.keys, node.values, strict=True):
            name = str(key.value) if isinstance(key, ast.Constant) else ""
            items.append(Item(self.expr(key) if key else None, self.expr(value, name or hint), self.shared.at(value)))
        return Rec(tuple(items), self.shared.at(node))

    def _List(self, node: ast.List | ast.Tuple | ast.Set, hint: str) -> Expr:
        return Seq(tuple(self.expr(e, hint) for e in node.elts), self.shared.at(node))

    _Tuple = _Set = _List

    def _Starred(self, node: ast.Starred) -> Expr:
        return Spread(self.expr(node.value), self.shared.at(node))

    def _Lambda(self, node: ast.Lambda) -> Expr:
        at = self.shared.at(node)
        inner = self.body.child(f"<lambda:{at[0]}:{at[1]}>", "function", at, [])
        inner.params = self.params(node.args)
        inner.read.depth = self.depth
        inner.returns.append(inner.read.expr(node.body))
        inner.finish()
        return Closure(inner.name, at)

    def _ListComp(self, node: ast.ListComp | ast.SetComp | ast.GeneratorExp) -> Expr:
        source = self._generators(node.generators)
        return Comp(source, self.expr(node.elt), None, "", "", self.shared.at(node))

    _SetComp = _GeneratorExp = _ListComp

    def _DictComp(self, node: ast.DictComp) -> Expr:
        base = _filtered(node)
        if base is not None:
            self._generators(node.generators)
            return Rec((Item(None, self.expr(base), self.shared.at(base)),), self.shared.at(node))
        source = self._generators(node.generators)
        return Comp(source, self.expr(node.value), self.expr(node.key), "", "", self.shared.at(node))

    def _generators(self, generators: list[ast.comprehension]) -> Expr:
        """Bind the loop names of a comprehension; gives its outermost source."""
        sources = []
        for generator in generators:
            source = self.expr(generator.iter)
            sources.append(source)
            self.body.assign(generator.target, Each(source, self.shared.at(generator.iter)))
            for test in generator.ifs:
                self.expr(test)
        return sources[0]

    def annotation(self, node: ast.expr | None) -> Expr | None:
        """A type as an expression; a quoted one is parsed first."""
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and len(node.value) < 200:
            try:
                parsed = ast.parse(node.value, mode="eval").body
            except (SyntaxError, ValueError, RecursionError, MemoryError):
                return None
            for child in ast.walk(parsed):
                if isinstance(child, ast.expr):
                    ast.copy_location(child, node)
            node = parsed
        return None if node is None else self.expr(node)

    def params(self, args: ast.arguments) -> tuple[Param, ...]:
        """Parameters with their defaults, in order of position, then the keyword-only ones."""
        positional = [*args.posonlyargs, *args.args]
        defaults: list[ast.expr | None] = [*([None] * (len(positional) - len(args.defaults))), *args.defaults]
        result = [self._param(a, d, "") for a, d in zip(positional, defaults, strict=True)]
        if args.vararg:
            result.append(self._param(args.vararg, None, "*"))
        result += [self._param(a, d, "kw") for a, d in zip(args.kwonlyargs, args.kw_defaults, strict=True)]
        if args.kwarg:
            result.append(self._param(args.kwarg, None, "**"))
        return tuple(result)

    def _param(self, arg: ast.arg, default: ast.expr | None, kind: str) -> Param:
        value = None if default is None else self.expr(default, arg.arg)
        return Param(arg.arg, value, self.annotation(arg.annotation), kind, self.shared.at(arg))


def _filtered(node: ast.DictComp) -> ast.expr | None:
    """The mapping of `{k: v for k, v in mapping.items() if …}`, which has some of its entries; of several mappings in turn
    in `{k: v for mapping in mappings for k, v in mapping.items()}`."""
    generator = node.generators[-1]
    target, source = generator.target, generator.iter
    if len(node.generators) > 2 or not isinstance(target, ast.Tuple) or not isinstance(source, ast.Call):
        return None
    names = [e.id for e in target.elts if isinstance(e, ast.Name)]
    same = [n.id for n in (node.key, node.value) if isinstance(n, ast.Name)]
    func = source.func
    if not isinstance(func, ast.Attribute) or func.attr != "items" or source.args or len(names) != 2 or names != same:
        return None
    outer = node.generators[0].target if len(node.generators) == 2 else None
    whole = outer is None or (
        isinstance(outer, ast.Name) and isinstance(func.value, ast.Name) and outer.id == func.value.id
    )
    return func.value if whole else None
