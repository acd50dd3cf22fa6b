"""Terraform and OpenTofu files: definitions by address (`local.x`, `var.x`), and the functions that run.

One file gives a part of its folder's scope: Terraform joins all `.tf` files of a folder into one module, and so
does the linker. `*.tfvars` become assignments to variables. Nothing is planned or fetched.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache
from typing import TYPE_CHECKING

from modelguard.extract import step_functions
from modelguard.extract.build import attribute
from modelguard.extract.facts import (
    Arg,
    Bind,
    Call,
    CallRef,
    Comp,
    Expr,
    Facts,
    Import,
    Item,
    Lit,
    Opaque,
    Rec,
    Scope,
    Seq,
    Spread,
    Unit,
    Var,
)
from modelguard.extract.hcl_expr import Expressions, at, raw

if TYPE_CHECKING:
    from tree_sitter import Node, Parser

TERRAGRUNT = "module.terragrunt"
"""The name of the module block that a terragrunt.hcl stands for."""
NAME = "terraform"


@lru_cache(maxsize=1)
def _parser() -> Parser:
    import tree_sitter
    import tree_sitter_hcl

    return tree_sitter.Parser(tree_sitter.Language(tree_sitter_hcl.language()))


def extract(data: bytes) -> Facts:
    """Facts of one .tf file. What the parser could not read is named in `problem`; the rest is there."""
    tree = _parser().parse(data)
    reader = Expressions()
    binds: list[Bind] = []
    units: list[Unit] = []
    machines: list[tuple[Unit, Scope]] = []
    for block in _blocks(tree.root_node):
        for bind in _binds(block, reader):
            binds.append(bind)
            kind, _, label = bind.name.partition(".")
            if kind == "aws_lambda_function" and "." not in label:
                units.append(_lambda(bind, label))
            elif kind == "aws_sfn_state_machine" and "." not in label:
                machines += [m for m in [_machine(bind, label, reader)] if m is not None]
    terragrunt = _terragrunt(tree.root_node, reader)
    binds += [terragrunt] if terragrunt is not None else []
    error = _first_error(tree.root_node)
    return Facts(
        NAME,
        scopes=(
            Scope("", "terraform", (1, 1), binds=tuple(binds), calls=tuple(reader.calls)),
            *(scope for _, scope in machines),
        ),
        units=(*units, *(unit for unit, _ in machines)),
        problem="part of it is not valid HCL" if error else "",
        problem_line=error,
    )


def expression(written: str, bound: tuple[str, ...]) -> tuple[Expr, tuple[Call, ...]]:
    """One expression of a template, with the calls in it; `bound` are the names that the template is given."""
    tree = _parser().parse(f"x = {written}\n".encode())
    reader = Expressions()
    reader.bound += bound
    for body in (c for c in tree.root_node.named_children if c.type == "body"):
        for _, value, _ in _attributes(body, reader):
            return value, tuple(reader.calls)
    return Opaque("an expression that is not valid HCL", (1, 1)), ()


def extract_tfvars(data: bytes) -> Facts:
    """Facts of a .tfvars file: its attributes as `var.NAME` of a scope of kind "tfvars"."""
    tree = _parser().parse(data)
    reader = Expressions()
    binds = []
    for body in (c for c in tree.root_node.named_children if c.type == "body"):
        for name, value, place in _attributes(body, reader):
            binds.append(Bind(f"var.{name}", value, place))
    error = _first_error(tree.root_node)
    scope = Scope("", "tfvars", (1, 1), binds=tuple(binds), calls=tuple(reader.calls))
    return Facts("tfvars", scopes=(scope,), problem="part of it is not valid HCL" if error else "", problem_line=error)


def _terragrunt(root: Node, reader: Expressions) -> Bind | None:
    """A terragrunt.hcl's use of a module: `terraform { source = … }` with `inputs = { … }`, as a module block."""
    attributes = {
        n: (v, p) for body in root.named_children if body.type == "body" for n, v, p in _attributes(body, reader)
    }
    source = next(
        (
            i
            for b in _blocks(root)
            if _labels(b) == ["terraform"] and (body := _body(b)) is not None
            for i in _record(body, reader).items
            if getattr(i.key, "value", None) == "source"
        ),
        None,
    )
    inputs, place = attributes.get("inputs", (None, (1, 1)))
    if source is None or not isinstance(inputs, Rec):
        return None
    written = source.value.value if isinstance(source.value, Lit) else None
    plain = (
        Item(source.key, Lit(written.replace("//", "/"), source.at), source.at) if isinstance(written, str) else source
    )
    return Bind(TERRAGRUNT, Rec((plain, *inputs.items), place), place)


