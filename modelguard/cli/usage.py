"""`modelguard usage`: import what was measured, show it, split it by consumer, hold it against a bill."""

from __future__ import annotations

from pathlib import Path

import click

from modelguard.cli.inputs import USAGE

ACTIVITY = "modelguard-activity.jsonl"

usage_option = click.option(
    "--usage", "rollup_path", type=click.Path(path_type=Path), default=USAGE, show_default=True, help="the rollup"
)
tree_option = click.option(
    "--path", "tree", type=click.Path(path_type=Path), default=".", show_default=True,
    help="the repository whose consumers names in the logs map to",
)  # fmt: skip


@click.group("usage")
def command() -> None:
    """Measured usage: what each consumer asked of each model, day by day (modelguard.usage/1)."""


@command.command("import")
@click.argument("source")
@click.argument("files", nargs=-1, metavar="FILE...")
@click.option(
    "--output", type=click.Path(path_type=Path), default=USAGE, show_default=True, help="the rollup to add to"
)
@click.option(
    "--column",
    "columns",
    multiple=True,
    metavar="FIELD=COLUMN",
    help="csv: what a column is; FIELD==TEXT is a constant",
)
@click.option(
    "--label", "labels", multiple=True, metavar="KEY=VALUE", help="a fact that the files leave out, such as model=…"
)
@click.option("--timezone", help="zone of times without an offset (default UTC)")
@click.option("--query", type=click.Path(path_type=Path), help="cloudwatch: the file that GetMetricData was asked with")
@click.option(
    "--connect",
    metavar="URL",
    help="read --table from a warehouse: trino, athena, bigquery, snowflake, pyspark; or env:NAME",
)
@click.option("--table", help="the table to read with --connect")
@click.option(
    "--activity",
    type=click.Path(path_type=Path),
    default=ACTIVITY,
    show_default=True,
    help="where signs of activity go",
)
@click.option("--replace", is_flag=True, help="days that the rollup has from the same kind of source are replaced")
@click.option("--memory", default="3GB", show_default=True, help="what DuckDB may use")
@tree_option
def import_command(
    source: str, files: tuple[str, ...], output: Path, columns: tuple[str, ...], labels: tuple[str, ...],
    timezone: str | None, query: Path | None, connect: str | None, table: str | None, activity: Path, replace: bool,
    memory: str, tree: Path,
) -> None:  # fmt: skip
    """Add usage from SOURCE's files to the rollup. Importing twice changes nothing; half a file is never imported.

    Signs of activity (logs of pods, runs of jobs, invocations of functions) go to --activity, for `usage attribute`.
    `modelguard usage sources` lists the sources.
    """
    from modelguard.cli.usage_import import Request, run

    request = Request(
        source=source, files=files, output=output, columns=_pairs(columns), labels=_pairs(labels), timezone=timezone,
        query=query, connect=connect, table=table, activity=activity, replace=replace, memory=memory, tree=tree,
    )  # fmt: skip
    run(request)


def _pairs(given: tuple[str, ...]) -> dict[str, str]:
    found = {}
    for each in given:
        name, equals, value = each.partition("=")
        if not equals or not name or not value:
            raise click.UsageError(f'"{each}" is not NAME=VALUE')
        found[name] = value
    return found


@command.command("sources")
def sources_command() -> None:
    """List what can be imported."""
    from modelguard.usage.sources.registry import DESCRIPTIONS

    width = max(map(len, DESCRIPTIONS))
    for name, text in DESCRIPTIONS.items():
        click.echo(f"{name:<{width}}  {text}")


@command.command("attribute")
@usage_option
@click.option(
    "--activity", type=click.Path(path_type=Path), default=ACTIVITY, show_default=True, help="signs of activity"
)
@click.option("--shared", multiple=True, metavar="NAME", help="the name in the rollup that several consumers share")
@click.option(
    "--schedule",
    "schedules",
    multiple=True,
    metavar="NAME=CRON",
    help="a consumer that runs on a schedule (UTC), as its activity",
)
@click.option("--day", help="only this UTC day (YYYY-MM-DD)")
@click.option("--format", "kind", type=click.Choice(("text", "json", "svg")), default="text", show_default=True)
@click.option("--output", type=click.Path(path_type=Path), help="write to a file")
@click.option("--update", is_flag=True, help="add what was inferred to the rollup, as attributed")
@tree_option
def attribute_command(
    rollup_path: Path, activity: Path, shared: tuple[str, ...], schedules: tuple[str, ...], day: str | None, kind: str,
    output: Path | None, update: bool, tree: Path,
) -> None:  # fmt: skip
    """Split hourly calls and cost of a shared key by consumer, from who was seen active when.

    Each hour's calls are fitted as the sum of each consumer's activity times its rate. The answer has a 90 % interval for
    each, what nobody's activity explains, and says who can't be told apart. Calls that name their consumer are exact.
    """
    from modelguard.cli.usage_attribute import run

    run(rollup_path, activity, tree, shared, _pairs(schedules), day, kind, output, update)


@command.command("show")
@usage_option
@click.option("--format", "kind", type=click.Choice(("text", "json")), default="text", show_default=True)
@click.option("--output", type=click.Path(path_type=Path), help="write to a file")
@tree_option
def show_command(rollup_path: Path, kind: str, output: Path | None, tree: Path) -> None:
    """Show the rollup: a mean day of each consumer and model, and by which rule each logged name is whose."""
    from modelguard.cli.inputs import as_json, emit
    from modelguard.cli.usage_import import known_consumers, needed
    from modelguard.report.usage_text import show, show_document
    from modelguard.usage.summary import lines_of, whom

    rollup = needed(rollup_path)
    lines, names = lines_of(rollup), whom(rollup, known_consumers(tree))
    emit(as_json(show_document(rollup, lines, names)) if kind == "json" else show(rollup, lines, names), output)


@command.command("reconcile")
@click.argument("source", required=False)
@click.argument("files", nargs=-1, metavar="FILE...")
@click.option("--total", metavar="USD", help="the bill's amount, in place of files")
@click.option("--from", "since", metavar="DAY", help="first day of --total")
@click.option("--to", "until", metavar="DAY", help="last day of --total")
@click.option("--column", "columns", multiple=True, metavar="FIELD=COLUMN", help="csv: what a column is")
@click.option("--label", "labels", multiple=True, metavar="KEY=VALUE", help="a fact that the files leave out")
@usage_option
@click.option("--format", "kind", type=click.Choice(("text", "json")), default="text", show_default=True)
@click.option("--output", type=click.Path(path_type=Path), help="write to a file")
@tree_option
def reconcile_command(
    source: str | None, files: tuple[str, ...], total: str | None, since: str | None, until: str | None,
    columns: tuple[str, ...], labels: tuple[str, ...], rollup_path: Path, kind: str, output: Path | None, tree: Path,
) -> None:  # fmt: skip
    """Hold the rollup against a bill: SOURCE's files (cur, openai, anthropic, csv), or --total of an invoice.

    What the bill has and the rollup does not is unexplained, by model, day and account. Nothing is written to the rollup.
    """
    from modelguard.cli.usage_reconcile import run

    if (total is None) == (source is None):
        raise click.UsageError("give SOURCE and its files, or --total")
    run(source, files, total, since, until, _pairs(columns), _pairs(labels), rollup_path, kind, output, tree)
