"""`modelguard rules`: the rules that a check applies."""

from __future__ import annotations

from pathlib import Path

import click

from modelguard.cli.inputs import emit, path_argument, rules_of


@click.command("rules")
@path_argument
def command(path: Path) -> None:
    """List the rules that apply in PATH: the built-in ones and its own."""
    from modelguard.workspace import open_working

    lines = [f"{rule.id:8} {rule.level:8} {rule.name}" for rule in rules_of(open_working(path))]
    emit("\n".join(lines) + "\n", None)
