"""Compose files: services with their environment, command and build; `${VAR:-default}` as Compose interpolates it.

Format: https://github.com/compose-spec/compose-spec/blob/main/spec.md and 12-interpolation.md.
"""

from __future__ import annotations

import re
import shlex
from collections import deque
from collections.abc import Iterable, Iterator

from modelguard.extract.build import literal, pieces
from modelguard.extract.facts import Export, Expr, External, Item, Join, Lit, Op, Opaque, Rec, Seq, Span, Unit
from modelguard.extract.yaml_doc import get, items, text

_OWN = frozenset({"image", "build", "environment", "command", "env_file", "ports", "volumes", "extends", "depends_on"})
_VARIABLE = re.compile(
    r"\$(?:(?P<escaped>\$)|(?P<plain>[A-Za-z_]\w*)"
    r"|\{(?P<name>[A-Za-z_]\w*)(?:(?P<how>:?[-?+])(?P<rest>(?:[^{}]|\{[^{}]*\})*))?\})"
)


def recognises(document: Expr) -> bool:
    """Whether a document is a Compose file: `services`, each a mapping with something only a service has."""
    services = get(document, "services")
    if not isinstance(services, Rec) or get(document, "provider") is not None:
        return False
    keys = {_key(k) for s in services.items if isinstance(s.value, Rec) for k in s.value.items}
    return not _OWN.isdisjoint(keys)


def _key(item: Item) -> str:
    return str(item.key.value) if isinstance(item.key, Lit) else ""


def units(document: Expr) -> Iterator[Unit]:
    """One unit a service; what a service takes over from another by `extends` or a merge key is followed."""
    services = get(document, "services")
    for item in services.items if isinstance(services, Rec) else ():
        if isinstance(item.key, Lit) and isinstance(item.value, Rec):
            yield _service(str(item.key.value), item.key.at, _extended(item.value, services, 0))


def _flat(rec: Rec, depth: int = 0) -> list[Item]:
    """The entries with those of merge keys put in."""
    found: list[Item] = []
    for item in rec.items:
        if item.key is None and isinstance(item.value, Rec) and depth < 20:
            found += _flat(item.value, depth + 1)
        elif item.key is not None:
            found.append(item)
    return found


def _extended(service: Rec, services: Expr | None, depth: int) -> Rec:
    whole = Rec(tuple(_flat(service)), service.at)
    extends = get(whole, "extends")
    name = text(extends) or (text(get(extends, "service")) if get(extends, "file") is None else None)
    base = get(services, name) if name is not None else None
    if not isinstance(base, Rec) or depth > 20:
        return whole
    inherited = _extended(base, services, depth + 1)
    environment = Rec(
        (
            Item(None, _environment(get(inherited, "environment"), service.at), service.at),
            Item(None, _environment(get(whole, "environment"), service.at), service.at),
        ),
        service.at,
    )
    kept = [i for i in whole.items if getattr(i.key, "value", None) != "environment"]
    return Rec((*inherited.items, *kept, Item(Lit("environment", service.at), environment, service.at)), service.at)


def _service(name: str, at: Span, service: Rec) -> Unit:
    files = get(service, "env_file")
    sources = items(files) or ((files,) if files is not None else ())
    layers = [
        Item(None, External("env_file", path, path.at), path.at)
        for source in sources
        if (path := source if text(source) is not None else get(source, "path")) is not None
    ]
    layers.append(Item(None, _environment(get(service, "environment"), at), at))
    entrypoint, command = (_words(get(service, key)) for key in ("entrypoint", "command"))
    extends = get(service, "extends")
    file = text(get(extends, "file"))
    build = get(service, "build")
    if text(build) is not None and build is not None:
        build = Rec((Item(Lit("context", build.at), build, build.at),), build.at)
    elif isinstance(build, Rec) and (args := get(build, "args")) is not None:
        kept = (i for i in build.items if getattr(i.key, "value", None) != "args")
        build = Rec((*kept, Item(Lit("args", args.at), _environment(args, args.at), args.at)), build.at)
    container = text(get(service, "container_name"))
    argv = (*(entrypoint or ()), *(command or ()))
    return Unit(
        name=name,
        platform="compose",
        at=at,
        env=Rec(tuple(layers), at),
        command=Seq(argv, argv[0].at) if argv else None,
        workdir=get(service, "working_dir"),
        count=get(service, "deploy", "replicas"),
        aliases=(Lit(container, at),) if container else (),
        image=get(service, "image"),
        build=build,
        arguments=command is not None and entrypoint is None,
        mounts=tuple(_mounts(service)),
        extends=f"{file}#{text(get(extends, 'service')) or name}" if file is not None else "",
    )


