"""Several formats of one check: which --output belongs to which --format, and what each of them says."""

from __future__ import annotations

import os
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from modelguard.policy.check import CheckReport
    from modelguard.report.markup import Links
    from modelguard.report.places import Places
    from modelguard.report.reported import Reported

FORMATS = ("text", "json", "sarif", "github", "markdown", "gitlab", "junit")
_ORDER = "modelguard.order"


class Paired(click.Command):
    """A command whose --format and --output belong together by the order in which they are given."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Note the order of the two options, which click hands out apart."""
        _, _, order = self.make_parser(ctx).parse_args(args=list(args))
        ctx.meta[_ORDER] = [p.name for p in order if p.name in ("formats", "outputs")]
        return super().parse_args(ctx, args)


def paired(ctx: click.Context, formats: Sequence[str], outputs: Sequence[Path]) -> list[tuple[str, Path | None]]:
    """(format, file or None for stdout): each --output goes with the --format before it, whatever stands between.

    Raises UsageError for an --output that has no --format of its own before it; the only one may do without.
    """
    if not formats and len(outputs) <= 1:
        return [("text", outputs[0] if outputs else None)]
    pairs: list[tuple[str, Path | None]] = []
    waiting, given = iter(formats), iter(outputs)
    for option in ctx.meta[_ORDER]:
        if option == "formats":
            pairs.append((next(waiting), None))
        elif not pairs or pairs[-1][1] is not None:
            raise click.UsageError(f"--output {next(given)} has no --format of its own before it")
        else:
            pairs[-1] = (pairs[-1][0], next(given))
    return pairs


def rendered(report: CheckReport, path: Path, wanted: Iterable[str], *, staged: bool = False) -> dict[str, str]:
    """Each wanted format's text, from one check. `path` is the analysed folder, where the evidence's lines are read."""
    from modelguard.cli.inputs import as_json
    from modelguard.report.check_json import document
    from modelguard.report.reported import read

    kinds = list(dict.fromkeys(wanted))
    texts: dict[str, str] = {}
    if "text" in kinds:
        from modelguard.report.text import render

        texts["text"] = render(report)
    if kinds == ["text"]:
        return texts
    written = document(report, places_of(report, path, staged=staged))
    texts["json"] = as_json(written)
    if set(kinds) - {"text", "json"}:
        texts |= others(read(written), kinds, links())
    return {kind: texts[kind] for kind in kinds}


def others(report: Reported, wanted: Iterable[str], addresses: Links, footer: str = "") -> dict[str, str]:
    """The formats that are made from a report's document."""
    from modelguard.cli.inputs import as_json

    texts: dict[str, str] = {}
    for kind in wanted:
        if kind == "sarif":
            from modelguard.report.sarif import document as sarif

            texts[kind] = as_json(sarif(report))
        elif kind == "github":
            from modelguard.report.github import render as annotations

            texts[kind] = annotations(report)
        elif kind == "markdown":
            from modelguard.report.markdown import render as comment

            texts[kind] = comment(report, addresses, footer)
        elif kind == "gitlab":
            from modelguard.report.gitlab import document as quality

            texts[kind] = as_json(quality(report))
        elif kind == "junit":
            from modelguard.report.junit import render as tests

            texts[kind] = tests(report)
    return texts


def places_of(report: CheckReport, path: Path, *, staged: bool) -> Places:
    """The changed side's files and, where something is compared, the lines that the change adds."""
    from modelguard.report.places import Places
    from modelguard.workspace import git
    from modelguard.workspace.changed import Changed, reader
    from modelguard.workspace.trees import existing

    folder = existing(path)
    repo = git.repository(folder)
    root = repo.prefix if repo is not None else ""
    inputs = report.inputs
    if inputs.base_commit is None or repo is None:
        return Places(reader(folder, None, False, root), root=root)
    change = Changed(folder, inputs.base_commit, inputs.head_commit, staged, root)
    return Places(change.read, change.added, lambda: change.paths() or (), root)


def links() -> Links:
    """Addresses of lines, where a CI system says what they are: GitHub, GitLab."""
    from modelguard.report.markup import Links

    env: dict[str, Any] = dict(os.environ)
    server, name, sha = (env.get(f"GITHUB_{key}") for key in ("SERVER_URL", "REPOSITORY", "SHA"))
    if server and name and sha:
        return Links(f"{server}/{name}/blob/{env.get('MODELGUARD_HEAD_SHA') or sha}/")
    project, sha = env.get("CI_PROJECT_URL"), env.get("CI_COMMIT_SHA")
    return Links(f"{project}/-/blob/{sha}/") if project and sha else Links()
