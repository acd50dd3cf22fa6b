"""Giving a consumer a model field of its own: edits that change nothing today, so that tomorrow's change is its alone.

Two ways are tried. Where the consumer's deployment hands it the model (its own environment variable), that is set to the
value itself. Else the field gets a second entry beside it, and the lines that only this consumer reads it by are led there.
Whether an edit does it is not believed but looked up: the tree with the edit is analysed again, and the split counts only
where the consumer no longer uses the field, has the same model, and nobody else's models or fields differ.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

from modelguard.errors import InputError
from modelguard.fix.split_edits import copy_entry, declared_at, has_entry, rename_read, set_attribute, set_environment
from modelguard.graph.diff import models_of
from modelguard.graph.model import Consumer, Field, Graph, Site
from modelguard.graph.query import Index, Reader

_MODEL = re.compile(r"[A-Za-z0-9][A-Za-z0-9._:/@+-]{0,299}")
_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]{0,99}")
Read = Callable[[str], str | None]
Analyse = Callable[[Mapping[str, bytes]], Graph]


@dataclass(frozen=True, slots=True)
class Split:
    """One consumer's way out of a shared field: the files as they would be; none, with the reason, where there is no way."""

    consumer: Consumer
    how: str
    files: tuple[tuple[str, str], ...] = ()
    why_not: str = ""

    @property
    def possible(self) -> bool:
        """Whether there is a way, proved."""
        return bool(self.files)


@dataclass(frozen=True, slots=True)
class _Way:
    """Edits to try."""

    how: str
    files: dict[str, str]


