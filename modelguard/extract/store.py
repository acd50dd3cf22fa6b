"""Facts of a tree, asked on demand: cached by content, extracted in parallel where there is much to read.

Which files matter: every document and infrastructure file whose bytes have a marker; code that spends or names a
model, and, by a cheap look at import lines, the files that import it, however indirectly, with all that those import.
Anything else is read when a reference leads there.
"""

from __future__ import annotations

import contextlib
import os
import posixpath
import re
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import PurePosixPath

import msgspec

from modelguard.extract import secrets
from modelguard.extract.cache import FactsCache
from modelguard.extract.examples import examples
from modelguard.extract.facts import CODE, Facts
from modelguard.extract.node_modules import SUFFIXES, NodeModules, is_script
from modelguard.extract.packing import unpack
from modelguard.extract.reading import Look, Read, Readers, unpack_look
from modelguard.extract.registry import Format, format_of, readers_stamp
from modelguard.workspace import ReadFailed, Tree, blob_id

_AT_ONCE = 500
"""Files that are taken from the cache, or put into it, at once."""
_TOKEN = re.compile(rb"\w+")


@dataclass
class FactsStore:
    """The facts of one tree. `facts(path)` reads on demand; `load()` reads what matters from the start."""

    tree: Tree
    cache: FactsCache
    jobs: int = 0
    gaps: dict[str, str] = field(default_factory=dict)
    _facts: dict[str, Facts | None] = field(default_factory=dict)
    _paths: frozenset[str] = frozenset()
    _folders: frozenset[str] | None = None
    _stems: dict[str, list[str]] = field(default_factory=dict)
    _scripts: dict[str, list[str]] = field(default_factory=dict)
    examples: dict[str, str] = field(default_factory=dict)
    """Of files of code that are not there, the example that shows each; see examples.py."""
    _shown: frozenset[str] = frozenset()
    _blobs: dict[str, str] = field(default_factory=dict)
    _looks: dict[str, Look] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self._paths = frozenset(e.path for e in self.tree.entries)
        self._blobs = {e.path: e.blob for e in self.tree.entries if e.blob}
        stems: dict[str, list[str]] = defaultdict(list)
        self.examples = examples(p for p in self._paths if p.endswith((".py", *SUFFIXES)))
        for path in sorted({*self._paths, *self.examples}):
            if path.endswith(".py"):
                pure = PurePosixPath(path)
                stems[pure.parent.name if pure.name == "__init__.py" else pure.stem].append(path)
            elif is_script(path) and format_of(path) is not None:
                self._scripts.setdefault(posixpath.splitext(path)[0].rsplit("/", 1)[-1], []).append(path)
        self._stems = dict(stems)
        self._shown = frozenset(self.examples.values())
        secrets.set_digest_key(self.cache.digest_key)
        self._readers = Readers(self.tree, self.jobs or os.cpu_count() or 1, self.cache.digest_key)

    # -- asking ----------------------------------------------------------------------------------------------------

    def __contains__(self, path: str) -> bool:
        return path in self._paths

    def paths(self) -> frozenset[str]:
        """Every path of the tree that may be read."""
        return self._paths

    def folders(self) -> frozenset[str]:
        """Every folder of the tree, the root apart."""
        if self._folders is None:
            found: set[str] = set()
            for path in self._paths:
                folder = path.rpartition("/")[0]
                while folder and folder not in found:
                    found.add(folder)
                    folder = folder.rpartition("/")[0]
            self._folders = frozenset(found)
        return self._folders

    def loaded(self) -> Iterator[tuple[str, Facts]]:
        """The files read so far, by path."""
        for path in sorted(self._facts):
            facts = self._facts[path]
            if facts is not None:
                yield path, facts

    def facts(self, path: str) -> Facts | None:
        """Facts of one file, read now if need be; None for an unknown path, an unread format or a failure (a gap)."""
        if path not in self._facts:
            if path in self._paths and (known := format_of(path)) is not None:
                self._extract([(path, known)])
            else:
                self._facts[path] = None
        return self._facts.get(path)

    def modules(self, dotted: str) -> list[str]:
        """Paths whose end is this dotted module name, nearest to the root first; last those of which only an example is
        there (see `examples`)."""
        suffix = dotted.replace(".", "/")
        found = []
        for path in self._stems.get(suffix.rsplit("/", 1)[-1], []):
            bare = path.removesuffix("/__init__.py").removesuffix(".py")
            if bare == suffix or bare.endswith("/" + suffix):
                found.append(path)
        return sorted(found, key=lambda p: (p in self.examples, p.count("/"), p))

    def shows(self, path: str) -> bool:
        """Whether a file of code is only the example of one that is not there."""
        return path in self._shown

    def ending(self, tail: str) -> list[str]:
        """Paths of scripts that end so, whatever kind of script they are (`handlers/a.js` finds `handlers/a.ts`)."""
        stem = posixpath.splitext(tail)[0]
        found = [
            p
            for p in self._scripts.get(stem.rsplit("/", 1)[-1], [])
            if f"/{p}".startswith(f"/{stem}.") or f"/{stem}." in p
        ]
        return sorted(found, key=lambda p: (p.count("/"), p))

    def close(self) -> None:
        """End the processes that read files; safe to call twice."""
        self._readers.close()

    # -- loading ---------------------------------------------------------------------------------------------------

    def load(self, words: Iterable[str] = ()) -> None:
        """Read every file that matters. `words` are further names whose mention makes a Python file matter."""
        wanted: list[tuple[str, Format]] = []
        code: list[str] = []
        for path in sorted(self._paths):
            known = format_of(path)
            if known is None or path in self._facts:
                continue
            if known.name in CODE:
                code.append(path)
            else:
                wanted.append((path, known))
        marked = [(p, f) for p, f in wanted if not f.marker.pattern]
        looked = {p: f for p, f in wanted if f.marker.pattern}
        marked += [(p, looked[p]) for p, data in self._read(list(looked)) if looked[p].marks(data)]
        self._extract(marked)
        self._extract([(p, _format(p)) for p in self._relevant_code(code, words)])

    def _relevant_code(self, paths: list[str], words: Iterable[str]) -> list[str]:
        named = _mentioned(words)
        seeds = set()
        if named is not None:
            seeds = {path for path, data in self._read(paths) if named(data)}
        importers: dict[str, set[str]] = defaultdict(set)
        imported: dict[str, set[str]] = {}
        for path, look in self._looks_at(paths):
            if look.marked:
                seeds.add(path)
            imported[path] = self._script_imports(path, look) if is_script(path) else self._imports(path, look)
            for target in imported[path]:
                importers[target].add(path)
        # What a program hands a client to may know no word of it.
        return sorted(leading_to(imported, leading_to(importers, seeds)))

    def _looks_at(self, paths: list[str]) -> Iterator[tuple[str, Look]]:
        """A look at each file of code: remembered, else cached by content, else taken now."""
        new = [p for p in paths if p not in self._looks]
        for path, data in self._read([p for p in new if p not in self._blobs]):
            self._blobs[path] = blob_id(data)
        keys = {p: f"{_key(self._blobs[p], _format(p))}:look" for p in new if p in self._blobs}
        stored = self.cache.get(list(keys.values()))
        for path, key in keys.items():
            if key in stored:
                with contextlib.suppress(msgspec.DecodeError):
                    self._looks[path] = unpack_look(stored[key])
        fresh = []
        for read in self._readers.looks([p for p in keys if p not in self._looks]):
            if not self._failed(read):
                self._looks[read.path] = unpack_look(read.packed)
                fresh.append((f"{_key(read.blob, _format(read.path))}:look", read.packed))
        self.cache.put(fresh)
        return ((p, self._looks[p]) for p in paths if p in self._looks)

    def _failed(self, read: Read) -> bool:
        if read.failed:
            self.gaps[read.path] = read.failed
            self._facts[read.path] = None
        return bool(read.failed)

    def _script_imports(self, path: str, look: Look) -> set[str]:
        """Paths that a TypeScript or JavaScript file imports, or has without an import."""
        written = [m for m in look.imports if not m.startswith("*")]
        found = {p for m in written if (p := self.node_modules.resolve(path, m)) is not None}
        return found.union(self.node_modules.unimported(path), self.loaded_folders(path))

    def loaded_folders(self, path: str) -> tuple[str, ...]:
        """The files of the folders that a script lists and loads, whatever they are called: commands of a bot, routes."""
        look = self._looks.get(path)
        folders = [m.removeprefix("*") for m in look.imports if m.startswith("*")] if look is not None else []
        return tuple(dict.fromkeys(p for name in folders for p in self.node_modules.inside(path, name)))

    @cached_property
    def node_modules(self) -> NodeModules:
        """What imports of TypeScript and JavaScript mean in this tree."""
        return NodeModules(self._paths, self.data, self.examples)

    def data(self, path: str) -> bytes | None:
        """The bytes of a file; None for an unknown path, or where it can't be read."""
        if path not in self._paths:
            return None
        return next((data for _, data in self.tree.read_many([path]) if not isinstance(data, ReadFailed)), None)

    def _imports(self, path: str, look: Look) -> set[str]:
        """Paths that the import lines of a Python file may mean."""
        found: set[str] = set()
        for written in look.imports:
            dotted = self.absolute(path, written).strip(".")
            if dotted.rpartition(".")[2] in self._stems:
                found.update(self.examples.get(p, p) for p in self.modules(dotted))
        return found

    @staticmethod
    def absolute(path: str, module: str) -> str:
        """A relative import's dotted name as seen from the root of the tree; an absolute one unchanged."""
        level = len(module) - len(module.lstrip("."))
        if not level:
            return module
        parts = path.split("/")[:-level] if level <= path.count("/") + 1 else []
        return ".".join([*parts, module.lstrip(".")]).strip(".")

    # -- reading and extracting ------------------------------------------------------------------------------------

    def _read(self, paths: list[str]) -> Iterator[tuple[str, bytes]]:
        for path, data in self._readers.bytes_of(paths):
            if isinstance(data, ReadFailed):
                self.gaps[path] = data.why
                self._facts[path] = None
            else:
                yield path, data

    def _extract(self, wanted: list[tuple[str, Format]]) -> None:
        """Facts of these files: from the cache where their content is known, else parsed (in parallel if much)."""
        formats = {p: f for p, f in wanted if p not in self.gaps}
        for path, data in self._read([p for p in formats if p not in self._blobs]):
            self._blobs[path] = blob_id(data)
        keys = {p: _key(self._blobs[p], f) for p, f in formats.items() if p in self._blobs}
        paths = list(keys)
        for start in range(0, len(paths), _AT_ONCE):
            part = paths[start : start + _AT_ONCE]
            stored = self.cache.get([keys[p] for p in part])
            for path in part:
                if keys[path] in stored:
                    self._accept(path, stored[keys[path]])
        missing = [(p, formats[p].name) for p in paths if p not in self._facts]
        fresh = []
        for read in self._readers.facts(missing):
            if not self._failed(read):
                self._accept(read.path, read.packed)
                fresh.append((_key(read.blob, formats[read.path]), read.packed))
                if len(fresh) >= _AT_ONCE:
                    self.cache.put(fresh)
                    fresh = []
        self.cache.put(fresh)

    def _accept(self, path: str, packed: bytes) -> bool:
        try:
            facts = unpack(packed)
        except (msgspec.DecodeError, RecursionError):
            return False
        self._facts[path] = facts
        if facts.problem:
            self.gaps[path] = f"line {facts.problem_line}: {facts.problem}" if facts.problem_line else facts.problem
        return True


def leading_to(next_to: Mapping[str, Iterable[str]], paths: Iterable[str]) -> set[str]:
    """These modules and all that import one of them, however indirectly, where `next_to` has who imports each module; or
    all that they import, where it has what each imports."""
    found = set(paths)
    todo = list(found)
    while todo:
        for other in next_to.get(todo.pop(), ()):
            if other not in found:
                found.add(other)
                todo.append(other)
    return found


def _format(path: str) -> Format:
    """The format of a path that has one."""
    known = format_of(path)
    assert known is not None
    return known


def _key(blob: str, known: Format) -> str:
    return f"{blob}:{known.name}:{readers_stamp()}"


def _mentioned(words: Iterable[str]) -> Callable[[bytes], bool] | None:
    """Whether the bytes of a file have one of these words in them as a whole; None where there are no words."""
    wanted = {word.encode() for word in words}
    if not wanted:
        return None
    plain = {word for word in wanted if _TOKEN.fullmatch(word)}
    others = [re.compile(rb"\b" + re.escape(word) + rb"\b") for word in sorted(wanted - plain)]
    return lambda data: not plain.isdisjoint(_TOKEN.findall(data)) or any(o.search(data) for o in others)