def _mounts(service: Rec) -> Iterator[Item]:
    """Files and folders of the tree that the container sees, and the secrets that Compose puts in."""
    for volume in items(get(service, "volumes")):
        source, target = text(get(volume, "source")), text(get(volume, "target"))
        if (written := text(volume)) is not None:
            source, _, rest = written.partition(":")
            target = rest.partition(":")[0]
        if source and target and source.startswith((".", "/")) and "$" not in source:
            yield Item(Lit(target, volume.at), External("path", Lit(source, volume.at), volume.at), volume.at)
    for secret in items(get(service, "secrets")):
        name = text(secret) or text(get(secret, "source"))
        if name:
            target = text(get(secret, "target")) or name
            place = Lit(target if target.startswith("/") else f"/run/secrets/{target}", secret.at)
            yield Item(place, External("secret.compose", Lit(name, secret.at), secret.at), secret.at)


def _words(value: Expr | None) -> tuple[Expr, ...] | None:
    if value is None:
        return None
    if (written := text(value)) is None:
        return items(value)
    try:
        return tuple(Lit(word, value.at) for word in shlex.split(written))
    except ValueError:
        return (Opaque("a command that can't be split into words", value.at),)


def _environment(value: Expr | None, at: Span) -> Rec:
    """`environment` as a mapping; a name alone passes the variable of whoever runs Compose on."""
    found: list[Item] = []
    if isinstance(value, Rec):
        for item in value.items:
            if item.key is None:
                found.append(Item(None, _environment(item.value, at), item.at))
            elif isinstance(item.value, Lit) and item.value.value is None:
                found.append(Item(item.key, Op("interpolated", (item.key,), item.key.at), item.at))
            else:
                found.append(Item(item.key, interpolated(item.value), item.at))
    for entry in items(value):
        written = text(entry)
        if written is None:
            continue
        name, equals, rest = written.partition("=")
        key = Lit(name.strip(), entry.at)
        given = literal(rest, entry.at, name) if equals else None
        item_value = interpolated(given) if given is not None else Op("interpolated", (key,), entry.at)
        found.append(Item(key, item_value, entry.at))
    return Rec(tuple(found), value.at if value is not None else at)


def interpolated(value: Expr) -> Expr:
    """A text with its `$VAR`, `${VAR}`, `${VAR:-default}` as Op("interpolated", (name[, default]))."""
    written = text(value)
    if written is None or "$" not in written:
        return value
    parts = pieces(written, _VARIABLE, lambda match: _variable(match, value.at), value.at)
    return parts[0] if len(parts) == 1 else Join(tuple(parts), value.at)


def _variable(match: re.Match[str], at: Span) -> Expr:
    if match["escaped"]:
        return Lit("$", at)
    name = match["plain"] or match["name"]
    if match["how"] in (":-", "-"):
        default = interpolated(literal(match["rest"].strip("\"'"), at, name))
        return Op("interpolated", (Lit(name, at), default), at)
    if match["how"] in (":+", "+"):
        return Opaque(f"depends on whether `{name}` is set", at)
    return Op("interpolated", (Lit(name, at),), at)


def exports(services: Iterable[Unit]) -> Iterator[Export]:
    """The variables that are interpolated, each where it stands first: all places of one variable are one setting."""
    seen: set[str] = set()
    for unit in services:
        todo = deque([unit.env] if unit.env is not None else [])
        while todo:
            expr = todo.popleft()
            if isinstance(expr, Op) and expr.name == "interpolated" and (name := text(expr.parts[0])) is not None:
                if name not in seen:
                    seen.add(name)
                    yield Export("compose.var", name, expr, expr.at)
                todo.extend(expr.parts[1:])
            elif isinstance(expr, Rec):
                todo.extend(i.value for i in expr.items)
            elif isinstance(expr, (Seq, Join)):
                todo.extend(expr.items if isinstance(expr, Seq) else expr.parts)
