"""`modelguard budget`: what the ledger says, and what a change lacks."""

from __future__ import annotations

from pathlib import Path

import click

from modelguard.cli.inputs import LEDGER, check_inputs, emit, ledger_of, path_argument
from modelguard.errors import InputError


@click.group("budget")
def command() -> None:
    """The ledger, budgets.yaml: who may spend how much on which model."""


@command.command("init")
@path_argument
@click.option("--yes", is_flag=True, help="write without asking")
@click.option("--usage", type=click.Path(path_type=Path), help="usage rollup, instead of modelguard-usage.jsonl")
@click.pass_context
def init(ctx: click.Context, path: Path, yes: bool, usage: Path | None) -> None:
    """Write a ledger of what is spent today in PATH, shown first; `modelguard init` writes the rest, too."""
    from modelguard.cli.init import command as whole

    ctx.invoke(whole, path=path, yes=yes, parts=("ledger",), owners=(), usage=usage)


@command.command("show")
@path_argument
def show(path: Path) -> None:
    """List the allocations in PATH, in USD a day."""
    from modelguard.report.words import dollars, safe
    from modelguard.workspace import open_working

    ledger = ledger_of(open_working(path))
    if ledger is None:
        raise InputError(f"there is no {LEDGER} here", hint="modelguard schema budgets shows its format")
    rows = [
        (
            safe(a.consumer),
            safe(a.model),
            dollars(a.per_day),
            dollars(a.first_day) if a.first_day is not None else "",
            a.owner or "",
        )
        for a in ledger.allocations
    ]
    head = ("consumer", "model", "a day", "first day", "owner")
    widths = [max(len(r[i]) for r in [head, *rows]) for i in range(5)]
    lines = ["  ".join(c.ljust(w) for c, w in zip(row, widths, strict=True)).rstrip() for row in [head, *rows]]
    emit("\n".join([*lines, f"everything else: {dollars(ledger.default)} a day"]) + "\n", None)


@command.command("validate")
@path_argument
def validate(path: Path) -> None:
    """Say whether the ledger in PATH is valid; exit status 2 and where it is not. None at all is no mistake."""
    from modelguard.report.words import count
    from modelguard.workspace import open_working

    ledger = ledger_of(open_working(path))
    if ledger is None:
        emit(f"there is no {LEDGER}\n", None)
        return
    parts = f"{count(len(ledger.allocations), 'allocation')}, {count(len(ledger.caps), 'cap')}"
    emit(f"{LEDGER} is valid: {parts}\n", None)


@command.command("check")
@path_argument
@click.option("--base", metavar="REF", required=True, help="judge what changed since REF")
@click.option("--suggest", "suggested", is_flag=True, help="print only the lines to add")
@click.pass_context
def check(ctx: click.Context, path: Path, base: str, suggested: bool) -> None:
    """Hold what a change costs against the ledger. Exit status 1 where something is missing or exceeded."""
    from modelguard.budget.ledger import suggest
    from modelguard.policy.check import costed_changes
    from modelguard.report.words import dollars, safe

    changes = costed_changes(check_inputs(path, base))
    judged = [s.judged for c in changes for s in c.spends if s.judged is not None]
    if suggested:
        emit(suggest(judged), None)
    else:
        for entry in judged:
            need = f"{dollars(entry.need.steady_per_day)} a day, {dollars(entry.need.first_day)} on the first"
            why = f": {safe(entry.why)}" if entry.why else ""
            emit(f"{entry.verdict:9} {safe(entry.need.consumer)}  {safe(entry.need.model)}  needs {need}{why}\n", None)
        if not judged:
            emit("no consumer's model changes\n", None)
    ctx.exit(1 if any(j.verdict in ("missing", "exceeded") for j in judged) else 0)
