"""What `modelguard usage reconcile` does."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import TYPE_CHECKING

import click

from modelguard.cli.inputs import as_json, emit
from modelguard.cli.usage_attribute import price_of
from modelguard.cli.usage_import import Request, needed, read_only
from modelguard.errors import InputError

if TYPE_CHECKING:
    from modelguard.usage.rollup import Rollup, Row


def run(
    source: str | None, files: tuple[str, ...], total: str | None, since: str | None, until: str | None,
    columns: Mapping[str, str], labels: Mapping[str, str], rollup_path: Path, kind: str, output: Path | None, tree: Path,
) -> None:  # fmt: skip
    """Compare and show."""
    from modelguard.report.usage_text import reconcile as text
    from modelguard.report.usage_text import reconcile_document
    from modelguard.usage.reconcile import reconcile

    rollup = needed(rollup_path)
    if source is not None:
        request = Request(
            source=source, files=files, output=rollup_path, columns=columns, labels=labels, timezone=None, query=None,
            connect=None, table=None, activity=Path("none"), replace=False, memory="3GB", tree=tree,
        )  # fmt: skip
        bill: list[Row] = list(read_only(request).rows)
        if not any(row.cost is not None for row in bill):
            raise InputError(f"these {source} files hold no cost")
        rows = rollup.rows
    else:
        bill, rows = _invoice(rollup, total or "", since, until)
    found = reconcile(rows, bill, price_of(tree))
    emit(as_json(reconcile_document(found)) if kind == "json" else text(found), output)


def _invoice(rollup: Rollup, total: str, since: str | None, until: str | None) -> tuple[list[Row], tuple[Row, ...]]:
    """An invoice's amount as one row of all models, and the rollup's rows of its days as that, too."""
    import msgspec

    from modelguard.usage.rollup import Row

    try:
        amount = Decimal(total.removeprefix("$").replace(",", ""))
    except InvalidOperation as error:
        raise click.UsageError(f'"{total}" is no amount') from error
    first, last = since or rollup.since, until or rollup.until
    inside = [r for r in rollup.rows if first <= r.day <= last]
    if not inside:
        raise InputError(f"the rollup has nothing between {first} and {last}")
    # Days of an invoice are not known one by one: all lie on the first.
    day = min(r.day for r in inside)
    from modelguard.usage.summary import billed

    kept = [msgspec.structs.replace(r, day=day, model="all models") for r in billed(inside)]
    kept = [msgspec.structs.replace(r, consumer=f"{n}") for n, r in enumerate(kept)]
    return [Row(day, "invoice", "all models", cost=amount)], tuple(kept)
