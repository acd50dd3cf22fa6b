"""What `modelguard usage import` does: files through the warehouse into the rollup, written whole or not at all."""

from __future__ import annotations

import sys
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from modelguard.cli.inputs import CONFIG, contents, emit
from modelguard.errors import InputError

if TYPE_CHECKING:
    from modelguard.usage.events import Options
    from modelguard.usage.importer import Imported
    from modelguard.usage.load import Progress
    from modelguard.usage.naming import Known
    from modelguard.usage.rollup import Rollup
    from modelguard.usage.signals import Signals
    from modelguard.usage.sources.rows import RowSource


@dataclass(frozen=True)
class Request:
    """An import as the command line asks for it."""

    source: str
    files: tuple[str, ...]
    output: Path
    columns: Mapping[str, str]
    labels: Mapping[str, str]
    timezone: str | None
    query: Path | None
    connect: str | None
    table: str | None
    activity: Path
    replace: bool
    memory: str
    tree: Path


def run(request: Request) -> None:
    """Import, and write the rollup. What was read and what is odd about it goes to stderr."""
    from modelguard.usage.merge import merged
    from modelguard.usage.rollup import write_rollup
    from modelguard.usage.sources.registry import row_source

    options = _options(request)
    old = existing(request.output)
    source = row_source(request.source, options)
    if request.connect is not None:
        found = _from_warehouse(request, source, options)
    else:
        files, digests = _fresh(request, old)
        if not files:
            click.echo("nothing new: these files are in the rollup already", err=True)
            return
        if source is None:
            _import_counts(request, options, files, digests, old)
            return
        found = _from_rows(request, source, options, files, digests)
    if not found.rows:
        raise InputError("the files hold no usage; nothing was imported")
    emit(write_rollup(merged(old, found, request.replace, str(request.output))), request.output)
    _say(found, request.output)


def existing(path: Path) -> Rollup | None:
    """The rollup that is there, None where there is none yet."""
    from modelguard.usage.rollup import read_rollup

    if not path.exists():
        return None
    try:
        return read_rollup(path.read_bytes(), str(path))
    except OSError as error:
        raise InputError(error.strerror or "could not be read", path=str(path)) from error


def _options(request: Request) -> Options:
    from modelguard.usage.events import Options

    query = None
    if request.query is not None:
        try:
            query = request.query.read_bytes()
        except OSError as error:
            raise InputError(error.strerror or "could not be read", path=str(request.query)) from error
    return Options(request.columns, request.labels, request.timezone, query, str(request.query or ""))


def _fresh(request: Request, old: Rollup | None) -> tuple[list[Path], list[str]]:
    """The files that are not in the rollup or among the signals yet, each once, with their digests."""
    from modelguard.usage.merge import known_files
    from modelguard.usage.rollup import Rollup
    from modelguard.usage.warehouse import digest_of, paths_of

    if not request.files:
        raise click.UsageError("give the files to import")
    files = paths_of([Path(name) for name in request.files])
    digests = [digest_of(path) for path in files]
    signals = existing_signals(request.activity)
    known = known_files(old, request.source, digests)
    if signals is not None:
        known |= known_files(Rollup("", "", "", (), sources=signals.sources), request.source, digests)
    fresh = {digest: path for at, (path, digest) in enumerate(zip(files, digests, strict=True)) if at not in known}
    return list(fresh.values()), list(fresh)


def _from_rows(
    request: Request, source: RowSource, options: Options, files: list[Path], digests: list[str]
) -> Imported:
    from modelguard.usage.importer import rolled_up, sources_of
    from modelguard.usage.load import load_rows
    from modelguard.usage.warehouse import Warehouse

    with Warehouse(None, request.memory) as warehouse, _progress() as progress:
        loaded = load_rows(warehouse, source, files, options, progress)
        lines = sources_of(request.source, files, loaded.per_file, digests)
        consumers = known_consumers(request.tree)
        return rolled_up(warehouse, loaded, request.source, lines, consumers, progress, source.model_of)


def _from_warehouse(request: Request, source: RowSource | None, options: Options) -> Imported:
    from modelguard.usage.importer import rolled_up
    from modelguard.usage.load import load_table
    from modelguard.usage.rollup import Source
    from modelguard.usage.warehouse import Warehouse

    if request.table is None or source is None:
        raise click.UsageError("--connect needs --table, and a source of single requests")
    with Warehouse(request.connect, request.memory) as warehouse, _progress() as progress:
        loaded = load_table(warehouse, source, request.table, options)
        lines = [Source(request.source, loaded.rows)]
        return rolled_up(
            warehouse, loaded, request.source, lines, known_consumers(request.tree), progress, source.model_of
        )


