"""`modelguard enforce iam`: the ledger as IAM policies, for calls that go to Bedrock without a proxy."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import click

from modelguard.cli.inputs import CONFIG, as_json, config_of, contents, emit, graph_of, ledger_of, path_argument, today
from modelguard.errors import InputError

if TYPE_CHECKING:
    from modelguard.enforce.iam import Settings
    from modelguard.enforce.iam_compile import Iam
    from modelguard.workspace import Tree


@click.command("iam")
@path_argument
@click.option("--region", "regions", metavar="REGION", multiple=True, help="a region that calls are made from")
@click.option(
    "--profiles",
    "live",
    metavar="FILE",
    multiple=True,
    type=click.Path(path_type=Path),
    help="output of aws bedrock list-inference-profiles, on top of what is shipped",
)
@click.option("--own-profiles", "own", is_flag=True, help="give each consumer inference profiles with its cost tags")
@click.option("--format", "kind", type=click.Choice(("text", "json", "terraform")), default="text", show_default=True)
@click.option("--output", type=click.Path(path_type=Path), help="write to a file; for terraform, to a folder")
@click.option(
    "--plan",
    "exported",
    metavar="FILE",
    multiple=True,
    type=click.Path(path_type=Path),
    help="compare with exported live policies instead; exit status 1 where they differ",
)
@click.pass_context
def iam(
    ctx: click.Context,
    path: Path,
    regions: tuple[str, ...],
    live: tuple[Path, ...],
    own: bool,
    kind: str,
    output: Path | None,
    exported: tuple[Path, ...],
) -> None:
    """Compile the ledger in PATH into least-privilege IAM policies, and service control policies that refuse the rest.

    Accounts, regions and roles come from `iam:` in modelguard.yaml; docs/iam.md has the whole of it. Exit status 1 where
    something that the ledger allows could not be granted exactly.
    """
    compiled = compiled_iam(path, regions, live, own)
    from modelguard.report.iam_text import notes, render

    if exported:
        ctx.exit(_plan(compiled, exported, kind, output))

    if kind == "terraform":
        _terraform(compiled, output)
    else:
        from modelguard.enforce.iam_compile import as_document

        emit(as_json(as_document(compiled)) if kind == "json" else render(compiled), output)
    if kind != "text" or output is not None:
        click.echo(notes(compiled), err=True, nl=False)
    ctx.exit(0 if compiled.complete else 1)


def _plan(compiled: Iam, exported: tuple[Path, ...], kind: str, output: Path | None) -> int:
    """Show the difference to what is live; the exit status."""
    from modelguard.enforce.iam_live import read_live
    from modelguard.enforce.iam_plan import as_document, plan
    from modelguard.report.iam_plan_text import render

    if kind == "terraform":
        raise click.UsageError("--plan is shown as text or json")
    live = read_live([(str(file), read_file(file)) for file in exported])
    differences = plan(compiled, live)
    page = render(compiled, differences, with_control=bool(live.control))
    emit(as_json(as_document(differences)) if kind == "json" else page, output)
    return 1 if differences or not compiled.complete else 0


def compiled_iam(path: Path, regions: tuple[str, ...], live: tuple[Path, ...], own: bool) -> Iam:
    """The policies of a tree."""
    from modelguard.budget.ledger import Ledger
    from modelguard.catalog.bedrock import table, with_live
    from modelguard.enforce.iam_compile import compile_iam
    from modelguard.workspace import open_working

    tree = open_working(path)
    settings = iam_settings(tree)
    if regions:
        settings = replace(settings, regions=regions)
    if not settings.regions:
        raise InputError(
            "from which regions Bedrock is called is not known",
            hint="Give --region, or iam.regions in modelguard.yaml.",
        )
    known = table()
    for file in live:
        known = with_live(known, read_file(file), str(file))
    ledger = ledger_of(tree) or Ledger()
    prices = config_of(tree).prices
    return compile_iam(ledger, graph_of(tree), settings, known, prices, today(), with_profiles=own)


def iam_settings(tree: Tree) -> Settings:
    """`iam:` of a tree's modelguard.yaml."""
    from modelguard.enforce.iam_compile import settings_of
    from modelguard.schemas.load import read_yaml

    data = contents(tree, CONFIG)
    values = read_yaml(data, CONFIG, "config")[0] if data is not None else {}
    return settings_of(values.get("iam") or {})


def read_file(file: Path) -> bytes:
    """A file's bytes. Raises InputError where it can't be read."""
    try:
        return file.read_bytes()
    except OSError as error:
        raise InputError(error.strerror or "could not be read", path=str(file)) from error


def _terraform(compiled: Iam, output: Path | None) -> None:
    from modelguard.enforce.iam_terraform import terraform

    if output is None:
        raise click.UsageError("--format terraform needs --output FOLDER: each account has files of its own")
    for name, text in terraform((*compiled.roles, *compiled.control), compiled.profiles).items():
        target = output / name
        try:
            target.parent.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise InputError(f"could not be made: {error.strerror}", path=str(target.parent)) from error
        emit(text, target)
        click.echo(f"wrote {target}", err=True)
