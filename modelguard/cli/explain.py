"""`modelguard explain RULE`: what a rule means."""

from __future__ import annotations

import json
import textwrap
from pathlib import Path

import click

from modelguard.cli.inputs import all_rules, config_of, emit
from modelguard.errors import InputError


@click.command("explain")
@click.argument("rule")
def command(rule: str) -> None:
    """Say what RULE (an id or a name) reports, why, and what to do."""
    from modelguard.policy.rules import chosen
    from modelguard.schemas.load import suggestion
    from modelguard.workspace import open_working

    tree = open_working(Path())
    rules = all_rules(tree)
    found = next((r for r in rules if rule.lower() in (r.id.lower(), r.name)), None)
    if found is None:
        known = [r.id for r in rules] + [r.name for r in rules]
        asked = rule.upper() if rule[:2].lower() == "mg" else rule.lower()
        raise InputError(f'there is no rule "{rule}"{suggestion(asked, known, "modelguard rules lists them")}')
    settings = config_of(tree)
    applied = next((r for r in chosen(rules, settings.persona, settings.levels) if r.id == found.id), None)
    level = applied.level if applied is not None else f"off for persona {settings.persona}, else {found.level}"
    lines = [f"{found.id}  {found.title}  ({level}; about each {found.over})", ""]
    for label, text in (("reports", found.message), ("why", found.why), ("fix", found.remedy), ("when", found.when)):
        lines += textwrap.wrap(f"{label:8} {text}", 80, initial_indent="  ", subsequent_indent=" " * 11)
    for label, examples in (("passes", found.passing), ("reports", found.failing)):
        lines += ["", f"  {label}"] + [f"    {json.dumps(dict(example))}" for example in examples]
    lines += ["", f"  from {found.path}:{found.line}"]
    lines += [f"  accept one beside its line:  # modelguard: ignore[{found.id}] the reason -- until 2027-01-31"]
    emit("\n".join(lines) + "\n", None)