def _import_counts(
    request: Request, options: Options, files: list[Path], digests: list[str], old: Rollup | None
) -> None:
    """Sources of counts: usage goes to the rollup, activity to the signals; both are made before either is written."""
    from modelguard.usage.importer import rolled_up
    from modelguard.usage.load import load_buckets
    from modelguard.usage.merge import merged
    from modelguard.usage.naming import resolve
    from modelguard.usage.rollup import Source, write_rollup
    from modelguard.usage.signals import joined, signals_of, write_signals
    from modelguard.usage.sources.registry import counts_of
    from modelguard.usage.warehouse import Warehouse, content_of

    batches = [counts_of(request.source, content_of(path), str(path), options) for path in files]
    consumers = known_consumers(request.tree)
    sizes = [len(b.buckets) + len(b.activity) for b in batches]
    lines = [Source(request.source, n, digest) for n, digest in zip(sizes, digests, strict=True)]
    buckets = [bucket for batch in batches for bucket in batch.buckets]
    activity = [each for batch in batches for each in batch.activity]
    notes = tuple(dict.fromkeys(note for batch in batches for note in batch.notes))
    texts: list[tuple[Path, str]] = []
    if buckets:
        with Warehouse(None, request.memory) as warehouse, _progress() as progress:
            found = rolled_up(
                warehouse, load_buckets(warehouse, buckets, sizes), request.source, lines, consumers, progress
            )
        texts.append((request.output, write_rollup(merged(old, found, request.replace, str(request.output)))))
    if activity:
        names = {who: named.consumer for who, named in resolve((a.who for a in activity), consumers).items()}
        signals = joined(existing_signals(request.activity), signals_of(activity, names), lines, request.replace)
        texts.append((request.activity, write_signals(signals)))
    if not texts:
        raise InputError("the files hold no usage; nothing was imported")
    for path, text in texts:
        emit(text, path)
    if buckets:
        _say(found, request.output)
    if activity:
        whom = sorted(set(names.values()))
        click.echo(f"activity of {len(whom)} consumers ({', '.join(whom[:6])}) → {request.activity}", err=True)
    for note in notes:
        click.echo(f"note: {note}", err=True)


def existing_signals(path: Path) -> Signals | None:
    """The signals that are there, None where there are none yet."""
    from modelguard.usage.signals import read_signals

    if not path.exists():
        return None
    try:
        return read_signals(path.read_bytes(), str(path))
    except OSError as error:
        raise InputError(error.strerror or "could not be read", path=str(path)) from error


def known_consumers(path: Path) -> list[Known]:
    """The consumers of a repository's graph, with the aliases that modelguard.yaml gives them. None where there is none."""
    from modelguard.graph.build import analyse
    from modelguard.graph.model import Consumer
    from modelguard.schemas.load import read_yaml
    from modelguard.usage.naming import Known
    from modelguard.workspace import open_working

    tree = open_working(path)
    data = contents(tree, CONFIG)
    declared: dict[str, Any] = (read_yaml(data, CONFIG, "config")[0] if data is not None else {}).get("consumers") or {}
    aliases = {name: tuple((entry or {}).get("aliases") or ()) for name, entry in declared.items()}
    found = [
        Known(node.name, (*node.aliases, *aliases.get(node.name, ())), node.account)
        for node in analyse(tree).nodes
        if isinstance(node, Consumer)
    ]
    there = {known.name for known in found}
    return found + [Known(name, given) for name, given in aliases.items() if name not in there]


def _say(found: Imported, output: Path) -> None:
    rows = sum(source.rows for source in found.sources)
    days = sorted({row.day for row in found.rows})
    consumers = sorted({row.consumer for row in found.rows})
    click.echo(
        f"{rows:,} rows, {len(days)} days from {days[0]} to {days[-1]}, {len(consumers)} consumers → {output}", err=True
    )
    for note in found.notes:
        click.echo(f"note: {note}", err=True)
    for cache in found.caches:
        low, high = cache.ttl_hours.low, cache.ttl_hours.high
        click.echo(f"{cache.consumer}: its cache keeps answers for {low:g} to {high:g} hours, {cache.why}", err=True)


@contextmanager
def _progress() -> Iterator[Progress]:
    """A line on a terminal after half a second, gone when done; nothing when piped."""
    if not sys.stderr.isatty():
        yield lambda what, share: None
        return
    state = {"what": "", "share": 0.0}
    done = threading.Event()

    def show() -> None:
        started = time.monotonic()
        while not done.wait(0.2):
            if time.monotonic() - started > 0.5:
                bar = "█" * int(20 * state["share"]) + "·" * (20 - int(20 * state["share"]))  # type: ignore[operator]
                click.echo(f"\r{bar} {state['what']}, {time.monotonic() - started:.0f} s\x1b[K", nl=False, err=True)
        click.echo("\r\x1b[K", nl=False, err=True)

    thread = threading.Thread(target=show, daemon=True)
    thread.start()

    def told(what: str, share: float) -> None:
        state.update(what=what, share=share)

    try:
        yield told
    finally:
        done.set()
        thread.join()