def _first_error(root: Node) -> int:
    """Line of the first place that does not parse, 0 where all does."""
    if not root.has_error:
        return 0
    cursor = [root]
    while cursor:
        node = cursor.pop(0)
        if node.is_error or node.is_missing:
            return node.start_point[0] + 1
        cursor = [c for c in node.children if c.has_error or c.is_error or c.is_missing] + cursor
    return 1


def _blocks(root: Node) -> Iterator[Node]:
    for body in root.named_children:
        if body.type == "body":
            yield from (c for c in body.named_children if c.type == "block")


def _labels(block: Node) -> list[str]:
    return [raw(c).strip('"') for c in block.named_children if c.type in ("identifier", "string_lit")]


def _body(block: Node) -> Node | None:
    return next((c for c in block.named_children if c.type == "body"), None)


def _attributes(body: Node, reader: Expressions) -> Iterator[tuple[str, Expr, tuple[int, int]]]:
    for child in body.named_children:
        if child.type == "attribute" and len(child.named_children) >= 2:
            name = raw(child.named_children[0])
            yield name, reader.expr(child.named_children[-1], name), at(child)


def _binds(block: Node, reader: Expressions) -> Iterator[Bind]:
    """The definitions of a top-level block."""
    labels, body = _labels(block), _body(block)
    kind = labels[0] if labels else ""
    if body is None and kind == "variable" and len(labels) == 2:
        yield Bind(f"var.{labels[1]}", Rec((), at(block)), at(block))
    if body is None:
        return
    if kind == "locals":
        for name, value, place in _attributes(body, reader):
            yield Bind(f"local.{name}", value, place)
    elif kind in ("variable", "module", "output") and len(labels) == 2:
        prefix = "var" if kind == "variable" else kind
        hint = labels[1] if kind == "variable" else ""
        yield Bind(f"{prefix}.{labels[1]}", _record(body, reader, hint), at(block))
    elif kind == "resource" and len(labels) == 3:
        yield Bind(f"{labels[1]}.{labels[2]}", _record(body, reader), at(block))
    elif kind == "data" and len(labels) == 3:
        yield Bind(f"data.{labels[1]}.{labels[2]}", _record(body, reader), at(block))
    elif kind == "provider" and len(labels) == 2:
        record = _record(body, reader)
        alias = next((i.value for i in record.items if isinstance(i.key, Lit) and i.key.value == "alias"), None)
        suffix = f".{alias.value}" if isinstance(alias, Lit) else ""
        yield Bind(f"provider.{labels[1]}{suffix}", record, at(block))


