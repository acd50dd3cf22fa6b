"""Bicep files and their parameter files: what a template defines by name, the resources and modules that it deploys.

Functions become expressions where their result is one of their arguments or made of them; everything else is known once
Azure has deployed it. Format: https://learn.microsoft.com/azure/azure-resource-manager/bicep/file.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache
from typing import TYPE_CHECKING

from modelguard.extract.build import MAX_DEPTH, literal
from modelguard.extract.facts import (
    Bind,
    Comp,
    Cond,
    Expr,
    External,
    Facts,
    Fallback,
    Get,
    Item,
    Join,
    Lit,
    Op,
    Opaque,
    Rec,
    Scope,
    Seq,
    Span,
    Spread,
    Var,
)

if TYPE_CHECKING:
    from tree_sitter import Language, Node

NAME = KIND = "bicep"
RESOURCE, MODULE, OUTPUT, USING = "resource.", "module.", "output.", "using"
"""In front of the names under which a scope says what a symbol is: a resource's type, a module's path; what is put out."""
_SAME = frozenset({"toLower", "toUpper", "string", "trim", "any", "array", "flatten", "split", "first"})
"""Functions of which the result is their first argument, as far as a model's name goes."""
_USING = re.compile(rb"(?m)^using\s")
_GIVEN = re.compile(rb"(?m)^param(?=\s)")


@lru_cache(maxsize=1)
def _language() -> Language:
    import tree_sitter
    import tree_sitter_bicep

    return tree_sitter.Language(tree_sitter_bicep.language())


def extract(data: bytes) -> Facts:
    """Facts of one .bicep or .bicepparam file; what the parser could not read is passed over and told."""
    if _USING.search(data):
        data = _GIVEN.sub(b"var  ", data)  # a parameter without a type, which the grammar knows as a variable alone
    binds: list[Bind] = []
    problem = broken = 0
    for root in _statements(data):
        broken += root.has_error and root.end_byte - root.start_byte > _LONG
        if broken > _MOST_BROKEN:
            break  # no Bicep, and slow to be found out again and again
        problem = problem or (_first_error(root) if root.has_error else 0)
        reader, decorators = _Reader(), list[str]()
        for node in root.named_children:
            if node.type == "decorators":
                decorators += [_raw(n) for n in node.named_children]
            else:
                binds += reader.declaration(node, decorators)
    why = "part of it is not valid Bicep" if problem else ""
    return Facts(NAME, scopes=(Scope("", KIND, (1, 1), binds=tuple(binds)),), problem=why, problem_line=problem)


_STARTS = re.compile(
    rb"(?m)^(?=(?:param|var|resource|module|output|using|targetScope|type|func|metadata|import|extension)\b|@)"
)
_LONGEST = 30_000
_MOST = 5_000
_LONG, _MOST_BROKEN = 5_000, 2


def _statements(data: bytes) -> Iterator[Node]:
    """Each statement with its decorators. They are parsed one by one, as what is no Bicep takes the parser time by the square of
    its length; one that is longer than any hand writes is left out."""
    import tree_sitter

    places = [m.start() for m in _STARTS.finditer(data)][:_MOST]
    starts = [p for n, p in enumerate(places) if n == 0 or not data.startswith(b"@", places[n - 1])]
    parser = tree_sitter.Parser(_language())
    line = at = 0
    for start, end in zip(starts, [*starts[1:], len(data)], strict=False):
        line, at = line + data.count(b"\n", at, start), start
        if end - start <= _LONGEST:
            after = line + data.count(b"\n", start, end)
            parser.included_ranges = [tree_sitter.Range((line, 0), (after, 0), start, end)]
            yield parser.parse(data).root_node


def _raw(node: Node) -> str:
    return (node.text or b"").decode("utf-8", "replace")


def _at(node: Node) -> Span:
    return node.start_point[0] + 1, node.start_point[1] + 1


def _first_error(root: Node) -> int:
    todo = [root]
    while todo:
        node = todo.pop(0)
        if node.is_error or node.is_missing:
            return node.start_point[0] + 1
        todo = [c for c in node.children if c.has_error or c.is_error or c.is_missing] + todo
    return 1


def _kept(node: Node) -> list[Node]:
    return [c for c in node.named_children if c.type not in ("comment", "diagnostic_comment", "decorators")]


