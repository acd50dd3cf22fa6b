"""What commands have in common: opening trees, reading the user's files, writing results."""

from __future__ import annotations

import json
import os
import sys
import tempfile
from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from modelguard.errors import InputError

if TYPE_CHECKING:
    from modelguard.budget.ledger import Ledger
    from modelguard.cli.gathering import Extras
    from modelguard.graph.model import Graph
    from modelguard.policy.check import Inputs
    from modelguard.policy.rules import Rule
    from modelguard.policy.settings import Settings
    from modelguard.usage.rollup import Rollup
    from modelguard.workspace import Comparison, Tree

LEDGER = "budgets.yaml"
USAGE = "modelguard-usage.jsonl"
CONFIG = "modelguard.yaml"

path_argument = click.argument("path", default=".", type=click.Path(path_type=Path))


def today() -> date:
    """The day of prices and expiry, UTC. SOURCE_DATE_EPOCH (seconds) makes runs repeatable."""
    epoch = os.environ.get("SOURCE_DATE_EPOCH", "")
    now = datetime.fromtimestamp(int(epoch), UTC) if epoch.isdigit() else datetime.now(UTC)
    return now.date()


def contents(tree: Tree, path: str) -> bytes | None:
    """A file of the tree; None where it is not there. Raises InputError where it is but can't be read."""
    if not any(e.path == path for e in tree.entries):
        gap = next((g for g in tree.gaps if g.path == path), None)
        if gap is not None:
            raise InputError(gap.why, path=path)
        return None
    data = tree.read(path)
    if not isinstance(data, bytes):
        raise InputError(data.why, path=path)
    return data


def config_of(tree: Tree) -> Settings:
    """The configuration in a tree; with --base that is the tip of the base ref, so a change can't argue itself through."""
    from modelguard.policy.settings import PYPROJECT, read_settings

    return read_settings(contents(tree, CONFIG), contents(tree, PYPROJECT))


def graph_of(tree: Tree, jobs: int = 0, like: Tree | None = None) -> Graph:
    """The graph of a tree, with the wrappers that its configuration names, or that of the tree which it is `like`."""
    from modelguard.graph.build import analyse

    return analyse(tree, jobs=jobs, wrappers=config_of(like if like is not None else tree).wrappers)


def ledger_of(tree: Tree) -> Ledger | None:
    """The ledger in a tree, or None."""
    from modelguard.budget.ledger import parse_ledger

    data = contents(tree, LEDGER)
    return None if data is None else parse_ledger(data, LEDGER)


def rollup_of(tree: Tree, usage: Path | None) -> Rollup | None:
    """The usage rollup: the file given, else the one in the tree, else None."""
    from modelguard.usage.rollup import read_rollup

    if usage is None:
        data = contents(tree, USAGE)
        return None if data is None else read_rollup(data, USAGE)
    try:
        return read_rollup(usage.read_bytes(), str(usage))
    except OSError as error:
        raise InputError(error.strerror or "could not be read", path=str(usage)) from error


def all_rules(tree: Tree) -> tuple[Rule, ...]:
    """The built-in rules and those in the tree's own policies folder; one with a built-in id takes its place."""
    from modelguard.policy.rules import builtin_rules, parse_rules

    rules = {rule.id: rule for rule in builtin_rules()}
    for entry in tree.entries:
        if entry.path.startswith("policies/") and entry.path.endswith((".yaml", ".yml")):
            data = contents(tree, entry.path)
            # Other tools keep policies in a folder of that name, too.
            if data is not None and b"modelguard.rules/1" in data:
                rules |= {rule.id: rule for rule in parse_rules(data, entry.path)}
    return tuple(rules[key] for key in sorted(rules))


def rules_of(tree: Tree, settings: Settings | None = None) -> tuple[Rule, ...]:
    """The rules that apply in a tree, at the levels that its configuration gives them."""
    from modelguard.policy.rules import chosen
    from modelguard.policy.settings import check_levels

    rules = all_rules(tree)
    settings = settings if settings is not None else config_of(tree)
    if settings.levels:
        check_levels(settings, rules, contents(tree, settings.path))
    return chosen(rules, settings.persona, settings.levels)


def graphs_in(files: Sequence[str]) -> list[tuple[str, Graph]]:
    """Graphs of repositories by name, each given as FILE or NAME=FILE; a folder stands for the .json files in it.

    Raises InputError for a file that can't be read.
    """
    from modelguard.graph.read import read_graph

    found = []
    for given in files:
        name, equals, file = given.partition("=")
        path = Path(file if equals else given)
        try:
            for part in sorted(path.glob("*.json")) if path.is_dir() else [path]:
                found.append((name if equals else part.stem, read_graph(part.read_bytes(), str(part))))
        except OSError as error:
            raise InputError(error.strerror or "could not be read", path=str(path)) from error
    return found


def compared(path: Path, base: str | None, head: str | None, staged: bool) -> Comparison | None:
    """The trees to compare, or None where the tree is judged by itself."""
    from modelguard.workspace import compare

    if base is None and staged:
        base = "HEAD"
    if base is None:
        if head is not None:
            raise click.UsageError("--head needs --base")
        return None
    if head is not None and staged:
        raise click.UsageError("--head and --staged exclude each other")
    return compare(path, base, head, staged)


def check_inputs(
    path: Path,
    base: str | None,
    head: str | None = None,
    staged: bool = False,
    usage: Path | None = None,
    extras: Extras | None = None,
) -> Inputs:
    """Everything a check looks at, read and analysed."""
    from modelguard.cli.gathering import of_change, of_tree

    trees = compared(path, base, head, staged)
    if trees is None:
        return of_tree(path, usage, extras)
    names = (base or "HEAD", head or ("the index" if staged else branch_name(path)))
    return of_change(path, trees, names, usage, extras)


def branch_name(path: Path) -> str:
    """What the working tree is called in a headline: its branch, or its commit where there is none."""
    from modelguard.workspace import current_branch

    return current_branch(path) or "the working tree"


def as_json(document: Mapping[str, Any] | Sequence[Any]) -> str:
    """JSON text as it is written to files and pipes."""
    return json.dumps(document, ensure_ascii=False, indent=2) + "\n"


def emit(text: str, output: Path | None) -> None:
    """Write a result to stdout, or to a file, which is replaced whole or not at all."""
    if output is None:
        # Not every terminal can show every character; a name that can't be shown must not end the run.
        encoding = sys.stdout.encoding or "utf-8"
        click.echo(text.encode(encoding, "replace").decode(encoding), nl=False)
        return
    try:
        handle, name = tempfile.mkstemp(dir=output.parent, prefix=f".{output.name}.")
        try:
            # A file name that is not UTF-8 must not end the run.
            with os.fdopen(handle, "w", encoding="utf-8", errors="replace", newline="\n") as file:
                file.write(text)
            Path(name).replace(output)
        except BaseException:
            Path(name).unlink(missing_ok=True)
            raise
    except OSError as error:
        raise InputError(f"could not be written: {error.strerror}", path=str(output)) from error
