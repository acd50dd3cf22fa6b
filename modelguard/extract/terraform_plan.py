"""`terraform show -json` of a plan: what variables were given, and the resources as they will be.

Format: https://developer.hashicorp.com/terraform/internals/json-format. Beside the configuration that it was made from, a
plan says what the variables are, so that everything else keeps its own lines; alone, its resources are what runs.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator

from modelguard.extract.build import literal
from modelguard.extract.facts import Bind, Expr, External, Item, Lit, Opaque, Rec, Scope, Seq, Span, Unit
from modelguard.extract.yaml_doc import DocumentError, documents, get, items, text

KIND = "plan"
_MAX_MODULES = 200


def recognises(document: Expr) -> bool:
    """Whether a document is a plan or state: a `format_version` and values of a root module."""
    return text(get(document, "format_version")) is not None and _values(document) is not None


def _values(document: Expr) -> Expr | None:
    return get(document, "planned_values", "root_module") or get(document, "values", "root_module")


def scope(document: Expr) -> Scope:
    """The variables that the plan was made with, as `var.NAME`."""
    table = get(document, "variables")
    binds = []
    for item in table.items if isinstance(table, Rec) else ():
        name, value = str(getattr(item.key, "value", "")), get(item.value, "value")
        declared = get(document, "configuration", "root_module", "variables", name)
        if value is None:
            continue
        if getattr(get(declared, "sensitive"), "value", False):
            value = External("secret.parameter", Lit(name, item.at), item.at)
        elif isinstance(value, Lit):
            value = literal(str(value.value), value.at, name) if isinstance(value.value, str) else value
        binds.append(Bind(f"var.{name}", value, item.at))
    return Scope("", KIND, (1, 1), binds=tuple(binds))


def units(document: Expr) -> Iterator[Unit]:
    """Lambda functions and the containers of ECS tasks; instances of one resource are one consumer."""
    grouped: dict[tuple[str, str], list[Expr]] = defaultdict(list)
    for resource in _resources(_values(document)):
        if text(get(resource, "mode")) in (None, "managed"):
            address = (text(get(resource, "address")) or "").split("[", 1)[0]
            grouped[text(get(resource, "type")) or "", address].append(resource)
    for (kind, address), found in grouped.items():
        name, values = address.rpartition(".")[2], get(found[0], "values")
        if values is None:
            continue
        if kind == "aws_lambda_function":
            yield _function(name, found[0].at, values, len(found))
        elif kind == "aws_ecs_task_definition":
            yield from _containers(name, found[0].at, values)


def _resources(module: Expr | None, depth: int = 0) -> Iterator[Expr]:
    yield from items(get(module, "resources"))
    for child in items(get(module, "child_modules"))[:_MAX_MODULES] if depth < 20 else ():
        yield from _resources(child, depth + 1)


def _function(name: str, at: Span, values: Expr, instances: int) -> Unit:
    blocks = items(get(values, "environment"))
    variables = get(blocks[0], "variables") if blocks else None
    alias, image, source = get(values, "function_name"), get(values, "image_uri"), get(values, "filename")
    return Unit(
        name=name,
        platform="lambda",
        at=at,
        env=_sealed(variables) if isinstance(variables, Rec) else Rec((), at),
        handler=get(values, "handler"),
        source=source if text(source) is not None else None,
        count=Lit(instances, at),
        aliases=(alias,) if text(alias) is not None and alias is not None else (),
        image=image if text(image) is not None else None,
    )


def _sealed(variables: Rec) -> Rec:
    """Variables whose values are credentials without them."""
    found = []
    for item in variables.items:
        name, written = str(getattr(item.key, "value", "")), text(item.value)
        value = literal(written, item.value.at, name) if written is not None else item.value
        found.append(Item(item.key, value, item.at))
    return Rec(tuple(found), variables.at)


def _containers(name: str, at: Span, values: Expr) -> Iterator[Unit]:
    written = text(get(values, "container_definitions"))
    try:
        parsed = documents(written.encode()) if written else ()
    except DocumentError:
        parsed = ()
    containers = items(parsed[0]) if parsed else ()
    for container in containers:
        own = text(get(container, "name")) or "container"
        entries = [
            Item(Lit(key, at), literal(value, at, key), at)
            for e in items(get(container, "environment"))
            if (key := text(get(e, "name"))) is not None and (value := text(get(e, "value"))) is not None
        ]
        entries += [
            Item(Lit(key, at), External("secret.aws", Lit(text(get(e, "valueFrom")) or key, at), at), at)
            for e in items(get(container, "secrets"))
            if (key := text(get(e, "name"))) is not None
        ]
        words = [*items(get(container, "entryPoint")), *items(get(container, "command"))]
        image = text(get(container, "image"))
        yield Unit(
            name=name if len(containers) == 1 else f"{name}.{own}",
            platform="ecs",
            at=at,
            env=Rec(tuple(entries), at),
            command=Seq(tuple(Lit(text(w) or "?", at) for w in words), at) if words else None,
            image=Lit(image, at) if image is not None else Opaque("an image that is not named", at),
            aliases=(Lit(own, at),),
        )
