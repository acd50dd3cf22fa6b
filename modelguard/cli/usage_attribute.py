"""What `modelguard usage attribute` does."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING

import click

from modelguard.cli.inputs import as_json, config_of, emit, today
from modelguard.cli.usage_import import existing, existing_signals, known_consumers
from modelguard.errors import InputError

if TYPE_CHECKING:
    from modelguard.usage.attribution.days import PriceOf


def run(
    rollup_path: Path, activity: Path, tree: Path, shared: tuple[str, ...], day: str | None, kind: str,
    output: Path | None, update: bool,
) -> None:  # fmt: skip
    """Split the shared calls, show it, and with `update` add what was inferred to the rollup."""
    from modelguard.report.attribution_text import document, pictures, text
    from modelguard.usage.attribution.days import attribute, rows_with, shared_names
    from modelguard.usage.rollup import Rollup, write_rollup

    rollup, signals = existing(rollup_path), existing_signals(activity)
    if rollup is None:
        raise InputError("there is no rollup;", path=str(rollup_path), hint="modelguard usage import makes one")
    if signals is None:
        raise InputError(
            "nothing is known of who was active;", path=str(activity),
            hint="import kubernetes, runs, logs-insights, or cloudwatch with Lambda invocations",
        )  # fmt: skip
    consumers = sorted({known.name for known in known_consumers(tree)})
    names = list(shared) or shared_names(rollup, consumers)
    if len(names) != 1 and not shared:
        listed = ", ".join(names[:8]) or "none"
        raise InputError(f"which name do several consumers share? ({listed})", hint="Say it with --shared NAME.")
    found = attribute(rollup, signals, names, _price_of(tree), consumers)
    if day is not None and not any(part.day == day for part in found.parts):
        raise InputError(f"there are no shared calls on {day}")
    if kind == "svg":
        shown = pictures(found, day)
        if len(shown) != 1:
            raise InputError(f"there are {len(shown)} pictures, one a day and model; give --day")
        emit(next(iter(shown.values())) + "\n", output)
    else:
        emit(as_json(document(found)) if kind == "json" else text(found, day), output)
    if update:
        rows = rows_with(rollup, found)
        new = Rollup(
            rollup.path,
            rollup.since,
            rollup.until,
            rows,
            rollup.caches,
            rollup.calibration,
            rollup.sources,
            rollup.names,
        )
        emit(write_rollup(new), rollup_path)
        click.echo(f"inferred calls were added to {rollup_path} as attributed", err=True)


def _price_of(tree: Path) -> PriceOf:
    """List prices of the day, by the model's logged name."""
    from modelguard.catalog.identity import identify
    from modelguard.cost.prices import Unpriced
    from modelguard.workspace import open_working

    prices, on = config_of(open_working(tree)).prices, today()

    def price(raw: str) -> tuple[Decimal, Decimal] | None:
        found = prices.price_of(identify(raw), on)
        return None if isinstance(found, Unpriced) else (found.input, found.output)

    return price
