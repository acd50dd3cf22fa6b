"""`modelguard init`: what a repository needs to start with, shown before it is written."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

import click

from modelguard.cli.inputs import LEDGER, check_inputs, emit, path_argument
from modelguard.errors import InputError

if TYPE_CHECKING:
    from modelguard.policy.check import Inputs

PARTS = ("config", "ledger", "baseline", "codeowners", "workflow", "hook")
_WORKFLOW, _HOOK = ".github/workflows/modelguard.yml", ".pre-commit-config.yaml"


@dataclass(frozen=True, slots=True)
class File:
    """A file that is to be written: where, what, and what is said of it. `text` None: it is left alone."""

    path: str
    text: str | None
    about: str


@click.command("init")
@path_argument
@click.option("--yes", is_flag=True, help="write without asking")
@click.option("--only", "parts", type=click.Choice(PARTS), multiple=True, help="one part; may be given several times")
@click.option("--owner", "owners", metavar="OWNER", multiple=True, help="who answers for the budget, @org/team")
@click.option("--usage", type=click.Path(path_type=Path), help="usage rollup, instead of modelguard-usage.jsonl")
def command(path: Path, yes: bool, parts: tuple[str, ...], owners: tuple[str, ...], usage: Path | None) -> None:
    """Look at the repository in PATH and write what the gate needs.

    Configuration, a ledger of what is spent today, a baseline of what is reported today, CODEOWNERS lines, a workflow and
    a hook. Each is shown, then asked about. What is there already stays; a baseline is written anew with --only baseline.
    """
    if not (yes or sys.stdin.isatty()):
        click.echo("shown only: to write them give --yes, or run it on a terminal", err=True)
    wanted = parts or PARTS
    written = 0
    for file in _files(path, wanted, owners, usage):
        written += _offer(path, file, yes)
    if written:
        click.echo(f"{written} written. Next: modelguard check, then commit them.", err=True)


def _files(path: Path, wanted: tuple[str, ...], owners: tuple[str, ...], usage: Path | None) -> Iterator[File]:
    from modelguard import __version__
    from modelguard.budget.ledger import parse_ledger
    from modelguard.policy import starter
    from modelguard.policy.owners import read_owners

    inputs = check_inputs(path, None, usage=usage)
    if "config" in wanted:
        has = inputs.settings.path
        yield File(
            "modelguard.yaml", None if has else starter.CONFIG_TEXT, f"{has} is there" if has else "configuration"
        )
    spends = starter.spending(inputs)
    text = starter.ledger_text(spends, inputs.on)
    if "ledger" in wanted:
        unknown = sum(s.cost.steady.expected is None for s in spends)
        about = f"the ledger: {len(spends)} uses of a model, {len(spends) - unknown} of them measured"
        yield File(LEDGER, None if inputs.ledger is not None else text, "is there" if inputs.ledger else about)
    codeowners = _codeowners(inputs, path, owners)
    if "baseline" in wanted:
        # As it will be once the others are written: what they settle needs no entry.
        if "ledger" in wanted:
            inputs = replace(inputs, ledger=inputs.ledger or parse_ledger(text.encode(), LEDGER))
        if "codeowners" in wanted and codeowners.text is not None:
            inputs = replace(inputs, owners=read_owners(codeowners.text.encode()))
        yield _baseline(inputs, path, again=wanted == ("baseline",))
    if "codeowners" in wanted:
        yield codeowners
    if "workflow" in wanted:
        yield _workflow(path)
    if "hook" in wanted:
        old = _text(path / _HOOK)
        found = None if "modelguard" in old else starter.hook_text(old, __version__)
        why = "is there" if "modelguard" in old else "could not be read as a list of repos"
        yield File(_HOOK, found, "the pre-commit hook" if found is not None else why)


def _baseline(inputs: Inputs, path: Path, again: bool) -> File:
    from modelguard.policy.check import check
    from modelguard.policy.starter import baseline_text
    from modelguard.policy.suppress import BASELINE

    there = (path / BASELINE).exists()
    if there and not again:
        return File(BASELINE, None, "is there; --only baseline writes it anew")
    report = check(replace(inputs, accepted=()))
    return File(BASELINE, baseline_text(report, inputs.on), f"the baseline: {len(report.told)} findings of today")


def _codeowners(inputs: Inputs, path: Path, owners: tuple[str, ...]) -> File:
    from modelguard.policy.owners import PLACES
    from modelguard.policy.starter import codeowners_text, owners_for

    place = next((p for p in PLACES if (path / p).is_file()), PLACES[0])
    old = _text(path / place)
    if "budgets.yaml" in old:
        return File(place, None, "has lines for budgets.yaml")
    return File(place, codeowners_text(old, owners_for(inputs, owners)), "who reviews what decides the gate")


def _workflow(path: Path) -> File:
    from modelguard.policy.starter import WORKFLOW_TEXT

    others = sorted((path / ".github/workflows").glob("*.y*ml")) if (path / ".github/workflows").is_dir() else []
    there = next((f for f in others if "modelguard" in _text(f)), None)
    if there is not None:
        return File(_WORKFLOW, None, f"{there.name} runs modelguard")
    if (path / ".gitlab-ci.yml").is_file() and not others:
        return File(_WORKFLOW, None, "this is GitLab's: docs/adopting.md has the job")
    return File(_WORKFLOW, WORKFLOW_TEXT, "the workflow")


def _text(path: Path) -> str:
    """A file's text, "" where there is none. Raises InputError where there is one that can't be read."""
    try:
        return path.read_text(encoding="utf-8")
    except FileNotFoundError:
        return ""
    except (OSError, UnicodeDecodeError) as error:
        raise InputError("could not be read", path=str(path)) from error


def _offer(root: Path, file: File, yes: bool) -> bool:
    """Show a file; write it where that is wanted. A link is never written through."""
    from modelguard.report.words import safe

    if file.text is None:
        click.echo(f"── {file.path}: left as it is, {file.about}\n")
        return False
    click.echo(f"── {file.path}: {file.about}\n")
    click.echo("\n".join(f"  {safe(line)}".rstrip() for line in file.text.rstrip("\n").split("\n")) + "\n")
    if not yes and not (sys.stdin.isatty() and click.confirm(f"write {file.path}?", default=True)):
        return False
    target = root / file.path
    if target.is_symlink() or not target.parent.resolve().is_relative_to(root.resolve()):
        raise InputError("is a link, or leads out of the folder; it is not written", path=file.path)
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise InputError(error.strerror or "could not be made", path=str(target.parent)) from error
    emit(file.text, target)
    return True
