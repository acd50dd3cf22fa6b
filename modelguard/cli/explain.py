"""`modelguard explain RULE`: what a rule means."""

from __future__ import annotations

import json
import textwrap
from pathlib import Path

import click

from modelguard.cli.inputs import emit, rules_of
from modelguard.errors import InputError


@click.command("explain")
@click.argument("rule")
def command(rule: str) -> None:
    """Say what RULE (an id or a name) reports, why, and what to do."""
    from modelguard.workspace import open_working

    rules = rules_of(open_working(Path()))
    found = next((r for r in rules if rule.lower() in (r.id.lower(), r.name.lower())), None)
    if found is None:
        raise InputError(f'there is no rule "{rule}"', hint="modelguard rules lists them")
    lines = [f"{found.id}  {found.name}  ({found.level}, about each {found.on})", ""]
    for label, text in (("reports", found.message), ("why", found.why), ("fix", found.help), ("when", found.when)):
        lines += textwrap.wrap(f"{label:8} {text}", 90, initial_indent="  ", subsequent_indent=" " * 11)
    for label, examples in (("passes", found.passing), ("reports", found.failing)):
        lines += ["", f"  {label}"] + [f"    {json.dumps(dict(example))}" for example in examples]
    emit("\n".join(lines) + "\n", None)