class _Reader:
    """Turns the nodes of one file into expressions; `bound` are the variables of the loops around the current one."""

    def __init__(self) -> None:
        self.bound: list[str] = []
        self.depth = 0

    def declaration(self, node: Node, decorators: list[str]) -> Iterator[Bind]:
        """What one statement defines."""
        own = [_raw(d) for c in node.named_children if c.type == "decorators" for d in c.named_children]
        secure = any("secure" in d for d in (*decorators, *own))
        kept = _kept(node)
        name = next((_raw(c) for c in kept if c.type == "identifier"), "")
        value = self._assigned(node)
        at = _at(node)
        if node.type == "parameter_declaration" and name:
            default = External("secret.parameter", Lit(name, at), at) if secure and value is None else None
            unknown = Opaque(f"the parameter `{name}` has no default; it is given when it is deployed", at)
            yield Bind(f"ref.{name}", self.expr(value, name) if value is not None else default or unknown, at)
        elif node.type in ("assert_statement", "parameter_assignment", "variable_declaration") and name and value:
            yield Bind(f"ref.{name}", self.expr(value, name), at)
        elif node.type in ("resource_declaration", "module_declaration") and name:
            named = next((_string(c) for c in kept if c.type == "string"), "")
            kind = RESOURCE if node.type == "resource_declaration" else MODULE
            yield Bind(f"{kind}{name}", Lit(named, at), at)
            yield Bind(f"ref.{name}", self.expr(value) if value is not None else Opaque("nothing", at), at)
        elif node.type == "output_declaration" and name and value is not None:
            yield Bind(f"{OUTPUT}{name}", self.expr(value), at)
        elif node.type == "using_statement":
            yield Bind(USING, Lit(next((_string(c) for c in kept if c.type == "string"), ""), at), at)

    @staticmethod
    def _assigned(node: Node) -> Node | None:
        """What follows the equals sign."""
        after = False
        for child in node.children:
            if after and child.is_named and child.type != "comment":
                return child
            after = after or child.type == "="
        return None

    def expr(self, node: Node, hint: str = "") -> Expr:
        """One expression; `hint` is the name it is given to, which may say that it is a credential."""
        if self.depth > MAX_DEPTH:
            return Opaque("nested too deeply to follow", _at(node))
        self.depth += 1
        try:
            reader = getattr(self, f"_{node.type}", None)
            found: Expr = (
                reader(node, hint) if reader is not None else Opaque(f"{node.type} is not followed", _at(node))
            )
            return found
        finally:
            self.depth -= 1

    # -- literals and collections --------------------------------------------------------------------------------------

    def _string(self, node: Node, hint: str) -> Expr:
        parts: list[Expr] = []
        for child in node.named_children:
            if child.type == "interpolation":
                inside = _kept(child)
                parts.append(self.expr(inside[0]) if inside else Opaque("an empty interpolation", _at(child)))
            else:
                parts.append(literal(_raw(child), _at(node), hint))
        if not parts:
            return Lit("", _at(node))
        return parts[0] if len(parts) == 1 else Join(tuple(parts), _at(node))

    def _number(self, node: Node, hint: str) -> Expr:
        written = _raw(node)
        return literal(int(written), _at(node)) if written.lstrip("-").isdecimal() else Opaque("a number", _at(node))

    def _boolean(self, node: Node, hint: str) -> Expr:
        return Lit(_raw(node) == "true", _at(node))

    def _null(self, node: Node, hint: str) -> Expr:
        return Lit(None, _at(node))

    def _array(self, node: Node, hint: str) -> Expr:
        found = []
        for child in _kept(node):
            spread = child.type == "spread"
            inner = _kept(child)[0] if spread and _kept(child) else child
            found.append(Spread(self.expr(inner), _at(child)) if spread else self.expr(inner, hint))
        return Seq(tuple(found), _at(node))

    def _object(self, node: Node, hint: str) -> Expr:
        found: list[Item] = []
        for child in _kept(node):
            sides = _kept(child)
            if child.type == "spread" and sides:
                found.append(Item(None, self.expr(sides[0]), _at(child)))
            elif child.type == "object_property" and len(sides) >= 2:
                first = sides[0]
                key: Expr = self.expr(first) if first.type == "string" else Lit(_raw(first), _at(first))
                name = str(key.value) if isinstance(key, Lit) else ""
                found.append(Item(key, self.expr(sides[-1], name), _at(first)))
        return Rec(tuple(found), _at(node))

    # -- names and what lies in them -----------------------------------------------------------------------------------

    def _identifier(self, node: Node, hint: str) -> Expr:
        name = _raw(node)
        return Var(name if name in self.bound else f"ref.{name}", _at(node))

    _variable = _identifier

    def _member_expression(self, node: Node, hint: str) -> Expr:
        base, *rest = _kept(node)
        name = _raw(rest[-1]) if rest else ""
        called = base.type == "call_expression" and _raw(base).partition("(")[0].rpartition(".")[2].startswith(
            "listKeys"
        )
        if called:
            return External("secret.azure", Lit(_raw(base).partition(".")[0], _at(node)), _at(node))
        if base.type == "member_expression" and _raw(base).endswith(".outputs"):
            module = self.expr(_kept(base)[0])
            return Get(module, Lit(f"{OUTPUT}{name}", _at(node)), _at(node))
        return Get(self.expr(base), Lit(name, _at(node)), _at(node))

    def _subscript_expression(self, node: Node, hint: str) -> Expr:
        base, *rest = _kept(node)
        return Get(self.expr(base), self.expr(rest[-1]) if rest else Lit(0, _at(node)), _at(node))

    _optional_member_expression = _member_expression

    def _parenthesized_expression(self, node: Node, hint: str) -> Expr:
        inside = _kept(node)
        return self.expr(inside[0], hint) if inside else Opaque("nothing", _at(node))

    def _nullable_expression(self, node: Node, hint: str) -> Expr:
        return self._parenthesized_expression(node, hint)

    # -- choices and loops ---------------------------------------------------------------------------------------------

    def _ternary_expression(self, node: Node, hint: str) -> Expr:
        sides = _kept(node)
        if len(sides) != 3:
            return Opaque("a choice that is not complete", _at(node))
        test, then, other = sides
        empty = _raw(test).replace(" ", "")
        if empty == f"!empty({_raw(then)})":
            return Fallback(self.expr(then, hint), self.expr(other, hint), _at(node))
        if empty == f"empty({_raw(other)})":
            return Fallback(self.expr(other, hint), self.expr(then, hint), _at(node))
        return Cond(self.expr(test), self.expr(then, hint), self.expr(other, hint), _at(node))

    def _binary_expression(self, node: Node, hint: str) -> Expr:
        operator = next((_raw(c) for c in node.children if not c.is_named), "?")
        sides = [self.expr(c, hint) for c in _kept(node)]
        if operator == "??" and len(sides) == 2:
            return Fallback(sides[0], sides[1], _at(node))
        return Op({"&&": "all of", "||": "any of"}.get(operator, operator), tuple(sides), _at(node))

    def _unary_expression(self, node: Node, hint: str) -> Expr:
        return Op("not", tuple(self.expr(c) for c in _kept(node)[:1]), _at(node))

    def _if_statement(self, node: Node, hint: str) -> Expr:
        """What is only deployed where something holds is taken to be."""
        return self.expr(_kept(node)[-1])

    def _for_statement(self, node: Node, hint: str) -> Expr:
        kept = _kept(node)
        names = [_raw(c) for c in kept if c.type in ("for_loop_parameters",) for c in _kept(c)]
        if not names and kept and kept[0].type == "identifier":
            names, kept = [_raw(kept[0])], kept[1:]
        kept = [c for c in kept if c.type != "for_loop_parameters"]
        if len(kept) < 2 or not names:
            return Opaque("a loop that is not complete", _at(node))
        source = self.expr(kept[0])
        self.bound += names
        element = self.expr(kept[-1], hint)
        del self.bound[len(self.bound) - len(names) :]
        return Comp(source, element, None, names[0], names[1] if len(names) > 1 else "", _at(node))

    # -- functions -----------------------------------------------------------------------------------------------------

    def _call_expression(self, node: Node, hint: str) -> Expr:
        function, at = _kept(node)[0], _at(node)
        given = [a for c in node.named_children if c.type == "arguments" for a in _kept(c)]
        name = _raw(function).rpartition(".")[2]
        args = [self.expr(a, hint) for a in given]
        if name == "getSecret" and args:
            return External("secret.keyvault", args[0], at)
        if name == "concat" and args:
            lists = all(not isinstance(a, Lit) and given[n].type != "string" for n, a in enumerate(args))
            return Seq(tuple(Spread(a, at) for a in args), at) if lists else Join(tuple(args), at)
        if name == "union" and args:
            if any(a.type == "array" for a in given):
                return Seq(tuple(Spread(a, at) for a in args), at)
            return Rec(tuple(Item(None, a, at) for a in args), at)
        if name == "items" and args:
            return Opaque("the entries of an object", at)
        if name == "coalesce" and len(args) > 1:
            whole = args[-1]
            for arg in reversed(args[:-1]):
                whole = Fallback(arg, whole, at)
            return whole
        return args[0] if name in _SAME and args else Opaque(f"the result of `{name}` is known once it is deployed", at)


def _string(node: Node) -> str:
    return _raw(node).strip("'")
