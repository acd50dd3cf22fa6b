"""`modelguard enforce`: the ledger as what a proxy or an account enforces."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from modelguard.cli.enforce_keys import Database, database_options, run
from modelguard.cli.inputs import as_json, config_of, contents, emit, graph_of, ledger_of, path_argument, today
from modelguard.errors import InputError

if TYPE_CHECKING:
    from modelguard.enforce.compile import Compiled
    from modelguard.enforce.fingerprint import KeyEntry
    from modelguard.enforce.proxy_config import ProxyConfig
    from modelguard.workspace import Tree


@click.group("enforce")
def command() -> None:
    """Compile the ledger into what is enforced where the calls are made."""


@command.command("litellm")
@path_argument
@click.option("--proxy-config", metavar="FILE", help="the proxy's configuration in PATH, where it has several")
@click.option("--output", type=click.Path(path_type=Path), help="write the policy to a file")
@click.option(
    "--format", "kind", type=click.Choice(("policy", "text", "json")), help="text: for people; json: of a --plan"
)
@database_options
@click.pass_context
def litellm(
    ctx: click.Context, /, path: Path, proxy_config: str | None, output: Path | None, kind: str | None, **database: Any
) -> None:
    """Compile the ledger in PATH into the policy of a LiteLLM proxy's guard (modelguard.enforce/1).

    The policy goes to --output or stdout, what to know about it to stderr. docs/enforce.md has the proxy's side.
    """
    from modelguard.enforce.policy import as_document
    from modelguard.report.enforce_text import notes, render
    from modelguard.workspace import open_working

    compiled = compiled_policy(path, proxy_config)
    asked = Database(**database)
    if asked.asked:
        tree = open_working(path)
        run(ctx, compiled, tree, keys_of(tree), groups_of(tree, proxy_config), asked, kind, output)
        return
    if kind == "text":
        emit(render(compiled), output)
        return
    emit(as_json(as_document(compiled.policy)), output)
    click.echo(notes(compiled), err=True, nl=False)


def compiled_policy(path: Path, proxy_config: str | None = None) -> Compiled:
    """The policy of a folder, with its notes."""
    from modelguard.workspace import open_working

    return policy_of(open_working(path), proxy_config)


def policy_of(tree: Tree, proxy_config: str | None = None) -> Compiled:
    """The policy of a tree, with its notes."""
    from modelguard.budget.ledger import Ledger
    from modelguard.enforce.compile import compile_policy

    ledger = ledger_of(tree) or Ledger()
    return compile_policy(
        ledger, graph_of(tree), proxy_of(tree, proxy_config), keys_of(tree), config_of(tree).prices, today()
    )


def keys_of(tree: Tree) -> tuple[KeyEntry, ...]:
    """The fingerprints of keys in a tree; none where it has no such file."""
    from modelguard.enforce.fingerprint import FILE, parse_keys

    data = contents(tree, FILE)
    return () if data is None else parse_keys(data, FILE)


def groups_of(tree: Tree, wanted: str | None = None) -> tuple[tuple[str, str], ...]:
    """The access groups of the proxy's configuration: (group, a name in it)."""
    config = proxy_of(tree, wanted)
    return config.groups if config is not None else ()


def proxy_of(tree: Tree, wanted: str | None) -> ProxyConfig | None:
    """The LiteLLM proxy's configuration in a tree: the file that is wanted, else the only one; None without one."""
    from modelguard.enforce.proxy_config import read_proxy_config

    if wanted is not None:
        data = contents(tree, wanted)
        found = read_proxy_config(data, wanted) if data is not None else None
        if found is None:
            raise InputError("this is no LiteLLM proxy configuration", path=wanted)
        return found
    paths = [e.path for e in tree.entries if e.path.endswith((".yaml", ".yml"))]
    configs = []
    for path, read in tree.read_many(paths):
        try:
            found = read_proxy_config(read, path) if isinstance(read, bytes) else None
        except InputError:
            # Some other tool's file: templates are not YAML. One that is wanted by name is read, or the reason told.
            continue
        if found is not None:
            configs.append(found)
    if len(configs) > 1:
        listed = ", ".join(c.path for c in configs)
        raise InputError(f"several LiteLLM proxy configurations: {listed}", hint="Choose one with --proxy-config.")
    return configs[0] if configs else None


from modelguard.cli.enforce_iam import iam  # noqa: E402 - after the group that it joins
from modelguard.cli.enforce_key import key  # noqa: E402 - after the group that it joins

command.add_command(iam)
command.add_command(key)
