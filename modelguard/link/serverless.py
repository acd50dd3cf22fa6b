"""Serverless Framework services, in YAML or as a TypeScript program's default export: each function is a unit."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterator

from modelguard.extract import facts as f
from modelguard.extract import serverless as variables
from modelguard.link.access import element_keys, elements, entry
from modelguard.link.declared import Declared, Parts, written_at
from modelguard.link.frames import DEPLOYMENT, NOBODY, Frame
from modelguard.link.names import defines
from modelguard.link.program import EMPTY, Program
from modelguard.link.resolve import Resolver
from modelguard.link.values import Const, Mapping, Merged, Outcome, Outcomes, text_of

_PROGRAM = re.compile(r"(?:^|/)serverless(?:\.[\w-]+)?\.(?:ts|js|cjs|mjs)$")


def units(program: Program, resolver: Resolver) -> Iterator[Declared]:
    """The functions of every service of the tree."""
    for path, facts in list(program.store.loaded()):
        if facts.format == "yaml" and any(s.kind == variables.KIND for s in facts.scopes):
            frame = program.document_frame(path)
            base = resolver.evaluate(resolver.keep(f.Var("self", (1, 1))), frame)
            yield from _service(resolver, path, base, frame)
    for path in sorted(p for p in program.store.paths() if _PROGRAM.search(p)):
        module = program.module_frame(path, DEPLOYMENT)
        if module is not None:
            yield from _service(resolver, path, _exported(resolver, module), None)


def _exported(resolver: Resolver, module: Frame) -> Outcomes:
    for name in ("default", "="):
        if any(b.name == name for b in module.scope.binds):
            return resolver.evaluate(resolver.keep(f.Var(name, (1, 1))), module)
    return ()


def _service(resolver: Resolver, path: str, base: Outcomes, frame: Frame | None) -> Iterator[Declared]:
    service = _Service(resolver, path, base, frame)
    tables = service.inside(base, "functions")
    tables = tuple(t for o in tables for t in (elements(resolver, o) or (o,) if not _is_mapping(o) else (o,)))
    for table in tables:
        for key in element_keys(resolver, table) or ():
            name = text_of(key.value)
            for function in service.inside((table,), name) if name is not None else ():
                if _is_mapping(function):
                    yield service.function(str(name), function)


def _is_mapping(outcome: Outcome) -> bool:
    return isinstance(outcome.value, (Mapping, Merged))


class _Service:
    """One service. In a program's, the framework's variables are still texts, which are read here."""

    def __init__(self, resolver: Resolver, path: str, base: Outcomes, frame: Frame | None) -> None:
        self._resolver, self._path, self._base = resolver, path, base
        self._scope = frame
        if frame is None:
            self._scope = resolver.keep(Frame(path, EMPTY, NOBODY, args={}, names={"self": base}))

    def inside(self, base: Outcomes, *keys: str) -> Outcomes:
        """What lies under these keys."""
        for key in keys:
            base = tuple(o for b in base for o in entry(self._resolver, b, key))
        return tuple(o for b in base for o in self._read(b))

    def _read(self, outcome: Outcome) -> Outcomes:
        value = outcome.value
        text = value.value if isinstance(value, Const) else None
        if not isinstance(text, str) or "${" not in text or self._scope is None:
            return (outcome,)
        at = _at((outcome,), self._path)
        return self._resolver.evaluate(self._resolver.keep(variables.expression(text, at)), self._scope)

    def function(self, name: str, function: Outcome) -> Declared:
        """One function as a unit."""
        at = _place(function)
        parts = Parts(self._resolver, self._path, at)
        handler, image = self.inside((function,), "handler"), self.inside((function,), "image")
        # An image by its address or its name, or a mapping with either and a command.
        written = tuple(o for o in image if not _is_mapping(o))
        uri = (*written, *self.inside(image, "uri"))
        named = (*written, *self.inside(image, "name"))
        stated = [t for o in self.inside((function,), "name") if (t := text_of(o.value)) is not None]
        service = [t for o in self.inside(self._base, "service") if (t := text_of(o.value)) is not None]
        aliases = stated or [f"{s}-*-{name}" for s in service]
        folder = [t for o in self.inside((function,), "module") if (t := text_of(o.value)) is not None]
        unit = f.Unit(
            name=name,
            platform="lambda",
            at=at,
            env=parts.merged([], self._environment(parts, function)),
            handler=parts.expr(handler),
            source=self._resolver.keep(f.Lit(posixpath.normpath(folder[0]) if folder else ".", at)),
            command=None
            if handler
            else parts.expr(self.inside(image, "command")) or (None if image else f.Seq((), at)),
            image=parts.expr(uri),
            build=self._build(named, at),
            aliases=tuple(f.Lit(a, at) for a in aliases),
        )
        return self._path, unit, parts.frame

    def _environment(self, parts: Parts, function: Outcome) -> list[f.Item]:
        """The provider's variables, then the function's, each read where it is a text with variables in it."""
        items: dict[str, f.Item] = {}
        for layer in (self.inside(self._base, "provider", "environment"), self.inside((function,), "environment")):
            for base in layer:
                for key in element_keys(self._resolver, base) or ():
                    name = text_of(key.value)
                    found = self.inside((base,), name) if name is not None else ()
                    place = written_at(self._resolver, base, name) if name is not None else None
                    path, at = place or (self._path, _at(found, self._path))
                    value = parts.expr(defines(found, path, at, name or ""))
                    if name is not None and value is not None:
                        items[name] = f.Item(f.Lit(name, value.at), value, value.at)
        return list(items.values())

    def _build(self, image: Outcomes, at: f.Span) -> f.Expr | None:
        """`provider.ecr.images.NAME.path`: the folder in which the function's image is built."""
        for outcome in image:
            name = text_of(outcome.value)
            for spec in self.inside(self._base, "provider", "ecr", "images", name) if name is not None else ():
                paths = [t for o in self.inside((spec,), "path") if (t := text_of(o.value)) is not None]
                folder = paths[0] if paths else text_of(spec.value)
                if folder is not None:
                    made = f.Rec((f.Item(f.Lit("context", at), f.Lit(folder, at), at),), at)
                    return self._resolver.keep(made)
        return None


def _at(outcomes: Outcomes, path: str) -> f.Span:
    """Where in the service's file a value stands."""
    return next(((s.line, s.column) for o in outcomes for s in o.trail if s.path == path), (1, 1))


def _place(outcome: Outcome) -> f.Span:
    value = outcome.value
    if isinstance(value, Mapping):
        return value.rec.at
    return (1, 1)