def _record(body: Node, reader: Expressions, hint: str = "", depth: int = 0) -> Rec:
    """A block's attributes and nested blocks as a mapping; a nested block that is repeated becomes a list.

    `hint` names a variable, whose `default` is a credential where the variable's name says so.
    """
    items: dict[str, list[Item]] = {}
    for child in body.named_children:
        if child.type == "attribute" and len(child.named_children) >= 2:
            name = raw(child.named_children[0])
            value = reader.expr(child.named_children[-1], hint if name == "default" and hint else name)
            items.setdefault(name, []).append(Item(Lit(name, at(child)), value, at(child)))
        elif child.type == "block" and depth < 20:
            labels, inner = _labels(child), _body(child)
            if labels[0] == "dynamic" and len(labels) == 2 and inner is not None:
                items.setdefault(labels[1], []).append(_dynamic(child, inner, labels[1], reader, depth))
                continue
            record = _record(inner, reader, "", depth + 1) if inner is not None else Rec((), at(child))
            items.setdefault(labels[0], []).append(Item(Lit(labels[0], at(child)), record, at(child)))
    merged = []
    for entries in items.values():
        first = entries[0]
        alone = len(entries) == 1 and not isinstance(first.value, Spread)
        value = first.value if alone else Seq(tuple(e.value for e in entries), first.at)
        merged.append(Item(first.key, value, first.at))
    return Rec(tuple(merged), at(body))


def _dynamic(block: Node, body: Node, label: str, reader: Expressions, depth: int) -> Item:
    """`dynamic "env" { for_each = …, content { … } }`: as many blocks as there are elements."""
    record = _record(body, reader, "", depth + 1)
    parts = {i.key.value: i.value for i in record.items if isinstance(i.key, Lit)}
    source, content = parts.get("for_each"), parts.get("content")
    iterator = parts.get("iterator")
    name = iterator.name if isinstance(iterator, Var) else label
    place = at(block)
    if source is None or content is None:
        return Item(Lit(label, place), Opaque("a dynamic block that is not complete", place), place)
    made = Comp(source, content, None, f"{name}.value", f"{name}.key", place)
    return Item(Lit(label, place), Spread(made, place), place)


def _machine(bind: Bind, label: str, reader: Expressions) -> tuple[Unit, Scope] | None:
    """A state machine whose definition is written in HCL: `jsonencode({ StartAt = …, States = { … } })`.

    What is not written out in a task's parameters is looked up in the module, so it is put in like a substitution.
    """
    items = bind.value.items if isinstance(bind.value, Rec) else ()
    written = next((i.value for i in items if getattr(i.key, "value", None) == "definition"), None)
    call = reader.calls[written.index] if isinstance(written, CallRef) else None
    encoded = isinstance(call, Call) and isinstance(call.func, Import) and call.func.name == "jsonencode"
    if call is None or not encoded or not call.args or not isinstance(call.args[0].value, Rec):
        return None
    name = f"states:{label}"
    scope = step_functions.scope(call.args[0].value, name)
    env: list[Item] = []
    calls = []
    for task in scope.calls:
        args = []
        for arg in task.args:
            value = arg.value
            if not isinstance(value, (Lit, Rec, Opaque)):
                variable = f"{arg.name}.{len(env)}"
                env.append(Item(Lit(variable, value.at), value, value.at))
                value = step_functions.substituted(variable, value.at)
            args.append(Arg(arg.name, value if not isinstance(value, Rec) else Opaque("a body", value.at)))
        calls.append(Call(task.func, tuple(args), task.at))
    unit = step_functions.unit(label, bind.at, Lit(name, bind.at), Rec(tuple(env), bind.at))
    return unit, Scope(name, scope.kind, scope.at, calls=tuple(calls))


def _lambda(bind: Bind, label: str) -> Unit:
    """An `aws_lambda_function`: handler, packaged source and environment are looked up when linked."""
    resource = Var(bind.name, bind.at)
    present = (
        {i.key.value for i in bind.value.items if isinstance(i.key, Lit)} if isinstance(bind.value, Rec) else set()
    )

    def part(*names: str) -> Expr | None:
        return attribute(resource, *names, at=bind.at) if names[0] in present else None

    return Unit(
        name=label,
        platform="lambda",
        at=bind.at,
        env=part("environment", "variables") or Rec((), bind.at),
        handler=part("handler"),
        source=part("filename"),
        each=part("for_each"),
        count=part("count"),
        account=part("provider"),
        aliases=tuple(a for a in (part("function_name"),) if a is not None),
        image=part("image_uri"),
        command=part("image_config", "command"),
    )
