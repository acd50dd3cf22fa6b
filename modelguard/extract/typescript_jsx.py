"""Markup in TypeScript and JavaScript (JSX): what it renders and what its handlers do are calls of the scope it stands in.

`<Panel title={t} onAsk={ask}/>` calls `Panel` with one object, as React does. Of an element of HTML the browser calls what
its events are given (`onClick={ask}`). Markup's own value is opaque. Source: https://react.dev/learn/describing-the-ui.
"""

from __future__ import annotations

import re
from collections import deque
from typing import TYPE_CHECKING

from modelguard.extract.facts import Arg, Call, Closure, Expr, Item, Lit, Opaque, Rec
from modelguard.extract.typescript_body import raw

if TYPE_CHECKING:
    from tree_sitter import Node

    from modelguard.extract.typescript_expr import Expressions

_EVENT = re.compile(r"on[A-Z]\w*|action|formAction|ref")
"""Attributes of elements that are functions which the browser, or React, calls."""
_IGNORED = ("comment", "spread_element")


def markup(read: Expressions, node: Node) -> Expr:
    """The value of an element or fragment; its calls are added to the scope."""
    todo = deque([node])
    while todo:
        part = todo.popleft()
        if part.type == "jsx_expression":
            for inner in part.named_children:
                if inner.type not in _IGNORED:
                    _shown(read, read.expr(inner))
        elif part.type in ("jsx_opening_element", "jsx_self_closing_element"):
            _rendered(read, part)
        elif part.type in ("jsx_element", "jsx_fragment"):
            todo.extendleft(reversed(part.named_children))
    return Opaque("markup", read.source.at(node))


def _shown(read: Expressions, value: Expr) -> None:
    """A child in braces; one that is a function is called by whatever it stands in."""
    if isinstance(value, Closure):
        read.body.calls.append(Call(value, (), value.at))
    else:
        read.body.drop(value)


def _rendered(read: Expressions, element: Node) -> None:
    name = element.child_by_field_name("name")
    if name is None:
        return  # a fragment's
    items = [item for node in element.named_children if (item := _attribute(read, node)) is not None]
    if name.type != "identifier" or raw(name)[:1].isupper():
        at = read.source.at(element)
        read.body.calls.append(Call(read.expr(name), (Arg("", Rec(tuple(items), at)),), at))
        return
    for item in items:
        key = item.key.value if isinstance(item.key, Lit) else ""
        if _EVENT.fullmatch(str(key)) and not isinstance(item.value, Lit):
            given = Opaque("what happens in the browser", item.value.at)
            read.body.calls.append(Call(item.value, (Arg("", given),), item.value.at))
        else:
            read.body.drop(item.value)


def _attribute(read: Expressions, node: Node) -> Item | None:
    """`a={x}`, `a="text"`, `a`, `{...rest}`; None for anything else."""
    at = read.source.at(node)
    if node.type == "jsx_expression":
        spread = next((c for c in node.named_children if c.type == "spread_element"), None)
        return Item(None, read.expr(spread.named_children[0]), at) if spread is not None else None
    if node.type != "jsx_attribute":
        return None
    key = raw(node.named_children[0])
    value = node.named_children[1] if len(node.named_children) > 1 else None
    if value is not None and value.type == "jsx_expression":
        value = next((c for c in value.named_children if c.type not in _IGNORED), None)
        if value is None:
            return None
    shown = read.expr(value, key) if value is not None else Lit(True, at)
    return Item(Lit(key, at), shown, at)
