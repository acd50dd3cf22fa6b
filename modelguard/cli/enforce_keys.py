"""The database mode of `modelguard enforce litellm`: keys as the ledger has them, compared with a proxy and made so."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from modelguard.cli.inputs import as_json, emit, graph_of, today
from modelguard.errors import InputError

if TYPE_CHECKING:
    from modelguard.enforce.compile import Compiled
    from modelguard.enforce.fingerprint import KeyEntry
    from modelguard.enforce.keys import Keys
    from modelguard.enforce.keys_apply import Keep
    from modelguard.enforce.keys_plan import Change
    from modelguard.enforce.live import LiveKeys
    from modelguard.workspace import Tree

Command = TypeVar("Command", bound=Callable[..., Any])
_OPTIONS = (
    click.option("--requests", is_flag=True, help="print the /key/generate requests of a proxy with a database"),
    click.option("--plan", metavar="URL|FILE", help="compare with the keys of a proxy, or its saved GET /key/list"),
    click.option("--apply", "apply_to", metavar="URL", help="make the proxy's keys what the ledger says"),
    click.option("--new-keys", type=click.Path(path_type=Path), help="file that --apply writes new keys to, mode 0600"),
    click.option(
        "--store", metavar="COMMAND", help="command that takes a new key on its input; {consumer} is filled in"
    ),
    click.option(
        "--admin-key-env",
        default="LITELLM_MASTER_KEY",
        show_default=True,
        metavar="NAME",
        help="environment variable with the administrator's key",
    ),
)


@dataclass(frozen=True)
class Database:
    """What the options of the database mode were given."""

    requests: bool
    plan: str | None
    apply_to: str | None
    new_keys: Path | None
    store: str | None
    admin_key_env: str

    @property
    def asked(self) -> bool:
        """Whether any of it was asked for."""
        return self.requests or self.plan is not None or self.apply_to is not None


def database_options(command: Command) -> Command:
    """The options, for the command that has them; it gets them as keyword arguments of Database."""
    for option in reversed(_OPTIONS):
        command = option(command)
    return command


def run(
    ctx: click.Context,
    compiled: Compiled,
    tree: Tree,
    entries: tuple[KeyEntry, ...],
    groups: Sequence[tuple[str, str]],
    database: Database,
    kind: str | None,
    output: Path | None,
) -> None:
    """What was asked for; exit status 1 where the proxy is not as the ledger has it."""
    from modelguard.enforce.keys import keys_of

    if sum((database.requests, database.plan is not None, database.apply_to is not None)) > 1:
        raise click.UsageError("--requests, --plan and --apply exclude each other")
    on = today()
    keys = keys_of(compiled.policy, on, groups)
    if database.requests:
        requests = [{"path": "/key/generate", "body": w.generate(on)} for w in keys.wanted]
        emit(as_json({"schema": "modelguard.keys-requests/1", "requests": requests}), output)
        _tell_left_out(keys)
        return
    if database.plan is not None:
        changes = planned(keys, entries, live_keys(database.plan, database.admin_key_env), tree)
        _show(keys, changes, kind, output)
        ctx.exit(1 if changes else 0)
    ctx.exit(_apply(keys, entries, database, tree))


def planned(keys: Keys, entries: tuple[KeyEntry, ...], live: LiveKeys, tree: Tree) -> tuple[Change, ...]:
    """The differences, as of today, and who in the tree calls with the master key."""
    from modelguard.enforce.keys_master import master_users
    from modelguard.enforce.keys_plan import plan

    return (*plan(keys, entries, live, today()), *master_users(graph_of(tree)))


def live_keys(source: str, admin_key_env: str) -> LiveKeys:
    """The keys of a proxy by its URL, or from its saved answer."""
    from modelguard.cli.proxy_client import Proxy
    from modelguard.enforce.live import parse_live

    if "://" in source:
        return Proxy(source, admin_key_env).live()
    try:
        return parse_live(Path(source).read_bytes(), source)
    except OSError as error:
        raise InputError(error.strerror or "could not be read", path=source) from error


def _show(keys: Keys, changes: tuple[Change, ...], kind: str | None, output: Path | None) -> None:
    from modelguard.enforce.keys_plan import as_document
    from modelguard.report.keys_text import render

    emit(as_json(as_document(keys, changes)) if kind == "json" else render(keys, changes), output)


def _tell_left_out(keys: Keys) -> None:
    from modelguard.report.keys_text import left_out

    click.echo(left_out(keys), err=True, nl=False)


def _apply(keys: Keys, entries: tuple[KeyEntry, ...], database: Database, tree: Tree) -> int:
    """Make it so; the exit status: 0 where nothing is left to do, for a person either."""
    from modelguard.cli.proxy_client import Proxy
    from modelguard.enforce.keys_apply import Refused, apply, lines_of
    from modelguard.report.keys_text import done_line, render

    assert database.apply_to is not None
    proxy = Proxy(database.apply_to, database.admin_key_env)
    changes = planned(keys, entries, proxy.live(), tree)
    keep = _keep(database, any(c.kind == "create" for c in changes))
    try:
        applied = apply(changes, proxy.post, keep, lambda change: click.echo(done_line(change), err=True))
    except Refused as error:
        raise InputError(str(error), path=proxy.url) from error
    if applied.new:
        where = database.new_keys or "the secret store"
        click.echo(f"new keys are in {where}; by these lines of modelguard-keys.yaml the guard knows them:", err=True)
        emit(lines_of(applied.new), None)
    left = planned(keys, (*entries, *applied.new), proxy.live(), tree)
    if left:
        click.echo(render(keys, left), err=True, nl=False)
        return 1
    click.echo(f"{proxy.url} has its keys as the ledger says", err=True)
    return 0


def _keep(database: Database, needed: bool) -> Keep:
    from modelguard.cli.keep_keys import KeyFile, KeyStore

    if database.new_keys is not None and database.store is not None:
        raise click.UsageError("--new-keys and --store exclude each other")
    if database.new_keys is not None:
        return KeyFile(database.new_keys)
    if database.store is not None:
        return KeyStore(database.store)
    if needed:
        raise InputError(
            "new keys are needed, and nothing says where they go", hint="Give --new-keys FILE or --store COMMAND."
        )
    return KeyStore("none {consumer}")
