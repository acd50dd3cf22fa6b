"""TypeScript expressions to facts' expressions; every call becomes a numbered call of its scope."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from modelguard.extract.build import MAX_DEPTH, attribute, literal
from modelguard.extract.facts import (
    Arg,
    Call,
    CallRef,
    Comp,
    Cond,
    Each,
    Expr,
    Fallback,
    Get,
    Import,
    Item,
    Join,
    Lit,
    Op,
    Opaque,
    Rec,
    Seq,
    Spread,
    Var,
)
from modelguard.extract.secrets import is_secret_name
from modelguard.extract.typescript_body import CLASSES, FUNCTIONS, raw
from modelguard.extract.typescript_jsx import markup

if TYPE_CHECKING:
    from tree_sitter import Node

    from modelguard.extract.typescript_body import Body

_INSIDE = frozenset(
    {
        "parenthesized_expression",
        "as_expression",
        "satisfies_expression",
        "non_null_expression",
        "await_expression",
        "instantiation_expression",
    }
)
_ELEMENTWISE = frozenset({"map", "flatMap", "forEach", "filter", "find", "some", "every", "reduce"})
_CONSTANTS: dict[str, object] = {"true": True, "false": False, "null": None, "undefined": None}
_OPERATORS = {"===": "==", "==": "==", "!==": "!=", "!=": "!=", "&&": "and", "/": "arithmetic"}


_OF_CONTAINERS = frozenset({"to", "toSelf", "toConstantValue", "toDynamicValue", "toFactory", "toService"})
"""What follows the `bind` of a container (InversifyJS), which is no function's."""


