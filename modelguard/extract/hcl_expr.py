"""Terraform/OpenTofu expressions (HCL) to facts' expressions, from tree-sitter's tree."""

from __future__ import annotations

from typing import TYPE_CHECKING

from modelguard.extract.build import MAX_DEPTH, literal
from modelguard.extract.facts import (
    Arg,
    Call,
    CallRef,
    Comp,
    Cond,
    Each,
    Expr,
    Get,
    Import,
    Item,
    Join,
    Lit,
    Op,
    Opaque,
    Rec,
    Seq,
    Span,
    Spread,
    Var,
)

if TYPE_CHECKING:
    from tree_sitter import Node

_ROOT_PARTS = {
    "local": 2,
    "var": 2,
    "module": 2,
    "data": 3,
    "each": 2,
    "path": 2,
    "count": 2,
    "terraform": 2,
    "self": 1,
}
"""How many names of a traversal make up what is referred to; a resource has two, its type and label."""


def at(node: Node) -> Span:
    """Where a node starts."""
    return node.start_point[0] + 1, node.start_point[1] + 1


def raw(node: Node | None) -> str:
    """The text of a node."""
    return (node.text or b"").decode("utf-8", "replace") if node is not None else ""


class Expressions:
    """Reads expressions; calls are collected in `calls` as one list for the file."""

    def __init__(self) -> None:
        self.calls: list[Call] = []
        self.bound: list[str] = []
        self.depth = 0

    def expr(self, node: Node, hint: str = "") -> Expr:
        """One `expression` node or any node inside one."""
        if self.depth > MAX_DEPTH:
            return Opaque("nested too deeply to follow", at(node))
        self.depth += 1
        try:
            return self._read(node, hint)
        finally:
            self.depth -= 1

    def _read(self, node: Node, hint: str) -> Expr:
        if node.type in ("expression", "index", "template_expr", "collection_value", "for_expr", "operation", "splat"):
            children = [c for c in node.named_children if c.type != "comment"]
            if not children:
                return Opaque("an empty expression", at(node))
            return self._chain(children, hint)
        reader = getattr(self, f"_{node.type}", None)
        if reader is None:
            return Opaque(f"HCL {node.type} is not followed", at(node))
        result: Expr = reader(node, hint)
        return result

    def _chain(self, children: list[Node], hint: str) -> Expr:
        """A primary with the attributes, indexes and splats after it."""
        first, rest = children[0], children[1:]
        if first.type == "variable_expr":
            value, rest = self._root(first, rest)
        else:
            value = self.expr(first, hint)
        for child in rest:
            value = self._step(value, child)
        return value

    def _root(self, first: Node, rest: list[Node]) -> tuple[Expr, list[Node]]:
        name = raw(first)
        if name in self.bound:
            return Var(name, at(first)), rest
        wanted = _ROOT_PARTS.get(name, 2)
        parts = [name]
        while len(parts) < wanted and rest and rest[0].type == "get_attr":
            parts.append(raw(rest[0].named_children[0]))
            rest = rest[1:]
        return Var(".".join(parts), at(first)), rest

    def _step(self, base: Expr, node: Node) -> Expr:
        place = at(node)
        if node.type == "get_attr":
            return Get(base, Lit(raw(node.named_children[0]), place), place)
        if node.type == "index":
            inner = node.named_children[0]
            inside = inner.named_children
            key: Expr = self.expr(inside[0]) if inside else Lit(raw(inner).strip("."), place)
            return Get(base, key, place)
        if node.type == "splat":
            value: Expr = Each(base, place)
            for child in node.named_children[0].named_children:
                value = self._step(value, child)
            return Seq((Spread(Op("all", (value,), place), place),), place)
        return Opaque(f"HCL {node.type} is not followed", place)

    def _variable_expr(self, node: Node, hint: str) -> Expr:
        return self._root(node, [])[0]

    def _literal_value(self, node: Node, hint: str) -> Expr:
        child = node.named_children[0] if node.named_children else None
        if child is None:
            return Opaque("an empty literal", at(node))
        if child.type == "string_lit":
            return self._quoted_template(child, hint)
        written = raw(child)
        if child.type == "numeric_lit":
            try:
                return literal(int(written), at(child))
            except ValueError:
                return Op("number", (), at(child))
        if child.type == "bool_lit":
            return Lit(written == "true", at(child))
        return Lit(None, at(child))

    def _quoted_template(self, node: Node, hint: str) -> Expr:
        parts: list[Expr] = []
        for child in node.named_children:
            if child.type == "template_literal":
                parts.append(literal(_unescape(raw(child)), at(child), hint))
            elif child.type == "template_interpolation":
                inside = [c for c in child.named_children if c.type == "expression"]
                parts.append(self.expr(inside[0]) if inside else Opaque("an empty interpolation", at(child)))
            elif child.type == "template_directive":
                parts.append(Opaque("a template directive", at(child)))
        if not parts:
            return Lit("", at(node))
        if len(parts) == 1:
            return parts[0]
        return Join(tuple(parts), at(node))

    _heredoc_template = _quoted_template

    def _tuple(self, node: Node, hint: str) -> Expr:
        return Seq(tuple(self.expr(c, hint) for c in node.named_children if c.type == "expression"), at(node))

    def _object(self, node: Node, hint: str) -> Expr:
        items = []
        for element in (c for c in node.named_children if c.type == "object_elem"):
            sides = [c for c in element.named_children if c.type == "expression"]
            if len(sides) == 2:
                key = self._key(sides[0])
                name = str(key.value) if isinstance(key, Lit) else ""
                items.append(Item(key, self.expr(sides[1], name), at(sides[0])))
        return Rec(tuple(items), at(node))

    def _key(self, node: Node) -> Expr:
        """A bare word is its own name; `(expr)` and quoted text are expressions."""
        inner = [c for c in node.named_children if c.type != "comment"]
        if len(inner) == 1 and inner[0].type == "variable_expr" and raw(inner[0]) not in self.bound:
            return Lit(raw(inner[0]), at(node))
        return self.expr(node)

    def _function_call(self, node: Node, hint: str) -> Expr:
        name = raw(node.named_children[0])
        args: list[Arg] = []
        for group in (c for c in node.named_children if c.type == "function_arguments"):
            for child in group.named_children:
                if child.type == "expression":
                    args.append(Arg("", self.expr(child, hint)))
                elif child.type == "ellipsis" and args:
                    args[-1] = Arg("*", args[-1].value)
        self.calls.append(Call(Import("hcl", name, 0, at(node)), tuple(args), at(node)))
        return CallRef(len(self.calls) - 1, at(node))

    def _conditional(self, node: Node, hint: str) -> Expr:
        sides = [c for c in node.named_children if c.type == "expression"]
        if len(sides) != 3:
            return Opaque("a conditional that is not complete", at(node))
        return Cond(self.expr(sides[0]), self.expr(sides[1], hint), self.expr(sides[2], hint), at(node))

    def _binary_operation(self, node: Node, hint: str) -> Expr:
        parts = [self.expr(c) for c in node.named_children if c.type != "comment"]
        operator = next((raw(c) for c in node.children if not c.is_named), "?")
        return Op({"&&": "all of", "||": "any of"}.get(operator, operator), tuple(parts), at(node))

    def _unary_operation(self, node: Node, hint: str) -> Expr:
        parts = [c for c in node.named_children if c.type != "comment"]
        operator = "not" if raw(node).startswith("!") else "arithmetic"
        return Op(operator, (self._chain(parts, ""),) if parts else (), at(node))

    def _for_tuple_expr(self, node: Node, hint: str) -> Expr:
        names, source = self._intro(node)
        self.bound += names
        sides = [c for c in node.named_children if c.type == "expression"]
        element = self.expr(sides[0]) if sides else Opaque("an empty for", at(node))
        test = self._condition(node)
        del self.bound[len(self.bound) - len(names) :]
        index, var = ("", names[0]) if len(names) == 1 else (names[0], names[1]) if names else ("", "")
        return Comp(source, element, None, var, index, at(node), test)

    def _for_object_expr(self, node: Node, hint: str) -> Expr:
        names, source = self._intro(node)
        self.bound += names
        sides = [self.expr(c) for c in node.named_children if c.type == "expression"]
        test = self._condition(node)
        del self.bound[len(self.bound) - len(names) :]
        if len(sides) < 2:
            return Opaque("a for that is not complete", at(node))
        index, var = ("", names[0]) if len(names) == 1 else (names[0], names[1]) if names else ("", "")
        return Comp(source, sides[1], sides[0], var, index, at(node), test)

    def _intro(self, node: Node) -> tuple[list[str], Expr]:
        for intro in (c for c in node.named_children if c.type == "for_intro"):
            names = [raw(c) for c in intro.named_children if c.type == "identifier"]
            sources = [c for c in intro.named_children if c.type == "expression"]
            if sources:
                return names, self.expr(sources[0])
        return [], Opaque("a for without a source", at(node))

    def _condition(self, node: Node) -> Expr | None:
        for test in (c for c in node.named_children if c.type == "for_cond"):
            inside = [c for c in test.named_children if c.type == "expression"]
            return self.expr(inside[0]) if inside else None
        return None


def _unescape(written: str) -> str:
    """Backslash escapes and `$${`, `%%{` of a quoted template."""
    for escaped, plain in (('\\"', '"'), ("\\n", "\n"), ("\\t", "\t"), ("\\\\", "\\"), ("$${", "${"), ("%%{", "%{")):
        written = written.replace(escaped, plain)
    return written
