"""What `modelguard usage import` does: files through the warehouse into the rollup, written whole or not at all."""

from __future__ import annotations

import shutil
import sys
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING

import click

from modelguard.cli.inputs import config_of, emit, graph_of
from modelguard.errors import InputError

if TYPE_CHECKING:
    from modelguard.usage.events import Options
    from modelguard.usage.importer import Imported
    from modelguard.usage.load import Progress
    from modelguard.usage.naming import Known
    from modelguard.usage.rollup import Rollup
    from modelguard.usage.signals import Signals
    from modelguard.usage.sources.rows import RowSource
    from modelguard.usage.warehouse import Warehouse


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
    from modelguard.usage.digests import Digests
    from modelguard.usage.merge import merged
    from modelguard.usage.postgres import is_url
    from modelguard.usage.rollup import write_rollup
    from modelguard.usage.sources.registry import row_source

    options = _options(request)
    old = existing(request.output)
    source = row_source(request.source, options)
    if request.connect is not None:
        found = _from_warehouse(request, source, options)
    elif len(request.files) == 1 and source is not None and is_url(request.files[0]):
        read = _from_database(request, source, options, old)
        if read is None:
            click.echo("nothing new: what the database has is in the rollup already", err=True)
            return
        found = read
    else:
        files = _files(request)
        if source is not None and _unknown(request, files, old):
            with Digests(files) as digests:
                found = _from_rows(request, source, options, files, digests.result)
        else:
            with Digests(files) as digests:
                files, known = _fresh(request, files, digests.result(), old)
            if not files:
                click.echo("nothing new: these files are in the rollup already", err=True)
                return
            if source is None:
                _import_counts(request, options, files, known, old)
                return
            found = _from_rows(request, source, options, files, lambda: known)
    if not found.rows:
        raise InputError("the files hold no usage; nothing was imported")
    rollup = _calibrated(merged(old, found, request.replace, str(request.output)), request.tree)
    emit(write_rollup(rollup), request.output)
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


def needed(path: Path) -> Rollup:
    """The rollup, which must be there."""
    rollup = existing(path)
    if rollup is None:
        raise InputError("there is no rollup;", path=str(path), hint="modelguard usage import makes one")
    return rollup


def read_only(request: Request) -> Imported:
    """What an import would add, without a look at what is there."""
    from modelguard.usage.importer import rolled_up
    from modelguard.usage.load import load_buckets
    from modelguard.usage.sources.registry import counts_of, row_source
    from modelguard.usage.warehouse import Warehouse, content_of, paths_of

    if not request.files:
        raise click.UsageError("give the files of the bill")
    options, files = _options(request), paths_of([Path(name) for name in request.files])
    source = row_source(request.source, options)
    if source is not None:
        return _from_rows(request, source, options, files, lambda: ["" for _ in files])
    batches = [counts_of(request.source, content_of(path), str(path), options) for path in files]
    buckets = [bucket for batch in batches for bucket in batch.buckets]
    with Warehouse(None, request.memory) as warehouse, _progress(warehouse) as progress:
        loaded = load_buckets(warehouse, buckets, [len(buckets)])
        return rolled_up(warehouse, loaded, request.source, [], known_consumers(request.tree), progress)


def _options(request: Request) -> Options:
    from modelguard.usage.events import Options

    query = None
    if request.query is not None:
        try:
            query = request.query.read_bytes()
        except OSError as error:
            raise InputError(error.strerror or "could not be read", path=str(request.query)) from error
    return Options(request.columns, request.labels, request.timezone, query, str(request.query or ""))


def _files(request: Request) -> list[Path]:
    from modelguard.usage.warehouse import paths_of

    if not request.files:
        raise click.UsageError("give the files to import")
    return paths_of([Path(name) for name in request.files])


def _unknown(request: Request, files: list[Path], old: Rollup | None) -> bool:
    """Whether none of the files can have been imported before, nor be another's copy: then they are hashed while they are read."""
    from modelguard.usage.digests import all_differ
    from modelguard.usage.warehouse import size_of

    signals = existing_signals(request.activity)
    before = {source.kind for source in (*(old.sources if old else ()), *(signals.sources if signals else ()))}
    return request.source not in before and all_differ([size_of(path) for path in files])


def _fresh(request: Request, files: list[Path], digests: list[str], old: Rollup | None) -> tuple[list[Path], list[str]]:
    """The files that are not in the rollup or among the signals yet, each once, with their digests."""
    from modelguard.usage.merge import known_files
    from modelguard.usage.rollup import Rollup

    signals = existing_signals(request.activity)
    known = known_files(old, request.source, digests)
    if signals is not None:
        known |= known_files(Rollup("", "", "", (), sources=signals.sources), request.source, digests)
    fresh = {digest: path for at, (path, digest) in enumerate(zip(files, digests, strict=True)) if at not in known}
    return list(fresh.values()), list(fresh)


