"""`modelguard check`: does it pass, and what would it cost whom."""

from __future__ import annotations

from pathlib import Path

import click

from modelguard.cli.check_live import live_options, with_live
from modelguard.cli.inputs import check_inputs, emit, path_argument
from modelguard.cli.outputs import FORMATS, Paired, paired, rendered
from modelguard.cli.untouched import asked_by_pre_commit, untouched

LEVELS = ("error", "warning", "note")


class Check(Paired):
    """`check`, whose --with-graphs takes all the .json files that follow it, as a shell's `graphs/*.json` gives them."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Repeat the option before each of them, which is how click takes several."""
        given: list[str] = []
        taking = False
        for index, word in enumerate(args):
            if taking and args[index - 1] != "--with-graphs" and word.endswith(".json"):
                given.append("--with-graphs")
            elif taking and args[index - 1] != "--with-graphs":
                taking = False
            taking = taking or word == "--with-graphs"
            given.append(word)
        return super().parse_args(ctx, given)


@click.command("check", cls=Check)
@path_argument
@click.option("--base", metavar="REF", help="judge what changed since REF (compared as a pull request is: merge base)")
@click.option("--head", metavar="REF", help="the changed side; without it the working tree")
@click.option("--staged", is_flag=True, help="the changed side is what is staged; base HEAD unless given")
@click.option(
    "--pre-commit",
    is_flag=True,
    help="what pre-commit asks for: its range, what is staged, or with --all-files the tree",
)
@click.option("--usage", type=click.Path(path_type=Path), help="usage rollup, instead of modelguard-usage.jsonl")
@click.option("--fail-on", type=click.Choice(LEVELS), help="fail from this level on (configuration: fail_on; error)")
@click.option("--exit-zero", is_flag=True, help="exit 0 also where the gate fails; the report says so all the same")
@click.option(
    "--review", type=click.Path(path_type=Path), help="who opened the pull request and who approved it, as JSON"
)
@click.option(
    "--other-change", "others", metavar="REF", multiple=True, help="another open change, whose raises count with caps"
)
@click.option(
    "--with-graphs",
    "graphs",
    metavar="[NAME=]FILE...",
    multiple=True,
    help="graphs of other repositories (modelguard graph --format json), or a folder of them: their readers count",
)
@live_options
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
    pre_commit: bool,
    usage: Path | None,
    fail_on: str | None,
    exit_zero: bool,
    review: Path | None,
    others: tuple[str, ...],
    graphs: tuple[str, ...],
    formats: tuple[str, ...],
    outputs: tuple[Path, ...],
    live: str | None,
    admin_key_env: str,
) -> None:
    """Judge the tree in PATH, or with --base what a change does to it.

    Exit status: 0 passes, 1 fails, 2 wrong input or configuration, 3 a bug of ours.
    """
    wanted = paired(ctx, formats, outputs)
    if pre_commit:
        if base or head or staged:
            raise click.UsageError("--pre-commit stands for --base, --head and --staged")
        asked = asked_by_pre_commit(path)
        base, head, staged = asked.base, asked.head, asked.staged
    report = None if usage or review or others or graphs or live else untouched(path, base, head, staged)
    if report is None:
        from modelguard.cli.gathering import Extras
        from modelguard.policy.check import check

        extras = Extras(fail_on, review, others, graphs)  # type: ignore[arg-type]  # click has checked the level
        inputs = check_inputs(path, base, head, staged, usage, extras)
        report = check(with_live(inputs, path, head, live, admin_key_env))
    for name, text in rendered(report, path, [name for name, _ in wanted], staged=staged).items():
        for target in [target for kind, target in wanted if kind == name]:
            emit(text, target)
    ctx.exit(0 if report.verdict == "pass" or exit_zero else 1)