class Expressions:
    """Reads the expressions of one scope; nesting beyond MAX_DEPTH is opaque."""

    def __init__(self, body: Body) -> None:
        self.body, self.source, self.depth = body, body.source, 0

    def expr(self, node: Node, hint: str = "") -> Expr:
        """One expression. `hint` is the name the value goes by, so that a credential is recognised."""
        if self.depth > MAX_DEPTH:
            return Opaque("nested too deeply to follow", self.source.at(node))
        self.depth += 1
        try:
            return self._read(node, hint)
        finally:
            self.depth -= 1

    def _read(self, node: Node, hint: str) -> Expr:
        kind = node.type
        if kind in _INSIDE:
            inner = [c for c in node.named_children if c.type != "comment"]
            return self.expr(inner[0], hint) if inner else Opaque("nothing", self.source.at(node))
        if kind in FUNCTIONS:
            at = self.source.at(node)
            return self.body.function(node, raw(node.child_by_field_name("name")) or hint or f"<arrow:{at[0]}:{at[1]}>")
        if kind in CLASSES:
            at = self.source.at(node)
            return self.body.class_(node, raw(node.child_by_field_name("name")) or hint or f"<class:{at[0]}:{at[1]}>")
        if kind in _CONSTANTS:
            return Lit(_CONSTANTS[kind], self.source.at(node))  # type: ignore[arg-type]
        if kind.startswith("jsx_"):
            return markup(self, node)
        reader = getattr(self, f"_{kind}", None)
        if reader is None:
            return Opaque("an expression that is not followed", self.source.at(node))
        result: Expr = reader(node, hint)
        return result

    def _type_assertion(self, node: Node, hint: str) -> Expr:
        """`<Type>value`, the older way to write `value as Type`."""
        inner = [c for c in node.named_children if c.type != "comment"]
        return self.expr(inner[-1], hint)

    # -- names and literals --------------------------------------------------------------------------------------------

    def _identifier(self, node: Node, hint: str) -> Expr:
        return self.body.read_name(raw(node), self.source.at(node))

    _shorthand_property_identifier = _this = _identifier

    def _super(self, node: Node, hint: str) -> Expr:
        """`super` as Python has it: the result of a call."""
        at = self.source.at(node)
        self.body.calls.append(Call(Var("super", at), (), at))
        return CallRef(len(self.body.calls) - 1, at)

    def _string(self, node: Node, hint: str) -> Expr:
        return literal(_text(node), self.source.at(node), hint)

    def _template_string(self, node: Node, hint: str) -> Expr:
        at = self.source.at(node)
        parts: list[Expr] = []
        for child in node.named_children:
            if child.type == "template_substitution":
                parts += [self.expr(c) for c in child.named_children if c.type != "comment"]
            else:
                parts.append(literal(_unescaped(raw(child)), self.source.at(child), hint))
        if all(isinstance(p, Lit) for p in parts) or (len(parts) == 1 and not isinstance(parts[0], (Var, Get))):
            texts = "".join(str(p.value) for p in parts if isinstance(p, Lit))
            return literal(texts, at, hint) if all(isinstance(p, Lit) for p in parts) else parts[0]
        return Join(tuple(parts), at)

    def _regex(self, node: Node, hint: str) -> Expr:
        at = self.source.at(node)
        return Op("regex", (literal(raw(node.child_by_field_name("pattern")), at),), at)

    def _number(self, node: Node, hint: str) -> Expr:
        text = raw(node).replace("_", "")
        try:
            value: int | float = int(text, 0) if not any(c in text for c in ".eE") or "x" in text else float(text)
        except ValueError:
            return Opaque("a number", self.source.at(node))
        return literal(value, self.source.at(node), hint)

    def key(self, node: Node) -> Expr:
        """A property's name, in an object or a pattern."""
        at = self.source.at(node)
        if node.type == "computed_property_name":
            return self.expr(node.named_children[0])
        return Lit(_text(node) if node.type == "string" else raw(node), at)

    # -- access ----------------------------------------------------------------------------------------------------

    def _member_expression(self, node: Node, hint: str) -> Expr:
        base, name = node.child_by_field_name("object"), node.child_by_field_name("property")
        at = self.source.at(node)
        if base is None or name is None:
            return Opaque("an expression that is not followed", at)
        if base.end_point[0] != name.start_point[0]:
            at = self.source.at(name)
        return Get(self.expr(base), Lit(raw(name).lstrip("#"), at), at, True)

    def _subscript_expression(self, node: Node, hint: str) -> Expr:
        base, index = node.child_by_field_name("object"), node.child_by_field_name("index")
        at = self.source.at(node)
        if base is None or index is None:
            return Opaque("an expression that is not followed", at)
        return Get(self.expr(base), self.expr(index), at)

    def _meta_property(self, node: Node, hint: str) -> Expr:
        return Var("import.meta", self.source.at(node))

    # -- calls -----------------------------------------------------------------------------------------------------

    def _call_expression(self, node: Node, hint: str) -> Expr:
        function, given = node.child_by_field_name("function"), node.child_by_field_name("arguments")
        at = self.source.at(node)
        if function is None:
            return Opaque("an expression that is not followed", at)
        written = [c for c in given.named_children if c.type != "comment"] if given is not None else []
        module = _text(written[0]) if len(written) == 1 and written[0].type == "string" else None
        if module is not None and raw(function) == "require":
            return Import(module, "=", 0, at)
        if module is not None and function.type == "import":
            return Import(module, "", 0, at)
        if given is not None and given.type == "template_string":
            return self._made(self.expr(function), [Arg("", self.expr(given))], node, function)
        bound = self._bound(function, written)
        if bound is not None:
            return bound
        callback = self._callback(function, written)
        if callback is not None:
            return callback
        return self._made(self.expr(function), self._arguments(written), node, function)

    def _new_expression(self, node: Node, hint: str) -> Expr:
        function, given = node.child_by_field_name("constructor"), node.child_by_field_name("arguments")
        if function is None:
            return Opaque("an expression that is not followed", self.source.at(node))
        written = [c for c in given.named_children if c.type != "comment"] if given is not None else []
        return self._made(self.expr(function), self._arguments(written), node, function)

    def _made(self, func: Expr, args: list[Arg], node: Node, function: Node) -> Expr:
        if function.type == "super":
            func = Get(func, Lit("__init__", func.at), func.at, True)
        at = func.at if isinstance(func, Get) and function.type == "member_expression" else self.source.at(node)
        self.body.calls.append(Call(func, tuple(args), at))
        return CallRef(len(self.body.calls) - 1, at)

    def _arguments(self, written: list[Node]) -> list[Arg]:
        hint = ""
        args: list[Arg] = []
        for node in written:
            if node.type == "spread_element":
                args.append(Arg("*", self.expr(node.named_children[0])))
                continue
            args.append(Arg("", self.expr(node, hint)))
            named = _text(node) if node.type == "string" else ""
            hint = named if is_secret_name(named) else ""
        return args

    def _bound(self, function: Node, written: list[Node]) -> Expr | None:
        """`controller.ask.bind(controller)`: the method itself, which knows whose it is."""
        base = function.child_by_field_name("object") if function.type == "member_expression" else None
        if base is None or len(written) != 1 or raw(function.child_by_field_name("property")) != "bind":
            return None
        if written[0].type not in ("identifier", "this", "member_expression", "null", "undefined"):
            return None
        call = function.parent
        after = call.parent if call is not None else None
        if after is not None and raw(after.child_by_field_name("property")) in _OF_CONTAINERS:
            return None
        return self.expr(base)

    def _callback(self, function: Node, written: list[Node]) -> Expr | None:
        """`list.map(x => …)` and `promise.then(x => …)`: the function is called with what it is given there."""
        if function.type != "member_expression" or not written or written[0].type not in FUNCTIONS:
            return None
        name = raw(function.child_by_field_name("property"))
        base = function.child_by_field_name("object")
        if base is None or name not in _ELEMENTWISE | {"then"}:
            return None
        at = self.source.at(function)
        source = self.expr(base)
        given: Expr = source if name == "then" else Each(source, at)
        closure = self.expr(written[0])
        for other in written[1:]:
            self.expr(other)
        self.body.calls.append(Call(closure, (Arg("", given),), self.source.at(written[0])))
        result = CallRef(len(self.body.calls) - 1, at)
        if name == "then":
            return result
        if name in ("map", "flatMap"):
            return Comp(source, result, None, "", "", at)
        if name == "filter":
            return source
        return given if name == "find" else Opaque(f"what `{name}` gives", at)

    # -- operators -------------------------------------------------------------------------------------------------

    def _binary_expression(self, node: Node, hint: str) -> Expr:
        left, right = node.child_by_field_name("left"), node.child_by_field_name("right")
        at = self.source.at(node)
        if left is None or right is None:
            return Opaque("an expression that is not followed", at)
        operator = raw(node.child_by_field_name("operator"))
        first, second = self.expr(left, hint), self.expr(right, hint)
        if operator in ("??", "||"):
            return Fallback(first, second, at)
        if operator == "+":
            return Join((first, second), at)
        return Op(_OPERATORS.get(operator, "arithmetic"), (first, second), at)

    def _unary_expression(self, node: Node, hint: str) -> Expr:
        argument = node.child_by_field_name("argument")
        parts = (self.expr(argument),) if argument is not None else ()
        return Op("not" if raw(node).startswith("!") else "arithmetic", parts, self.source.at(node))

    def _ternary_expression(self, node: Node, hint: str) -> Expr:
        test, then, other = (node.child_by_field_name(n) for n in ("condition", "consequence", "alternative"))
        at = self.source.at(node)
        if test is None or then is None or other is None:
            return Opaque("an expression that is not followed", at)
        return Cond(self.expr(test), self.expr(then, hint), self.expr(other, hint), at)

    def _assignment_expression(self, node: Node, hint: str) -> Expr:
        left, right = node.child_by_field_name("left"), node.child_by_field_name("right")
        if left is None or right is None:
            return Opaque("an expression that is not followed", self.source.at(node))
        name = raw(left.child_by_field_name("property")) if left.type == "member_expression" else raw(left)
        value = self.expr(right, name if name.isidentifier() else "")
        self.body.assign(left, value)
        return value

    def _augmented_assignment_expression(self, node: Node, hint: str) -> Expr:
        left, right = node.child_by_field_name("left"), node.child_by_field_name("right")
        at = self.source.at(node)
        if left is None or right is None:
            return Opaque("an expression that is not followed", at)
        operator = raw(node.child_by_field_name("operator"))
        before, added = self.expr(left), self.expr(right)
        value: Expr = Opaque("changed by an operator", at)
        if operator in ("||=", "??="):
            value = Fallback(before, added, at)
        elif operator == "+=":
            value = Join((before, added), at)
        self.body.assign(left, value)
        return value

    def _update_expression(self, node: Node, hint: str) -> Expr:
        argument = node.child_by_field_name("argument")
        value = Opaque("changed by an operator", self.source.at(node))
        if argument is not None:
            self.body.assign(argument, value)
        return value

    def _sequence_expression(self, node: Node, hint: str) -> Expr:
        values = [self.expr(c, hint) for c in node.named_children if c.type != "comment"]
        return values[-1]

    def _yield_expression(self, node: Node, hint: str) -> Expr:
        for child in node.named_children:
            self.body.returns.append(Seq((self.expr(child),), self.source.at(node)))
        return Opaque("what a generator is sent", self.source.at(node))

    # -- containers ------------------------------------------------------------------------------------------------

    def _object(self, node: Node, hint: str) -> Expr:
        items: list[Item] = []
        for child in node.named_children:
            at = self.source.at(child)
            if child.type == "pair":
                key, value = child.child_by_field_name("key"), child.child_by_field_name("value")
                if key is not None and value is not None:
                    name = raw(key).strip("'\"")
                    items.append(Item(self.key(key), self.expr(value, name), self.source.at(value)))
            elif child.type == "shorthand_property_identifier":
                items.append(Item(Lit(raw(child), at), self.expr(child), at))
            elif child.type == "spread_element":
                items.append(Item(None, self.expr(child.named_children[0]), at))
            elif child.type == "method_definition":
                name = raw(child.child_by_field_name("name")).strip("'\"")
                items.append(Item(Lit(name, at), self.body.function(child, name), at))
        return Rec(tuple(items), self.source.at(node))

    def _array(self, node: Node, hint: str) -> Expr:
        return Seq(tuple(self.expr(c, hint) for c in node.named_children if c.type != "comment"), self.source.at(node))

    def _spread_element(self, node: Node, hint: str) -> Expr:
        return Spread(self.expr(node.named_children[0]), self.source.at(node))

    # -- types -----------------------------------------------------------------------------------------------------

    def annotation(self, node: Node | None) -> Expr | None:
        """A type that is a name, which may be a class."""
        inner = node.named_children[0] if node is not None and node.named_children else None
        if inner is None:
            return None
        at = self.source.at(inner)
        if inner.type == "generic_type":
            inner = inner.child_by_field_name("name") or inner
        if inner.type == "type_identifier":
            return self.body.read_name(raw(inner), at)
        if inner.type == "nested_type_identifier":
            first, *rest = raw(inner).split(".")
            return attribute(self.body.read_name(first, at), *rest, at=at)
        return None


def _text(node: Node) -> str:
    return _unescaped("".join(raw(c) for c in node.named_children)) if node.type == "string" else raw(node)


def _unescaped(text: str) -> str:
    """A literal's text with its escapes as what they mean."""
    if "\\" not in text:
        return text
    try:
        return str(json.loads(f'"{text.replace(chr(92) + chr(39), chr(39)).replace(chr(34), chr(92) + chr(34))}"'))
    except ValueError:
        return text
