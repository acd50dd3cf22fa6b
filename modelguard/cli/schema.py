"""`modelguard schema NAME`: the JSON Schema of a document we write or read."""

from __future__ import annotations

import click

from modelguard.cli.inputs import as_json, emit


@click.command("schema")
@click.argument("name")
def command(name: str) -> None:
    """Print the JSON Schema called NAME: budgets, config, cost, enforce, graph, keys, report, rules or usage."""
    from modelguard.schemas.load import schema

    emit(as_json(schema(name)), None)
