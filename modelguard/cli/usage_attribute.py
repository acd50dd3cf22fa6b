"""What `modelguard usage attribute` does."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING

import click

from modelguard.cli.inputs import as_json, config_of, emit, today
from modelguard.cli.usage_import import existing_signals, known_consumers, needed
from modelguard.errors import InputError

if TYPE_CHECKING:
    from modelguard.usage.attribution.days import PriceOf


def run(
    rollup_path: Path, activity: Path, tree: Path, shared: tuple[str, ...], schedules: Mapping[str, str], day: str | None,
    kind: str, output: Path | None, update: bool,
) -> None:  # fmt: skip
    """Split the shared calls, show it, and with `update` add what was inferred to the rollup."""
    from modelguard.report.attribution_text import document, pictures, text
    from modelguard.usage.attribution.days import attribute, rows_with, shared_names
    from modelguard.usage.rollup import Rollup, write_rollup
    from modelguard.usage.schedule import signals_of_schedule
    from modelguard.usage.signals import Signals

    rollup, signals = needed(rollup_path), existing_signals(activity)
    if schedules:
        days = sorted({row.day for row in rollup.rows})
        more = [row for name, cron in schedules.items() for row in signals_of_schedule(name, cron, days)]
        signals = Signals((*(signals.rows if signals else ()), *more))
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
    found = attribute(rollup, signals, names, price_of(tree), consumers)
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


def price_of(tree: Path) -> PriceOf:
    """List prices of the day, by the model's logged name."""
    from modelguard.catalog.identity import identify
    from modelguard.cost.prices import Unpriced
    from modelguard.workspace import open_working

    prices, on = config_of(open_working(tree)).prices, today()

    def price(raw: str) -> tuple[Decimal, Decimal] | None:
        found = prices.price_of(identify(raw), on)
        return None if isinstance(found, Unpriced) else (found.input, found.output)

    return price
