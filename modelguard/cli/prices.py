"""`modelguard prices`: what a model costs and where that is known from; renewing the shipped snapshot."""

from __future__ import annotations

from pathlib import Path

import click

from modelguard.cli.inputs import config_of, emit, today
from modelguard.errors import InputError


@click.group("prices")
def command() -> None:
    """Prices of models, USD per million tokens."""


@command.command("show")
@click.argument("models", nargs=-1, required=True)
def show(models: tuple[str, ...]) -> None:
    """Say what each of MODELS costs, by any of its names."""
    from modelguard.catalog.identity import identify
    from modelguard.cost.prices import Unpriced
    from modelguard.report.words import safe
    from modelguard.workspace import open_working

    prices = config_of(open_working(Path())).prices
    for name in models:
        identity = identify(name)
        found = prices.price_of(identity, today())
        where = ", ".join(p for p in (identity.provider, identity.region) if p)
        label = f"{safe(name)}: {safe(identity.name)}" + (f" ({where})" if where else "")
        if isinstance(found, Unpriced):
            raise InputError(f"{label}: {found.why}")
        cached = f", cache read {found.cache_read:f}" if found.cache_read is not None else ""
        cached += f", cache write {found.cache_write:f}" if found.cache_write is not None else ""
        emit(f"{label}  input {found.input:f}, output {found.output:f}{cached}  [{found.source}]\n", None)


@command.command("refresh")
@click.argument("source")
@click.option("--as-of", type=click.DateTime(["%Y-%m-%d"]), help="date to write into the snapshot; today")
def refresh(source: str, as_of: object) -> None:
    """Make the shipped snapshot anew from SOURCE: a LiteLLM wheel or price map, as a file or an https URL."""
    from datetime import datetime

    from modelguard.catalog.refresh import refresh as renew

    day = as_of.date() if isinstance(as_of, datetime) else today()
    done = renew(source, as_of=day)
    emit(f"{done.prices:,} prices and {done.names:,} names from {done.source}, {done.as_of}\n", None)