class Splitter:
    """Splits of one field of a graph. `read` gives a file's text, `analyse` the graph of the tree with files replaced."""

    def __init__(self, graph: Graph, field: Field, read: Read, analyse: Analyse, python: Sequence[str]) -> None:
        self._graph, self._field, self._read, self._analyse, self._python = graph, field, read, analyse, python
        self._index = Index(graph)
        self._key = re.split(r"[.\[]", field.name)[-1].strip("]\"'")
        self.readers = [r for r in self._index.readers(field.id) if not r.edge.dormant]

    def split(self, consumer: Consumer, model: str | None = None, name: str | None = None) -> Split:
        """The way for a consumer; `model` is what its own field is to say, else what it says today; `name` what it is called."""
        reader = next((r for r in self.readers if r.consumer.id == consumer.id), None)
        if reader is None:
            raise InputError(
                f"{consumer.name} does not read {self._field.name}", hint="modelguard graph --why lists who does"
            )
        if model is not None and not _MODEL.fullmatch(model):
            raise InputError("a model's name has letters, digits and . _ : / @ + - only")
        if name is not None and not _NAME.fullmatch(name):
            raise InputError(f"{name[:60]} can't be the name of a field", hint="Letters, digits and _ make one.")
        value = model or self._value(reader)
        if value is None:
            return Split(consumer, "", (), "what it says today is not known")
        tried: list[str] = []
        for way in self._ways(reader, value, model, name or self._name_for(consumer)):
            why = self._proved(way, consumer, value)
            if not why:
                return Split(consumer, way.how, tuple(sorted(way.files.items())))
            tried.append(f"{way.how}: {why}")
        return Split(consumer, "", (), "; ".join(tried) or self._no_way(reader))

    def _value(self, reader: Reader) -> str | None:
        models = models_of(self._index, reader.through) or models_of(self._index, self._field.id)
        return min(models) if len(models) == 1 else self._field.value

    def _name_for(self, consumer: Consumer) -> str:
        words = re.findall(r"[a-z0-9]+", consumer.name.lower())
        name = "_".join([self._key, *words])
        return name.upper() if self._key.isupper() else name

    # -- ways ----------------------------------------------------------------------------------------------------------

    def _ways(self, reader: Reader, value: str, model: str | None, name: str) -> Iterable[_Way]:
        yield from self._in_deployment(reader, value)
        yield from self._beside(reader, model, name)

    def _in_deployment(self, reader: Reader, value: str) -> Iterable[_Way]:
        """The definition that only this consumer reads, set to the value itself."""
        own = self._index.nodes.get(reader.through)
        if not isinstance(own, Field) or own.id == self._field.id:
            return
        users = {r.consumer.id for r in self._index.readers(own.id)}
        text = self._read(own.path)
        if users != {reader.consumer.id} or text is None:
            return
        key = own.name.rsplit(".", 1)[-1]
        edit = set_environment if own.path.endswith((".yaml", ".yml")) else set_attribute
        after = edit(text, own.line, key, value)
        if after is not None:
            yield _Way(f"{own.path}:{own.line} says its model itself", {own.path: after})

    def _beside(self, reader: Reader, model: str | None, name: str) -> Iterable[_Way]:
        """An entry beside the field's, declared where a class declares the field, and read where only this consumer reads."""
        sites = self._own_reads(reader)
        text = self._read(self._field.path)
        if not sites or text is None or has_entry(text, name):
            return
        after = copy_entry(text, self._field.line, self._key, name, model)
        if after is None:
            return
        files = {self._field.path: after}
        for site in sites:
            before = files.get(site.path) or self._read(site.path)
            led = rename_read(before, site.line, self._key, name) if before is not None else None
            if led is None:
                return
            files[site.path] = led
        places = ", ".join(f"{s.path}:{s.line}" for s in sites)
        how = f"{name} beside {self._key} in {self._field.path}, read by {places}"
        for declared in self._declarations(reader, files, name):
            yield _Way(how, {**files, **declared})
        yield _Way(how, files)

    def _declarations(self, reader: Reader, files: Mapping[str, str], name: str) -> Iterable[dict[str, str]]:
        """The class that declares the field, with a second attribute: where the value passes, else the only one there is."""
        near = {path for path, _ in reader.edge.via}
        for paths in ([p for p in self._python if p in near], [p for p in self._python if p not in near]):
            found = {path: edited for path in paths if (edited := self._declared(path, files, name)) is not None}
            if len(found) == 1:
                yield found

    def _declared(self, path: str, files: Mapping[str, str], name: str) -> str | None:
        text = files.get(path) or self._read(path)
        if text is None or self._key not in text:
            return None
        line = declared_at(text, self._key)
        return copy_entry(text, line, self._key, name, None) if line is not None else None

    def _own_reads(self, reader: Reader) -> list[Site]:
        """The consumer's reads of the field, where no other consumer runs one of them."""
        found = []
        for source in self._index.sources(self._field.id, "reads"):
            site = self._index.nodes.get(source)
            if not isinstance(site, Site) or (site.path, site.line) not in reader.edge.via:
                continue
            others = [r for r in self.readers if r.consumer.id != reader.consumer.id]
            if any((site.path, site.line) in r.edge.via for r in others):
                return []
            found.append(site)
        return found

    def _no_way(self, reader: Reader) -> str:
        shared = [
            f"{s.path}:{s.line}"
            for source in self._index.sources(self._field.id, "reads")
            if isinstance(s := self._index.nodes.get(source), Site) and (s.path, s.line) in reader.edge.via
        ]
        if shared:
            return f"{', '.join(shared)} reads it for others, too, or in a way that can't be edited: hand the model in first"
        return "nothing that is its own hands it the model"

    # -- proof ---------------------------------------------------------------------------------------------------------

    def _proved(self, way: _Way, consumer: Consumer, value: str) -> str:
        """Why a way does not do it, "" where it does."""
        after = self._analyse({path: text.encode() for path, text in way.files.items()})
        if len(after.coverage.failed) > len(self._graph.coverage.failed):
            return "a file could not be read afterwards"
        before_of, after_of = _reached(self._graph), _reached(after)
        if set(before_of) != set(after_of):
            return "other consumers would be found afterwards"
        for who, (roots, models) in after_of.items():
            if who == consumer.id:
                if self._field.id in roots:
                    return "it would still read the field"
                if models != (before_of[who][1] - _all_of(self._graph, self._field)) | {value}:
                    return "it would have another model"
            elif (roots, models) != before_of[who]:
                return "others would be changed by it"
        return ""


def _all_of(graph: Graph, field: Field) -> frozenset[str]:
    return models_of(Index(graph), field.id)


def _reached(graph: Graph) -> dict[str, tuple[frozenset[str], frozenset[str]]]:
    """By consumer: the fields where a person would edit its models, and the models."""
    index = Index(graph)
    found: dict[str, tuple[frozenset[str], frozenset[str]]] = {}
    for node in graph.nodes:
        if not isinstance(node, Consumer):
            continue
        used = [e.target for e in index.out[node.id] if e.kind == "uses" and not e.dormant]
        fields = [t for t in used if isinstance(index.nodes[t], Field)]
        roots = frozenset(root for f in fields for root in index.roots(f))
        models = frozenset(m for f in (*fields, *roots) for m in models_of(index, f))
        found[node.id] = (roots, models)
    return found
