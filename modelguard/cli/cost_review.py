"""`modelguard cost review`: what was forecast for a change beside what a newer rollup says was paid."""

from __future__ import annotations

import json
from pathlib import Path

import click

from modelguard.cli.inputs import as_json, config_of, emit, path_argument, rollup_of
from modelguard.errors import InputError


@click.command("review")
@path_argument
@click.option("--forecast", type=click.Path(path_type=Path), help="what `modelguard cost --format json` said before")
@click.option("--base", metavar="REF", help="forecast what changed since REF, from the rollup that REF has")
@click.option("--before", type=click.Path(path_type=Path), help="with --base: the rollup to forecast from")
@click.option("--usage", type=click.Path(path_type=Path), help="the newer rollup, instead of modelguard-usage.jsonl")
@click.option("--format", "kind", type=click.Choice(("text", "json")), default="text", show_default=True)
@click.option("--output", type=click.Path(path_type=Path), help="write to a file")
def review(
    path: Path,
    forecast: Path | None,
    base: str | None,
    before: Path | None,
    usage: Path | None,
    kind: str,
    output: Path | None,
) -> None:
    """After a change has landed: forecast beside what was paid, consumer by consumer, and whether the intervals held."""
    from modelguard.cost.review import Forecasted, as_document, forecasted, read_forecast
    from modelguard.cost.review import review as reviewed
    from modelguard.workspace import open_working

    if (forecast is None) == (base is None):
        raise click.UsageError("give --forecast FILE or --base REF")
    tree = open_working(path)
    newer = rollup_of(tree, usage)
    if newer is None:
        raise InputError("there is no rollup to review against; import one: modelguard usage import")
    rows: tuple[Forecasted, ...]
    if forecast is not None:
        rows = read_forecast(_document(forecast), str(forecast))
    else:
        from modelguard.cli.cost import changed
        from modelguard.cost.model import cost_of

        assert base is not None
        switches, inputs = changed(path, base, before)
        report = cost_of(switches, inputs.rollup, inputs.prices, inputs.on)
        rows = forecasted(report.rows, {s.consumer: s.aliases for s in switches})
    found = reviewed(rows, newer, config_of(tree).prices)
    if kind == "json":
        emit(as_json(as_document(found)), output)
        return
    from modelguard.report.cost_text import render_review

    emit(render_review(found), output)


def _document(path: Path) -> object:
    try:
        found: object = json.loads(path.read_bytes())
    except OSError as error:
        raise InputError(error.strerror or "could not be read", path=str(path)) from error
    except ValueError as error:
        raise InputError(f"not JSON: {error}", path=str(path)) from error
    return found
