"""`modelguard check`: does it pass, and what would it cost whom."""

from __future__ import annotations

from pathlib import Path

import click

from modelguard.cli.inputs import check_inputs, emit, path_argument
from modelguard.cli.outputs import FORMATS, Paired, paired, rendered


@click.command("check", cls=Paired)
@path_argument
@click.option("--base", metavar="REF", help="judge what changed since REF (compared as a pull request is: merge base)")
@click.option("--head", metavar="REF", help="the changed side; without it the working tree")
@click.option("--staged", is_flag=True, help="the changed side is what is staged; base HEAD unless given")
@click.option("--usage", type=click.Path(path_type=Path), help="usage rollup, instead of modelguard-usage.jsonl")
@click.option("--format", "formats", type=click.Choice(FORMATS), multiple=True, help="may be given several times")
@click.option(
    "--output",
    "outputs",
    type=click.Path(path_type=Path),
    multiple=True,
    help="file for the --format before it",
)
@click.pass_context
def command(
    ctx: click.Context,
    path: Path,
    base: str | None,
    head: str | None,
    staged: bool,
    usage: Path | None,
    formats: tuple[str, ...],
    outputs: tuple[Path, ...],
) -> None:
    """Judge the tree in PATH, or with --base what a change does to it.

    Exit status: 0 passes, 1 fails, 2 wrong input or configuration, 3 a bug of ours.
    """
    from modelguard.policy.check import check

    wanted = paired(ctx, formats, outputs)
    report = check(check_inputs(path, base, head, staged, usage))
    for name, text in rendered(report, path, [name for name, _ in wanted], staged=staged).items():
        for target in [target for kind, target in wanted if kind == name]:
            emit(text, target)
    ctx.exit(0 if report.verdict == "pass" else 1)
