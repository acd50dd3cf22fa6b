"""Statements of one TypeScript scope: which version of each name reaches where; what is stored, returned and called."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from functools import partial
from typing import TYPE_CHECKING

from modelguard.extract.facts import (
    Arg,
    Call,
    Closure,
    Each,
    Expr,
    Fallback,
    Get,
    Import,
    Item,
    Lit,
    Op,
    Opaque,
    Param,
    Rec,
    Span,
    Store,
    Var,
)
from modelguard.extract.versions import Env, File, ScopeBuilder, merged

if TYPE_CHECKING:
    from tree_sitter import Node

FUNCTIONS = frozenset(
    {
        "function_declaration",
        "generator_function_declaration",
        "function_expression",
        "generator_function",
        "arrow_function",
        "method_definition",
    }
)
CLASSES = frozenset({"class_declaration", "abstract_class_declaration", "class"})
_BLOCKS = frozenset({"statement_block", "switch_body", "for_statement", "for_in_statement", "catch_clause"})
_HANDLER = re.compile(r"on[a-z]+")
"""Properties that are functions which are called when something happens (`button.onclick`, `socket.onmessage`)."""
_TARGETS = frozenset({"identifier", "shorthand_property_identifier_pattern"})


class Source(File):
    """A TypeScript file."""

    def at(self, node: Node) -> Span:
        """Where a node starts, in characters from 1."""
        row, column = node.start_point
        return row + 1, self.column(row + 1, column)


def raw(node: Node | None) -> str:
    """The text of a node."""
    return (node.text or b"").decode("utf-8", "replace") if node is not None else ""


def first_error(root: Node) -> int:
    """Line of the first place that does not parse, 0 where all does."""
    if not root.has_error:
        return 0
    todo = [root]
    while todo:
        node = todo.pop()
        if node.is_error or node.is_missing:
            return node.start_point[0] + 1
        todo.extend(reversed([c for c in node.children if c.has_error or c.is_missing]))
    return 1


def pattern_names(node: Node | None) -> Iterator[str]:
    """Every name that a pattern binds."""
    todo = [node] if node is not None else []
    while todo:
        current = todo.pop()
        if current.type in _TARGETS:
            yield raw(current)
        elif current.type in ("assignment_pattern", "object_assignment_pattern"):
            left = current.child_by_field_name("left")
            todo += [left] if left is not None else []
        elif current.type == "pair_pattern":
            value = current.child_by_field_name("value")
            todo += [value] if value is not None else []
        elif current.type in ("object_pattern", "array_pattern", "rest_pattern"):
            todo += current.named_children


def assigned(nodes: Iterable[Node], filled: bool = True) -> dict[str, int]:
    """Names bound in these statements of one scope (not in nested functions), and how many times.

    With `filled`, setting an entry in what a name holds counts too.
    """
    counts: dict[str, int] = {}
    todo = list(nodes)
    while todo:
        node = todo.pop()
        names: Iterable[str] = ()
        if node.type == "variable_declarator" or node.type in FUNCTIONS or node.type in CLASSES:
            names = pattern_names(node.child_by_field_name("name")) if node.type == "variable_declarator" else ()
            if node.type.endswith("declaration"):
                names = [raw(node.child_by_field_name("name"))]
        elif node.type in ("assignment_expression", "augmented_assignment_expression", "for_in_statement"):
            left = node.child_by_field_name("left")
            part = left is not None and left.type in _PARTS
            names = (_filled(left) if filled and left is not None else ()) if part else pattern_names(left)
        elif node.type == "update_expression":
            names = pattern_names(node.child_by_field_name("argument"))
        elif node.type in ("import_specifier", "namespace_import", "import_clause"):
            names = [raw(c) for c in node.named_children[-1:] if c.type == "identifier"] or [
                raw(c) for c in node.named_children[:1] if c.type == "identifier"
            ]
        for name in names:
            counts[name] = counts.get(name, 0) + 1
        if node.type not in FUNCTIONS and node.type not in CLASSES:
            todo += node.named_children
    return counts


_PARTS = frozenset({"member_expression", "subscript_expression"})


def _filled(target: Node) -> list[str]:
    """The name whose entry is set: `body.model = …`, `body["model"] = …`."""
    base = target.child_by_field_name("object")
    return [raw(base)] if base is not None and base.type == "identifier" else []


class Body(ScopeBuilder):
    """Turns the statements of one scope into a Scope.

    A name that an inner block declares again is another variable: it gets a name of its own (`x#b2`), which functions
    written in that block see too.
    """

    def __init__(
        self,
        source: Source,
        name: str,
        kind: str,
        at: Span,
        *,
        parent: Body | None,
        lexical: Body | None = None,
        node: Node | None = None,
    ) -> None:
        super().__init__(source, name, kind, at, parent=parent, counts=assigned(node.named_children) if node else {})
        self.source = source
        self.lexical = lexical if lexical is not None else parent
        self.blocks: list[dict[str, str]] = []
        self.declared: dict[str, int] = {}
        self.exits: list[list[Env]] = []
        """What reached each `break`, for the loops and switches around, innermost last."""
        from modelguard.extract.typescript_expr import Expressions  # the two build each other

        self.read = Expressions(self)

    # -- names of blocks -----------------------------------------------------------------------------------------------

    def local(self, name: str) -> str:
        """The variable that a name means here: the innermost block's that declares it."""
        here: Body | None = self
        while here is not None:
            for block in reversed(here.blocks):
                if name in block:
                    return block[name]
            here = here.lexical
        return name

    def _declare(self, names: Iterable[str]) -> None:
        """Enter a block that declares these names."""
        block: dict[str, str] = {}
        for name in names:
            if name not in block:
                count = self.declared[name] = self.declared.get(name, 0) + 1
                block[name] = name if count == 1 else f"{name}#b{count}"
                # One that is assigned once altogether needs no versions; a second declaration counts on its own.
                if count > 1:
                    self.counts.setdefault(block[name], 2)
        self.blocks.append(block)

    def read_name(self, name: str, at: Span) -> Expr:
        """A use of a name."""
        return self.load(self.local(name), at)

    # -- statements ------------------------------------------------------------------------------------------------

    def run_block(self, node: Node) -> None:
        """The statements of a block, functions first, as they may be used before they are written."""
        if not self.counts:
            self.counts = assigned(node.named_children)
        statements = [c for c in node.named_children if c.type != "comment"]
        self._declare(n for s in statements for n in _declares(s))
        for statement in sorted(statements, key=lambda s: _inner(s).type not in FUNCTIONS):
            if self.env is None:
                break
            self.run(statement)
        self.blocks.pop()

    def run(self, node: Node | None) -> None:
        """One statement; what follows a return or throw is never reached."""
        if node is None or self.env is None:
            return
        handler = getattr(self, f"_{node.type}", None)
        if handler is not None:
            handler(node)

    def _field(self, node: Node, name: str) -> Node | None:
        return node.child_by_field_name(name)

    def _keep(self, node: Node | None) -> None:
        if node is not None:
            self.drop(self.read.expr(node))

    def _statement_block(self, node: Node) -> None:
        self.run_block(node)

    def _expression_statement(self, node: Node) -> None:
        for child in node.named_children:
            if child.type == "internal_module":
                self.run(self._field(child, "body"))
            elif child.type != "comment":
                self._keep(child)

    def _lexical_declaration(self, node: Node) -> None:
        for child in node.named_children:
            if child.type == "variable_declarator":
                target, value = self._field(child, "name"), self._field(child, "value")
                if target is not None and value is not None:
                    hint = raw(target) if target.type == "identifier" else ""
                    self.assign(target, self.read.expr(value, hint))

    _variable_declaration = _lexical_declaration

    def assign(self, target: Node, value: Expr) -> None:
        """Bind a target (name, property, element or a pattern of them) to a value."""
        at = self.source.at(target)
        kind = target.type
        if kind in _TARGETS:
            self.define(self.local(raw(target)), value, at)
        elif kind in ("parenthesized_expression", "non_null_expression", "as_expression"):
            self.assign(target.named_children[0], value)
        elif kind == "member_expression":
            self._store(target, value, at)
        elif kind == "subscript_expression":
            base, key = self._field(target, "object"), self._field(target, "index")
            if base is not None and key is not None:
                self._fill(base, self.read.expr(key), value, at)
        elif kind in ("assignment_pattern", "object_assignment_pattern"):
            self._with_default(target, value)
        elif kind == "object_pattern":
            self._unpack(target, value)
        elif kind == "array_pattern":
            for index, element in enumerate(target.named_children):
                if element.type == "rest_pattern":
                    self.assign(element.named_children[0], Opaque("the rest of a list", at))
                else:
                    self.assign(element, Get(value, Lit(index, at), self.source.at(element)))

    def _store(self, target: Node, value: Expr, at: Span) -> None:
        """`a.b = value`; `module.exports` and `exports.x` are what a CommonJS module gives."""
        base, key = self._field(target, "object"), raw(self._field(target, "property"))
        text = raw(base)
        if text == "module" and key == "exports":
            self.define("=", value, at)
            if isinstance(value, Rec):
                for item in value.items:
                    if isinstance(item.key, Lit) and str(item.key.value) not in self.counts:
                        self.define(str(item.key.value), item.value, item.at)
        elif text in ("exports", "module.exports"):
            if not (isinstance(value, Var) and value.name == key):
                self.define(key, value, at)
        elif base is not None:
            self._fill(base, Lit(key, at), value, at)
            if _HANDLER.fullmatch(key) and not isinstance(value, Lit):
                self.calls.append(Call(value, (Arg("", Opaque("what happens there", at)),), at))

    def _fill(self, base: Node, key: Expr, value: Expr, at: Span) -> None:
        """`base.key = value`, `base[key] = value`."""
        self.stores.append(Store(self.read.expr(base), key, value, at))
        if base.type == "identifier" and isinstance(key, Lit) and isinstance(key.value, str):
            self.put(self.local(raw(base)), (Item(key, value, at),), at)

    def _with_default(self, target: Node, value: Expr, key: Expr | None = None) -> None:
        """`name = default` in a pattern: the default where there is nothing else."""
        left, right = self._field(target, "left"), self._field(target, "right")
        if left is None or right is None:
            return
        at = self.source.at(left)
        taken = value if key is None else Get(value, key, at, True)
        hint = raw(left) if left.type in _TARGETS else ""
        self.assign(left, Fallback(taken, self.read.expr(right, hint), at))

    def _unpack(self, pattern: Node, value: Expr) -> None:
        """`{a, b: c, d = 1, ...rest} = value`."""
        for part in pattern.named_children:
            at = self.source.at(part)
            if part.type == "shorthand_property_identifier_pattern":
                self.assign(part, Get(value, Lit(raw(part), at), at, True))
            elif part.type == "object_assignment_pattern":
                left = self._field(part, "left")
                self._with_default(part, value, Lit(raw(left), at))
            elif part.type == "pair_pattern":
                key, target = self._field(part, "key"), self._field(part, "value")
                if key is None or target is None:
                    continue
                name = self.read.key(key)
                if target.type == "assignment_pattern":
                    self._with_default(target, value, name)
                else:
                    self.assign(target, Get(value, name, at, True))
            elif part.type == "rest_pattern" and part.named_children:
                self.assign(part.named_children[0], value)

    def _return_statement(self, node: Node) -> None:
        for child in node.named_children:
            if child.type != "comment":
                self.returns.append(self.read.expr(child))
        self.env = None

    def _throw_statement(self, node: Node) -> None:
        for child in node.named_children:
            self._keep(child)
        self.env = None

    def _break_statement(self, node: Node) -> None:
        if self.exits and self.env is not None:
            self.exits[-1].append(self.env)
        self.env = None

    def _continue_statement(self, node: Node) -> None:
        self.env = None

    def _if_statement(self, node: Node) -> None:
        self._keep(self._field(node, "condition"))
        runs = [
            partial(self.run, self._field(node, "consequence")),
            partial(self.run, self._field(node, "alternative")),
        ]
        self.branches(runs)

    def _else_clause(self, node: Node) -> None:
        for child in node.named_children:
            self.run(child)

    def _switch_statement(self, node: Node) -> None:
        self._keep(self._field(node, "value"))
        body = self._field(node, "body")
        cases = [c for c in body.named_children if c.type in ("switch_case", "switch_default")] if body else []
        self._declare(n for c in cases for s in c.named_children for n in _declares(s))
        before, self.env = dict(self.env or {}), None
        self.exits.append([])
        for case in cases:
            self.env = merged(before, self.env)  # chosen, or fallen into from the one before
            for statement in case.children_by_field_name("body"):
                self.run(statement)
        chosen = any(c.type == "switch_default" for c in cases)
        for end in (*self.exits.pop(), *(() if chosen else (before,))):
            self.env = merged(self.env, end)
        self.blocks.pop()

    def _for_in_statement(self, node: Node) -> None:
        left, right, body = (self._field(node, n) for n in ("left", "right", "body"))
        if left is None or right is None:
            return
        keys = raw(self._field(node, "operator")) == "in"
        each = Each(self.read.expr(right), self.source.at(right), keys)
        names = list(pattern_names(left)) if self._field(node, "kind") is not None else []
        self._declare(names)

        def repeated() -> None:
            self.assign(left, each)
            self.run(body)

        self._repeat([left, body], repeated)
        self.blocks.pop()

    def _repeat(self, nodes: Iterable[Node | None], run: Callable[[], None]) -> None:
        present = [n for n in nodes if n is not None]
        if not present:
            return
        self.exits.append([])
        bound = assigned(present, filled=False)
        names = {local for n in assigned(present) if (local := self.local(n)) in (self.env or {}) or n in bound}
        self.loop(names, self.source.at(present[-1]), run)
        for end in self.exits.pop():
            self.env = merged(self.env, end)

    def _for_statement(self, node: Node) -> None:
        first = self._field(node, "initializer")
        self._declare(_declares(first) if first is not None else ())
        self.run(first)
        self._keep_condition(node)
        self._repeat([self._field(node, "body")], partial(self.run, self._field(node, "body")))
        self.blocks.pop()

    def _keep_condition(self, node: Node) -> None:
        condition = self._field(node, "condition")
        if condition is not None and condition.type not in ("expression_statement", "empty_statement", ";"):
            self._keep(condition)

    def _while_statement(self, node: Node) -> None:
        self._keep(self._field(node, "condition"))
        self._repeat([self._field(node, "body")], partial(self.run, self._field(node, "body")))

    _do_statement = _while_statement

    def _labeled_statement(self, node: Node) -> None:
        self.run(self._field(node, "body"))

    def _try_statement(self, node: Node) -> None:
        handler, final = self._field(node, "handler"), self._field(node, "finalizer")
        self.attempt(
            partial(self.run, self._field(node, "body")),
            lambda: None,
            [partial(self._catch, handler)] if handler is not None else [],
            partial(self.run, self._field(final, "body") if final is not None else None),
        )

    def _catch(self, node: Node) -> None:
        parameter = self._field(node, "parameter")
        self._declare(pattern_names(parameter))
        if parameter is not None:
            self.assign(parameter, Opaque("an exception", self.source.at(parameter)))
        self.run(self._field(node, "body"))
        self.blocks.pop()

    # -- imports and exports -----------------------------------------------------------------------------------------

    def _import_statement(self, node: Node) -> None:
        if any(c.type == "type" for c in node.children):
            return
        source = self._field(node, "source")
        at = self.source.at(node)
        clause = next((c for c in node.named_children if c.type in ("import_clause", "import_require_clause")), None)
        if clause is not None and clause.type == "import_require_clause":
            module = _string(self._field(clause, "source"))
            self.define(raw(clause.named_children[0]), Import(module, "=", 0, at), at)
            return
        module = _string(source)
        if clause is None:
            self.define(f"@{module}", Import(module, "", 0, at), at)  # for what it does when it is loaded
            return
        for child in clause.named_children:
            if child.type == "identifier":
                self.define(raw(child), Import(module, "default", 0, at), at)
            elif child.type == "namespace_import":
                self.define(raw(child.named_children[-1]), Import(module, "", 0, at), at)
            elif child.type == "named_imports":
                for name, alias, place in self._specifiers(child):
                    self.define(alias, Import(module, name, 0, place), place)

    def _specifiers(self, node: Node) -> Iterator[tuple[str, str, Span]]:
        """`a`, `a as b`; not those of types."""
        for child in node.named_children:
            if child.type in ("import_specifier", "export_specifier") and child.children[0].type != "type":
                name, alias = raw(self._field(child, "name")), raw(self._field(child, "alias"))
                yield name.strip("'\""), (alias or name).strip("'\""), self.source.at(child)

    def _export_statement(self, node: Node) -> None:
        declaration, value, source = (self._field(node, n) for n in ("declaration", "value", "source"))
        at = self.source.at(node)
        default = any(c.type == "default" for c in node.children)
        if declaration is not None:
            self.run(declaration)
            if default:
                name = raw(self._field(declaration, "name"))
                self.define("default", self.load(name, at) if name else self.read.expr(declaration), at)
        elif value is not None:
            self.define("default", self.read.expr(value, "default"), at)
        elif source is not None:
            self._export_from(node, _string(source), at)
        else:
            self._export_names(node, at)

    def _export_from(self, node: Node, module: str, at: Span) -> None:
        for child in node.named_children:
            if child.type == "export_clause":
                for name, alias, place in self._specifiers(child):
                    self.define(alias, Import(module, name, 0, place), place)
            elif child.type == "namespace_export":
                self.define(raw(child.named_children[-1]), Import(module, "", 0, at), at)
        if any(c.type == "*" for c in node.children):
            self.define(f"*{module}", Import(module, "*", 0, at), at)

    def _export_names(self, node: Node, at: Span) -> None:
        for child in node.named_children:
            if child.type == "export_clause":
                for name, alias, place in self._specifiers(child):
                    if name != alias:
                        self.define(alias, Var(name, place), place)
            elif child.type == "identifier":
                self.define("=", self.load(raw(child), at), at)

    # -- functions and classes -----------------------------------------------------------------------------------------

    def _function_declaration(self, node: Node) -> None:
        name = raw(self._field(node, "name"))
        if not name:
            return
        self.define(self.local(name), self.function(node, name), self.source.at(node))

    _generator_function_declaration = _function_declaration

    def function(self, node: Node, name: str, kind: str = "function") -> Closure:
        """A function, method or arrow as a scope of its own."""
        at = self.source.at(node)
        body = self._field(node, "body")
        inner = self.child(name, kind, at, body)
        inner.read.depth = self.read.depth
        method = kind == "method"
        inner.open_function(node, this=method)
        if body is None:
            pass
        elif body.type == "statement_block":
            inner.run_block(body)
        else:
            inner.returns.append(inner.read.expr(body))
        inner.blocks.clear()
        inner.finish()
        return Closure(inner.name, at)

    def open_function(self, node: Node, this: bool) -> None:
        """Parameters with their defaults; patterns are unpacked first thing in the body."""
        single, several = self._field(node, "parameter"), self._field(node, "parameters")
        written = [single] if single is not None else list(several.named_children) if several is not None else []
        params = [Param("this", None, None, "", self.at)] if this else []
        unpacked: list[tuple[Node, Expr]] = []
        self._declare(n for w in written for n in pattern_names(self._field(w, "pattern") or w))
        for index, node_ in enumerate(w for w in written if w.type != "comment"):
            params.append(self._param(node_, index, unpacked))
        self.take(tuple(params))
        for pattern, value in unpacked:
            self.assign(pattern, value)

    def _param(self, node: Node, index: int, unpacked: list[tuple[Node, Expr]]) -> Param:
        pattern, value = self._field(node, "pattern") or node, self._field(node, "value")
        at = self.source.at(node)
        kind = ""
        if pattern.type == "rest_pattern":
            pattern, kind = pattern.named_children[0], "*"
        if pattern.type == "assignment_pattern":
            value, pattern = self._field(pattern, "right"), self._field(pattern, "left") or pattern
        name = raw(pattern) if pattern.type == "identifier" else f"@{index}"
        outer = self.lexical or self
        default = outer.read.expr(value, name) if value is not None else None
        if pattern.type != "identifier":
            unpacked.append((pattern, Var(name, at)))
        elif any(c.type in ("accessibility_modifier", "readonly") for c in node.children):
            self.stores.append(Store(Var("this", at), Lit(name, at), Var(name, at), at))
        annotation = self.read.annotation(self._field(node, "type"))
        token = _token(node)
        if token is not None:
            parts = (outer.read.expr(token), annotation)
            annotation = Op("inject", tuple(p for p in parts if p is not None), at)
        return Param(name, default, annotation, kind, at)

    def _class_declaration(self, node: Node) -> None:
        name = raw(self._field(node, "name"))
        self.define(self.local(name), self.class_(node, name), self.source.at(node))

    _abstract_class_declaration = _class_declaration

    def class_(self, node: Node, name: str) -> Closure:
        """A class: its fields as attributes, its constructor as `__init__`."""
        at = self.source.at(node)
        inner = self.child(name, "class", at, None)
        heritage = [h for c in node.named_children if c.type == "class_heritage" for h in c.named_children]
        extended = [e for h in heritage if h.type == "extends_clause" for e in h.children_by_field_name("value")]
        extended += [h for h in heritage if h.type not in ("extends_clause", "implements_clause")]
        inner.bases = tuple(self.read.expr(e) for e in extended[:1])
        exported = node.parent if node.parent is not None and node.parent.type == "export_statement" else None
        written = [*(exported.named_children if exported is not None else ()), *node.named_children]
        inner.decorators = tuple(self.read.expr(c.named_children[0]) for c in written if c.type == "decorator")
        body = self._field(node, "body")
        members = list(body.named_children) if body is not None else []
        inner.counts = {}
        decorators: list[Expr] = []
        for member in members:
            if member.type == "decorator":
                decorators.append(inner.read.expr(member.named_children[0]))
            elif member.type != "comment":
                inner.member(member, tuple(decorators))
                decorators = []
        inner.finish()
        return Closure(inner.name, at)

    def member(self, node: Node, decorators: tuple[Expr, ...]) -> None:
        """One member of a class; what decorates a method stands before it."""
        key = self._field(node, "name")
        if key is None:
            return
        name, at = raw(key).strip("'\"").lstrip("#"), self.source.at(node)
        if node.type in ("public_field_definition", "field_definition"):
            value = self._field(node, "value")
            annotation = self.read.annotation(self._field(node, "type"))
            if value is not None and value.type in FUNCTIONS:
                self.define(name, self.function(value, name, "method"), at)
            elif value is not None:
                self.define(name, self.read.expr(value, name), at, annotation)
        elif node.type == "method_definition":
            words = {c.type for c in node.children if not c.is_named}
            scope = "__init__" if name == "constructor" else name
            closure = self.function(node, scope, "method")
            marks = [w for w, sign in (("property", "get"), ("classmethod", "static")) if sign in words]
            if marks or decorators:
                self.file.scopes[-1].decorators = (*(Var(m, at) for m in marks), *decorators)
            if "set" not in words:
                self.define(scope, closure, at)

    def _enum_declaration(self, node: Node) -> None:
        body = self._field(node, "body")
        items = []
        for child in body.named_children if body is not None else ():
            if child.type == "enum_assignment":
                key, value = raw(self._field(child, "name")), self._field(child, "value")
                if value is not None:
                    items.append(
                        Item(
                            Lit(key.strip("'\""), self.source.at(child)),
                            self.read.expr(value, key),
                            self.source.at(value),
                        )
                    )
        at = self.source.at(node)
        self.define(self.local(raw(self._field(node, "name"))), Rec(tuple(items), at), at)

    def _internal_module(self, node: Node) -> None:
        self.run(self._field(node, "body"))

    _module = _internal_module

    # -- nested scopes ---------------------------------------------------------------------------------------------

    def child(self, name: str, kind: str, at: Span, body: Node | None) -> Body:
        """A scope inside this one; its free names are looked up past classes, as for Python."""
        prefix = "" if self.kind in ("module", "main") else f"{self.name}."
        parent: ScopeBuilder | None = self
        while parent is not None and parent.kind == "class":
            parent = parent.parent
        assert isinstance(parent, Body)
        inner = Body(self.source, prefix + name, kind, at, parent=parent, lexical=self, node=body)
        inner.owner = self.name if self.kind == "class" and kind == "method" else ""
        return inner


