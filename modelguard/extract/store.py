"""Facts of a tree, asked on demand: cached by content, extracted in parallel where there is much to read.

Which files matter: every document and infrastructure file whose bytes have a marker; code that spends or names a
model, and, by a cheap look at import lines, the files that import it, however indirectly. Anything else is read when a
reference leads there.
"""

from __future__ import annotations

import os
import posixpath
import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import PurePosixPath

import msgspec

from modelguard.extract import secrets
from modelguard.extract.cache import FactsCache
from modelguard.extract.facts import CODE, Facts
from modelguard.extract.node_modules import NodeModules, is_script
from modelguard.extract.packing import pack, unpack
from modelguard.extract.registry import Format, format_named, format_of, readers_stamp
from modelguard.workspace import ReadFailed, Tree, blob_id

PARALLEL_BYTES = 1_500_000
"""Below this much to parse, starting workers costs more than it saves (about 60 ms)."""

_IMPORT = re.compile(
    rb"^[ \t]*(?:from[ \t]+([.\w]+)[ \t]+import[ \t]+([^#\n]*(?:\([^)]*\))?)|import[ \t]+([^#\n;]+))", re.M
)
_WORD = re.compile(rb"[A-Za-z_][\w.]*")
_SPECIFIER = re.compile(rb"""(?:\bfrom|\bimport|\brequire\s*\(|\bimport\s*\()\s*["']([^"'\n]{1,200})["']""")


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
    _blobs: dict[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self._paths = frozenset(e.path for e in self.tree.entries)
        self._blobs = {e.path: e.blob for e in self.tree.entries if e.blob}
        stems: dict[str, list[str]] = defaultdict(list)
        for path in sorted(self._paths):
            if path.endswith(".py"):
                pure = PurePosixPath(path)
                stems[pure.parent.name if pure.name == "__init__.py" else pure.stem].append(path)
            elif is_script(path) and format_of(path) is not None:
                self._scripts.setdefault(posixpath.splitext(path)[0].rsplit("/", 1)[-1], []).append(path)
        self._stems = dict(stems)
        secrets.set_digest_key(self.cache.digest_key)

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
        """Paths whose end is this dotted module name, nearest to the root first."""
        suffix = dotted.replace(".", "/")
        found = []
        for path in self._stems.get(suffix.rsplit("/", 1)[-1], []):
            bare = path.removesuffix("/__init__.py").removesuffix(".py")
            if bare == suffix or bare.endswith("/" + suffix):
                found.append(path)
        return sorted(found, key=lambda p: (p.count("/"), p))

    def ending(self, tail: str) -> list[str]:
        """Paths of scripts that end so, whatever kind of script they are (`handlers/a.js` finds `handlers/a.ts`)."""
        stem = posixpath.splitext(tail)[0]
        found = [
            p
            for p in self._scripts.get(stem.rsplit("/", 1)[-1], [])
            if f"/{p}".startswith(f"/{stem}.") or f"/{stem}." in p
        ]
        return sorted(found, key=lambda p: (p.count("/"), p))

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
        marked += [(p, looked[p]) for p, data in self._read(list(looked)) if looked[p].marker.search(data)]
        self._extract(marked)
        self._extract([(p, _format(p)) for p in self._relevant_code(code, words)])

    def _relevant_code(self, paths: list[str], words: Iterable[str]) -> list[str]:
        more = sorted(re.escape(w).encode() for w in words)
        named = re.compile(rb"\b(?:" + b"|".join(more) + rb")\b") if more else None
        importers: dict[str, set[str]] = defaultdict(set)
        seeds = []
        for path, data in self._read(paths):
            if _format(path).marker.search(data) or (named is not None and named.search(data)):
                seeds.append(path)
            for target in self._script_imports(path, data) if is_script(path) else self._imports(path, data):
                importers[target].add(path)
        return sorted(leading_to(importers, seeds))

    def _script_imports(self, path: str, data: bytes) -> set[str]:
        """Paths that a TypeScript or JavaScript file imports, read off without parsing."""
        found = {self.node_modules.resolve(path, m.decode("utf-8", "replace")) for m in _SPECIFIER.findall(data)}
        return {p for p in found if p is not None}

    @cached_property
    def node_modules(self) -> NodeModules:
        """What imports of TypeScript and JavaScript mean in this tree."""
        return NodeModules(self._paths, self.data)

    def data(self, path: str) -> bytes | None:
        """The bytes of a file; None for an unknown path, or where it can't be read."""
        if path not in self._paths:
            return None
        return next((data for _, data in self.tree.read_many([path]) if not isinstance(data, ReadFailed)), None)

    def _imports(self, path: str, data: bytes) -> set[str]:
        """Paths that the import lines of a Python file may mean, read off without parsing."""
        found: set[str] = set()
        for match in _IMPORT.finditer(data):
            module, names, plain = (g.decode("utf-8", "replace") if g else "" for g in match.groups())
            if plain:
                for part in plain.split(","):
                    word = _WORD.match(part.strip().encode())
                    if word:
                        found.update(self.modules(word.group().decode("utf-8", "replace")))
                continue
            base = self.absolute(path, module)
            candidates = [base, *(f"{base}.{n.decode('utf-8', 'replace')}" for n in _WORD.findall(names.encode()))]
            for dotted in candidates:
                found.update(self.modules(dotted.strip(".")))
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
        for path, data in self.tree.read_many(paths):
            if isinstance(data, ReadFailed):
                self.gaps[path] = data.why
                self._facts[path] = None
            else:
                yield path, data

    def _extract(self, wanted: list[tuple[str, Format]]) -> None:
        """Facts of these files: from the cache where their content is known, else parsed (in parallel if much)."""
        formats = dict(wanted)
        known = {p: _key(self._blobs[p], f) for p, f in wanted if p in self._blobs}
        stored = self.cache.get(list(known.values()))
        missing = [p for p, _ in wanted if known.get(p) not in stored]
        for path, key in known.items():
            if key in stored and not self._accept(path, stored[key]):
                missing.append(path)
        texts: dict[str, bytes] = {}
        keys: dict[str, str] = {}
        for path, data in self._read(missing):
            texts[path] = data
            self._blobs.setdefault(path, blob_id(data))
            keys[path] = _key(self._blobs[path], formats[path])
        unknown = {p: k for p, k in keys.items() if p not in known}
        stored = self.cache.get(list(unknown.values()))
        for path, key in unknown.items():
            if key in stored and self._accept(path, stored[key]):
                del texts[path]
        jobs = [(path, formats[path].name, data) for path, data in texts.items()]
        fresh = []
        for path, packed in _run(jobs, self.jobs or os.cpu_count() or 1, self.cache.digest_key):
            self._accept(path, packed)
            fresh.append((keys[path], packed))
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


def leading_to(importers: Mapping[str, Iterable[str]], paths: Iterable[str]) -> set[str]:
    """These modules and all that import one of them, however indirectly; `importers` has who imports each module."""
    found = set(paths)
    todo = list(found)
    while todo:
        for importer in importers.get(todo.pop(), ()):
            if importer not in found:
                found.add(importer)
                todo.append(importer)
    return found


def _format(path: str) -> Format:
    """The format of a path that has one."""
    known = format_of(path)
    assert known is not None
    return known


def _key(blob: str, known: Format) -> str:
    return f"{blob}:{known.name}:{readers_stamp()}"


def extract_packed(job: tuple[str, str, bytes]) -> tuple[str, bytes]:
    """Facts of one file as MessagePack: (path, format, bytes) to (path, packed). Never raises for what a file holds."""
    path, name, data = job
    try:
        facts = format_named(name).extractor()(data)
        return path, pack(facts)
    except (RecursionError, MemoryError):
        return path, pack(Facts(name, problem="nested too deeply to read", problem_line=1))
    except UnicodeEncodeError:
        return path, pack(Facts(name, problem="a name in it is not Unicode", problem_line=1))


def _run(jobs: list[tuple[str, str, bytes]], workers: int, key: bytes) -> Iterator[tuple[str, bytes]]:
    """Extract in this process, or in several where there is enough to do; the order of results is that of the jobs."""
    if workers < 2 or sum(len(data) for _, _, data in jobs) < PARALLEL_BYTES:
        yield from map(extract_packed, jobs)
        return
    import multiprocessing
    from concurrent.futures import ProcessPoolExecutor

    method = "fork" if "fork" in multiprocessing.get_all_start_methods() else "spawn"
    context = multiprocessing.get_context(method)
    with ProcessPoolExecutor(workers, mp_context=context, initializer=secrets.set_digest_key, initargs=(key,)) as pool:
        yield from pool.map(extract_packed, jobs, chunksize=max(1, min(64, len(jobs) // (workers * 4))))
