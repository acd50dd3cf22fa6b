"""Reading the files of a tree, in this process or in several: a cheap look at each, and the facts of those that matter.

Workers read the files themselves: of a large tree, passing the bytes on costs as much as looking at them.
"""

from __future__ import annotations

import gc
import re
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from typing import TypeVar

import msgspec

from modelguard.extract import secrets
from modelguard.extract.facts import Facts
from modelguard.extract.node_modules import is_script
from modelguard.extract.packing import pack
from modelguard.extract.registry import format_named, format_of
from modelguard.workspace import ReadFailed, Tree, blob_id

PARALLEL_BYTES = 1_500_000
"""Below this much to read, starting workers costs more than it saves (about 60 ms)."""
_CHUNK = 32
_IMPORT = re.compile(
    rb"^[ \t]*(?:from[ \t]+([.\w]+)[ \t]+import[ \t]+([^#\n]*(?:\([^)]*\))?)|import[ \t]+([^#\n;]+))", re.M
)
_NAMED = re.compile(
    rb"""\b(?:run|serve|Config|import_module|__import__|include|load_extension|from_object|config_from_object|enqueue\w*|add_job"""
    rb"""|import_string|setdefault)\s*\(\s*(?:["']DJANGO_SETTINGS_MODULE["']\s*,\s*)?["'](\.*[A-Za-z_][\w.]*)(?::\w+)?["']"""
    rb"""|\bROOT_URLCONF\s*=\s*["']([\w.]+)["']"""
)
"""Texts that may name a module: see link/named_modules.py."""
_CELL_LINE = re.compile(rb'^[ \t]*"(.*?)(?:\\n)?",?[ \t]*$', re.M)
"""A line of a notebook's cell, as JSON has it."""
_WORD = re.compile(rb"[A-Za-z_][\w.]*")
_SPECIFIER = re.compile(rb"""(?:\bfrom|\bimport|\brequire\s*\(|\bimport\s*\()\s*["']([^"'\n]{1,200})["']""")
_LISTING = re.compile(rb"\b(?:readdir|readdirSync|readDir|globSync|glob)\b")
_LOADING = re.compile(rb"""\b(?:require|import)\s*\(\s*(?:`|[^"'\s)])""")
"""A call that loads a module whose name is not written out."""
_AUTOLOADING = re.compile(rb"""["'](?:@fastify/autoload|fastify-autoload)["']""")
"""Libraries that load every file of a folder."""
_FOLDER = re.compile(rb"""["'`](?:\.{0,2}/)*([\w-]+(?:/[\w-]+){0,3})/?["'`$*]""")
Job = tuple[str, str]
"""A path and the name of its format."""
T = TypeVar("T")