def _inner(node: Node) -> Node:
    """The declaration that an export statement exports, else the statement itself."""
    declared = node.child_by_field_name("declaration") if node.type == "export_statement" else None
    return declared if declared is not None else node


def _declares(statement: Node) -> Iterator[str]:
    """Names that a statement declares in its block."""
    node = _inner(statement)
    if node.type in ("lexical_declaration", "variable_declaration"):
        for child in node.named_children:
            if child.type == "variable_declarator":
                yield from pattern_names(child.child_by_field_name("name"))
    elif node.type in CLASSES or node.type in FUNCTIONS or node.type == "enum_declaration":
        name = raw(node.child_by_field_name("name"))
        if name:
            yield name


def _token(parameter: Node) -> Node | None:
    """What a parameter says it is injected by: `@Inject(token)` of NestJS and TypeDI, `@inject(token)` of others."""
    for child in parameter.named_children:
        call = child.named_children[0] if child.type == "decorator" and child.named_children else None
        if (
            call is not None
            and call.type == "call_expression"
            and raw(call.child_by_field_name("function")) in ("Inject", "inject")
        ):
            given = call.child_by_field_name("arguments")
            written = given.named_children[0] if given is not None and given.named_children else None
            return written if written is not None and written.type in _TOKENS else None
    return None


_TOKENS = frozenset({"string", "identifier", "member_expression"})


def _string(node: Node | None) -> str:
    """The text of a string literal, without its quotes."""
    return raw(node)[1:-1] if node is not None else ""