def _from_rows(
    request: Request, source: RowSource, options: Options, files: list[Path], digests: Callable[[], list[str]]
) -> Imported:
    from modelguard.usage.importer import rolled_up, sources_of
    from modelguard.usage.load import load_rows
    from modelguard.usage.warehouse import Warehouse

    with Warehouse(None, request.memory) as warehouse, _progress(warehouse) as progress:
        loaded = load_rows(warehouse, source, files, options, progress)
        consumers = known_consumers(request.tree)
        found = rolled_up(warehouse, loaded, request.source, (), consumers, progress, source.model_of)
        return replace(found, sources=tuple(sources_of(request.source, loaded.per_file, digests())))


def _from_database(request: Request, source: RowSource, options: Options, old: Rollup | None) -> Imported | None:
    """LiteLLM's Postgres, read-only; None where what it has is in the rollup already."""
    import tempfile

    from modelguard.usage.digests import Digests
    from modelguard.usage.merge import known_files
    from modelguard.usage.postgres import copied

    if request.source != "litellm":
        raise click.UsageError("only litellm is read from a database of its own; --connect reads tables of others")
    with tempfile.TemporaryDirectory(prefix="modelguard-usage-") as folder:
        path = copied(request.files[0], source, Path(folder) / "spend.csv", request.labels.get("since"))
        with Digests([path]) as working:
            digests = working.result()
        if known_files(old, request.source, digests):
            return None
        return _from_rows(request, source, options, [path], lambda: digests)


def _from_warehouse(request: Request, source: RowSource | None, options: Options) -> Imported:
    from modelguard.usage.importer import rolled_up
    from modelguard.usage.load import load_table
    from modelguard.usage.rollup import Source
    from modelguard.usage.warehouse import Warehouse

    if request.table is None or source is None:
        raise click.UsageError("--connect needs --table, and a source of single requests")
    with Warehouse(request.connect, request.memory) as warehouse, _progress(warehouse) as progress:
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
        with Warehouse(None, request.memory) as warehouse, _progress(warehouse) as progress:
            found = rolled_up(
                warehouse, load_buckets(warehouse, buckets, sizes), request.source, lines, consumers, progress
            )
        rollup = _calibrated(merged(old, found, request.replace, str(request.output)), request.tree)
        texts.append((request.output, write_rollup(rollup)))
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


def _calibrated(rollup: Rollup, tree: Path) -> Rollup:
    """The rollup with paid ÷ list price, from rows of which what was paid is known, and tokens."""
    import msgspec

    from modelguard.catalog.identity import identify
    from modelguard.cost.prices import Unpriced
    from modelguard.usage.merge import PAID
    from modelguard.workspace import open_working

    paid = [
        r
        for r in rollup.rows
        if r.cost is not None and r.tokens_in is not None and set(r.origin.split("+")) & set(PAID)
    ]
    if not paid:
        return rollup
    prices = config_of(open_working(tree)).prices
    listed = known = Decimal(0)
    for row in paid:
        price = prices.price_of(identify(row.raw or row.model), date.fromisoformat(row.day))
        if isinstance(price, Unpriced) or row.tokens_out is None or row.cost is None:
            continue
        parts = (
            (row.tokens_in, price.input),
            (row.tokens_out, price.output),
            (row.cache_read_tokens, price.input if price.cache_read is None else price.cache_read),
            (row.cache_write_tokens, price.input if price.cache_write is None else price.cache_write),
        )
        listed += sum((Decimal(str(tokens or 0)) * each for tokens, each in parts), Decimal(0)) / 1_000_000
        known += row.cost
    if not listed or known <= 0:
        return rollup
    return msgspec.structs.replace(rollup, calibration=round(known / listed, 4))


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
    from modelguard.graph.model import Consumer
    from modelguard.usage.naming import Known
    from modelguard.workspace import open_working

    tree = open_working(path)
    aliases = config_of(tree).aliases
    found = [
        Known(node.name, (*node.aliases, *aliases.get(node.name, ())), node.account)
        for node in graph_of(tree).nodes
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
def _progress(warehouse: Warehouse) -> Iterator[Progress]:
    """A line on a terminal after half a second, gone when done; nothing when piped. It moves with the running query."""
    if not sys.stderr.isatty():
        yield lambda what, since, until: None
        return
    step = ("", 0.0, 0.0)
    ended = threading.Event()

    def show() -> None:
        started = time.monotonic()
        furthest = 0.0
        while not ended.wait(0.2):
            what, since, until = step
            # A step may be several queries: the line never goes back.
            furthest = max(furthest, since + (until - since) * warehouse.done())
            if time.monotonic() - started > 0.5:
                click.echo(f"\r{progress_line(what, furthest, time.monotonic() - started)}\x1b[K", nl=False, err=True)
        click.echo("\r\x1b[K", nl=False, err=True)

    thread = threading.Thread(target=show, daemon=True)
    thread.start()

    def told(what: str, since: float, until: float) -> None:
        nonlocal step
        step = (what, since, until)

    try:
        yield told
    finally:
        ended.set()
        thread.join()


def progress_line(what: str, share: float, seconds: float, width: int | None = None) -> str:
    """How far an import is (`share` from 0 to 1), after how many seconds, at most as wide as the terminal."""
    columns = width or shutil.get_terminal_size().columns
    filled = int(20 * share)
    line = f"{'█' * filled}{'·' * (20 - filled)} {share:4.0%}  {seconds:.0f} s  {what}"
    return line if len(line) < columns else line[: max(0, columns - 2)] + "…"
