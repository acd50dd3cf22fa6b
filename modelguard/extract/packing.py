"""Facts of one file as bytes, for the cache and between processes, and back.

A file is decoded as an outline: what it is, and the scopes that it has. What those say and what they mention lies beside
it, compressed, until it is asked for: of a large tree that is read, nine scopes in ten are only looked at from outside.
"""

from __future__ import annotations

import zlib
from collections import OrderedDict
from typing import ClassVar

import msgspec

from modelguard.extract import facts as f
from modelguard.extract.mentions import noted

_LEVEL = 1
MAX_OPEN = 64
"""Files whose bodies are kept uncompressed, as the scopes of a file are mostly asked for together."""


class _Outline(f._Node, frozen=True):
    name: str
    kind: str
    at: f.Span
    parent: str
    owner: str
    decorators: tuple[f.Expr, ...]
    bases: tuple[f.Expr, ...]
    imports: tuple[f.Import, ...]
    model_text: bool
    names_model: bool
    lists_modules: bool
    sets_globals: bool
    puts_given: bool


class _Stored(f._Node, frozen=True):
    format: str
    document: f.Expr | None
    units: tuple[f.Unit, ...]
    exports: tuple[f.Export, ...]
    routes: tuple[f.Route, ...]
    problem: str
    problem_line: int
    outlines: tuple[_Outline, ...]
    mentions: bytes
    bodies: bytes


_ENCODER = msgspec.msgpack.Encoder()
_DECODER = msgspec.msgpack.Decoder(_Stored)
_BODY = msgspec.msgpack.Decoder(f.Body)
_RAWS = msgspec.msgpack.Decoder(list[msgspec.Raw])
_MENTIONS = msgspec.msgpack.Decoder(list[f.Mentions])


def pack(facts: f.Facts) -> bytes:
    """Facts that an extractor made as MessagePack, with what their scopes mention. UnicodeEncodeError for lone surrogates."""
    functions = {scope.name.rsplit(".", 1)[-1] for scope in facts.scopes}
    by_name = {scope.name: scope for scope in facts.scopes}
    notes = [noted(s, facts.format in f.CODE, functions, _given_around(s, by_name)) for s in facts.scopes]
    outlines = tuple(
        _Outline(
            s.name,
            s.kind,
            s.at,
            s.parent,
            s.owner,
            s.decorators,
            s.bases,
            n.imports,
            n.model_text,
            n.names_model,
            n.lists_modules,
            n.sets_globals,
            n.puts_given,
        )
        for s, n in zip(facts.scopes, notes, strict=True)
    )
    bodies = _ENCODER.encode([scope.glance() for scope in facts.scopes])
    mentions = _ENCODER.encode([n.mentions for n in notes])
    return _ENCODER.encode(
        _Stored(
            facts.format,
            facts.document,
            facts.units,
            facts.exports,
            facts.routes,
            facts.problem,
            facts.problem_line,
            outlines,
            zlib.compress(mentions, _LEVEL),
            zlib.compress(bodies, _LEVEL),
        )
    )


def _given_around(scope: f.Scope, scopes: dict[str, f.Scope]) -> frozenset[str]:
    """The parameters of the functions around a scope."""
    names: set[str] = set()
    around = scopes.get(scope.parent)
    for _ in range(20):
        if around is None or around.kind == "module":
            break
        names.update(p.name for p in around.glance().params)
        around = scopes.get(around.parent)
    return frozenset(names)


def unpack(packed: bytes) -> f.Facts:
    """The facts that were packed. Raises msgspec.DecodeError or RecursionError for anything else."""
    stored = _DECODER.decode(packed)
    source = _Source(stored.mentions, stored.bodies)
    return f.Facts(
        stored.format,
        document=stored.document,
        scopes=tuple(_scope(outline, source, index) for index, outline in enumerate(stored.outlines)),
        units=stored.units,
        exports=stored.exports,
        routes=stored.routes,
        problem=stored.problem,
        problem_line=stored.problem_line,
    )


def _scope(outline: _Outline, source: _Source, index: int) -> f.Scope:
    scope = f.Scope(
        outline.name,
        outline.kind,
        outline.at,
        decorators=outline.decorators,
        bases=outline.bases,
        parent=outline.parent,
        owner=outline.owner,
    )
    scope.imports = outline.imports
    scope.model_text, scope.names_model = outline.model_text, outline.names_model
    scope.lists_modules, scope.sets_globals = outline.lists_modules, outline.sets_globals
    scope.puts_given = outline.puts_given
    scope.packed_in(source, index)
    return scope


class _Source:
    """The bodies and mentions of one file's scopes, compressed. What was unpacked last is kept for a while."""

    __slots__ = ("_bodies", "_mentions")
    _open: ClassVar[OrderedDict[int, tuple[_Source, list[msgspec.Raw]]]] = OrderedDict()
    _last: ClassVar[tuple[_Source, list[f.Mentions]] | None] = None

    def __init__(self, mentions: bytes, bodies: bytes) -> None:
        self._mentions = mentions
        self._bodies = bodies

    def body(self, index: int) -> f.Body:
        """The body of scope number `index`."""
        known = self._open.get(id(self))
        if known is None:
            known = self._open[id(self)] = self, _RAWS.decode(zlib.decompress(self._bodies))
            if len(self._open) > MAX_OPEN:
                self._open.popitem(last=False)
        return _BODY.decode(known[1][index])

    def mentions(self, index: int) -> f.Mentions:
        """What scope number `index` mentions."""
        last = _Source._last
        if last is None or last[0] is not self:
            last = _Source._last = self, _MENTIONS.decode(zlib.decompress(self._mentions))
        return last[1][index]
