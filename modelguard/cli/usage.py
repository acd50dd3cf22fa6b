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
    "--connect", metavar="URL", help="read --table from a warehouse: trino, athena, bigquery, snowflake, pyspark"
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
@click.option("--day", help="only this UTC day (YYYY-MM-DD)")
@click.option("--format", "kind", type=click.Choice(("text", "json", "svg")), default="text", show_default=True)
@click.option("--output", type=click.Path(path_type=Path), help="write to a file")
@click.option("--update", is_flag=True, help="add what was inferred to the rollup, as attributed")
@tree_option
def attribute_command(
    rollup_path: Path, activity: Path, shared: tuple[str, ...], day: str | None, kind: str, output: Path | None,
    update: bool, tree: Path,
) -> None:  # fmt: skip
    """Split hourly calls and cost of a shared key by consumer, from who was seen active when.

    Each hour's calls are fitted as the sum of each consumer's activity times its rate. The answer has a 90 % interval for
    each, what nobody's activity explains, and says who can't be told apart. Calls that name their consumer are exact.
    """
    from modelguard.cli.usage_attribute import run

    run(rollup_path, activity, tree, shared, day, kind, output, update)