class Look(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """What a cheap look at the bytes of a file of code tells: whether its marker is there, and what it may import.

    Imports are dotted names with the dots of relative ones in front, or the specifiers of TypeScript and JavaScript.
    """

    marked: bool
    imports: tuple[str, ...]


class Read(msgspec.Struct, frozen=True):
    """What a worker made of a file: its blob id and the result, or why it could not be read."""

    path: str
    blob: str = ""
    packed: bytes = b""
    failed: str = ""


_LOOK = msgspec.msgpack.Decoder(Look)
_ENCODER = msgspec.msgpack.Encoder()


def unpack_look(packed: bytes) -> Look:
    """A look that was packed. Raises msgspec.DecodeError for anything else."""
    return _LOOK.decode(packed)


def looked(path: str, data: bytes) -> bytes:
    """A packed look at one file of code."""
    known = format_of(path)
    marked = known is not None and known.marks(data)
    if path.endswith(".ipynb"):
        data = _CELL_LINE.sub(rb"\1", data)
    return _ENCODER.encode(Look(marked, _specifiers(data) if is_script(path) else _imports(data)))


def _specifiers(data: bytes) -> tuple[str, ...]:
    """What a script imports; with a star in front, texts that may be folders of which it loads every file."""
    found = dict.fromkeys(m.decode("utf-8", "replace") for m in _SPECIFIER.findall(data))
    lists = _LISTING.search(data) is not None and _LOADING.search(data) is not None
    if lists or _AUTOLOADING.search(data) is not None:
        found.update(dict.fromkeys(f"*{m.decode()}" for m in _FOLDER.findall(data)))
    return tuple(found)


def _imports(data: bytes) -> tuple[str, ...]:
    """What the import lines of a Python file may mean, read off without parsing."""
    found: dict[str, None] = {}
    for module, names, plain in _IMPORT.findall(data):
        if plain:
            words = [word for part in plain.split(b",") if (word := _WORD.match(part.strip())) is not None]
            found.update((word.group().decode("utf-8", "replace"), None) for word in words)
            continue
        base = module.decode("utf-8", "replace")
        found[base] = None
        before = base if base.endswith(".") else f"{base}."
        found.update((before + n.decode("utf-8", "replace"), None) for n in _WORD.findall(names))
    for texts in _NAMED.findall(data):
        for text in (t.decode("utf-8", "replace") for t in texts if t):
            found.update(dict.fromkeys((text, text.rpartition(".")[0])))
    found.pop("", None)
    return tuple(found)


def extracted(name: str, data: bytes) -> bytes:
    """Packed facts of one file in the format of this name. Never raises for what a file holds."""
    try:
        return pack(format_named(name).extractor()(data))
    except (RecursionError, MemoryError):
        return pack(Facts(name, problem="nested too deeply to read", problem_line=1))
    except UnicodeEncodeError:
        return pack(Facts(name, problem="a name in it is not Unicode", problem_line=1))


# -- workers -----------------------------------------------------------------------------------------------------------


class Readers:
    """Does jobs for the files of a tree: by workers where there is much to read, else here."""

    def __init__(self, tree: Tree, jobs: int, key: bytes) -> None:
        self._tree, self._jobs, self._key = tree, jobs, key
        self._sizes = {e.path: e.size for e in tree.entries}
        self._pool: ProcessPoolExecutor | None = None
        # The files of a small tree are read once, whatever is then done with them.
        self._small = sum(self._sizes.values()) < PARALLEL_BYTES
        self._texts: dict[str, bytes | ReadFailed] = {}

    def bytes_of(self, paths: Sequence[str]) -> Iterator[tuple[str, bytes | ReadFailed]]:
        """The bytes of files, in the order asked."""
        if not self._small:
            return self._tree.read_many(paths)
        new = [p for p in paths if p not in self._texts]
        self._texts.update(self._tree.read_many(new) if new else ())
        return ((p, self._texts[p]) for p in paths if p in self._texts)

    def looks(self, paths: Sequence[str]) -> Iterator[Read]:
        """Packed looks at files of code."""
        return self._done(_look_all, [(p, "") for p in paths])

    def facts(self, jobs: Sequence[Job]) -> Iterator[Read]:
        """Packed facts of files."""
        return self._done(_extract_all, jobs)

    def _done(self, work: _Work, jobs: Sequence[Job]) -> Iterator[Read]:
        much = sum(self._sizes.get(path, 0) for path, _ in jobs) >= PARALLEL_BYTES
        if self._jobs < 2 or not much:
            yield from work(self.bytes_of, jobs)
            return
        pool = self._workers()
        chunks = [jobs[start : start + _CHUNK] for start in range(0, len(jobs), _CHUNK)]
        for found in pool.map(_in_worker, [work] * len(chunks), chunks):
            yield from found

    def _workers(self) -> ProcessPoolExecutor:
        if self._pool is None:
            import multiprocessing

            method = "fork" if "fork" in multiprocessing.get_all_start_methods() else "spawn"
            context = multiprocessing.get_context(method)
            given = (self._tree, self._key)
            self._pool = ProcessPoolExecutor(self._jobs, mp_context=context, initializer=_start, initargs=given)
        return self._pool

    def close(self) -> None:
        """End the workers; safe to call twice."""
        if self._pool is not None:
            self._pool.shutdown()
        self._pool = None


_Reader = Callable[[Sequence[str]], Iterator[tuple[str, bytes | ReadFailed]]]
_Work = Callable[[_Reader, Sequence[Job]], Iterator[Read]]


def _look_all(read: _Reader, jobs: Sequence[Job]) -> Iterator[Read]:
    for path, data in read([path for path, _ in jobs]):
        yield _read(path, data, looked(path, data) if isinstance(data, bytes) else b"")


def _extract_all(read: _Reader, jobs: Sequence[Job]) -> Iterator[Read]:
    formats = dict(jobs)
    for path, data in read(list(formats)):
        yield _read(path, data, extracted(formats[path], data) if isinstance(data, bytes) else b"")


def _read(path: str, data: bytes | ReadFailed, packed: bytes) -> Read:
    return Read(path, failed=data.why) if isinstance(data, ReadFailed) else Read(path, blob_id(data), packed)


_trees: list[Tree] = []
"""In a worker, the tree whose files it reads."""


def _start(tree: Tree, key: bytes) -> None:
    secrets.set_digest_key(key)
    _trees[:] = [tree]
    # The one who asks may look for no garbage; what a file leaves behind here goes with the next files.
    gc.freeze()
    gc.enable()
    gc.set_threshold(50_000, 20, 100)


def _in_worker(work: _Work, jobs: Sequence[Job]) -> list[Read]:
    return list(work(_trees[0].read_many, jobs))
