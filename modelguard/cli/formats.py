"""`modelguard formats`: what is read, from which files, with what limits."""

from __future__ import annotations

import click

from modelguard.cli.inputs import emit


@click.command("formats")
@click.option("--markdown", is_flag=True, help="As a table for a document.")
def command(markdown: bool) -> None:
    """List the formats that are read: the files, what is taken from them, and what is not."""
    from modelguard.extract.described import DESCRIBED

    if markdown:
        rows = ["| Format | Files | What is read | Limits |", "| --- | --- | --- | --- |"]
        rows += [f"| {d.title} | {_code(d.files)} | {d.reads} | {d.limits} |" for d in DESCRIBED]
        emit("\n".join(rows) + "\n", None)
        return
    lines = []
    for described in DESCRIBED:
        lines += [f"{described.title}  ({described.files})", f"  reads   {described.reads}"]
        lines += [f"  limits  {described.limits}"]
    emit("\n".join(lines) + "\n", None)


def _code(files: str) -> str:
    return ", ".join(f"`{name}`" for name in files.split(", "))
