"""The action's check: what a pull request, a merge queue's entry or a push does; approvals and broken glass count.

It needs no secret: what only a token can tell (reviews, teams, who put a label on) is unknown without one, and what is
unknown approves nothing.
"""

from __future__ import annotations

import json
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass, replace
from decimal import Decimal
from pathlib import Path
from typing import Any

from modelguard.action.api import ApiError, api_of, repository_path
from modelguard.action.event import Pull, Run, payload_of, pull_of, run_of
from modelguard.action.glass import Glass, glass
from modelguard.action.people import People, names
from modelguard.action.runner import command, notice, say, say_outputs, say_summary
from modelguard.cli.inputs import as_json, check_inputs, emit
from modelguard.cli.outputs import others, places_of
from modelguard.cli.untouched import untouched
from modelguard.policy.check import CheckReport, Inputs, check
from modelguard.report.check_json import document
from modelguard.report.markdown import MARKER, headline, speaks
from modelguard.report.markup import Links
from modelguard.report.reported import Reported, read
from modelguard.report.text import render
from modelguard.report.words import safe
from modelguard.workspace import git

APPROVAL_RULE = "MG313"
"""The built-in rule about a raise that no owner approved; off unless it is asked for."""


@dataclass(frozen=True, slots=True)
class Options:
    """The action's inputs."""

    path: Path
    base: str
    fail_on: str
    require_owner_approval: bool
    break_glass_label: str
    break_glass_users: tuple[str, ...]
    folder: Path


def options_of(env: Mapping[str, str]) -> Options:
    """The inputs as the action's steps hand them on."""
    folder = Path(env.get("RUNNER_TEMP") or tempfile.gettempdir()) / "modelguard-report"
    return Options(
        path=Path(env.get("MODELGUARD_PATH") or "."),
        base=env.get("MODELGUARD_BASE", ""),
        fail_on=env.get("MODELGUARD_FAIL_ON", ""),
        require_owner_approval=env.get("MODELGUARD_REQUIRE_OWNER_APPROVAL", "").lower() == "true",
        break_glass_label=env.get("MODELGUARD_BREAK_GLASS_LABEL", ""),
        break_glass_users=names(env.get("MODELGUARD_BREAK_GLASS_USERS", "")),
        folder=Path(env.get("MODELGUARD_OUT") or folder),
    )


def run_check(env: Mapping[str, str]) -> int:
    """Judge, write the reports, tell the runner. Returns the exit status."""
    options = options_of(env)
    run = run_of(env, payload_of(env))
    people = _people(env, run)
    pull = _pull(people, run)
    options.folder.mkdir(parents=True, exist_ok=True)
    report = _judged(options, run, people, pull)
    written = document(report, places_of(report, options.path, staged=False))
    opened = _glass(options, run, people, pull) if report.verdict == "fail" else Glass(False)
    if opened.broken:
        written |= {"verdict": "pass", "audit": [_audit(options, run, pull, opened, read(written))]}
    elif opened.why:
        notice("warning", opened.why)
    _write(env, options, run, written, render(report))
    return 0 if written["verdict"] == "pass" else 1


def _people(env: Mapping[str, str], run: Run) -> People | None:
    """Whom to ask about people; None without a token."""
    api, teams = api_of(env), api_of(env, "MODELGUARD_TEAMS_TOKEN", "GITHUB_TOKEN")
    return None if api is None or teams is None else People(api, run.repository, teams)


def _pull(people: People | None, run: Run) -> Pull | None:
    """The pull request, in a merge queue the one that is queued; None where there is none, or no token to ask with."""
    if run.pull is not None or run.queued is None or people is None:
        return run.pull
    try:
        return pull_of(people.api.get(f"{repository_path(run.repository)}/pulls/{run.queued}"))
    except (ApiError, KeyError, TypeError) as error:
        notice("warning", f"the queued pull request #{run.queued} could not be read: {error}")
        return None


def _judged(options: Options, run: Run, people: People | None, pull: Pull | None) -> CheckReport:
    from modelguard.cli.gathering import Extras

    base = options.base or run.base or None
    level: Any = options.fail_on or None
    quick = untouched(options.path, base, None, False)
    if quick is not None:
        return quick
    if not options.require_owner_approval or base is None:
        return check(check_inputs(options.path, base, extras=Extras(level)))
    inputs = check_inputs(options.path, base, extras=Extras(level))
    review = _review(inputs, run, people, pull)
    return check(replace(inputs, review=review, rules=_with_approval(inputs)))


def _with_approval(inputs: Inputs) -> tuple[Any, ...]:
    """The rules, with the one that demands an approval as it is shipped, whatever persona or levels are set."""
    from modelguard.policy.rules import builtin_rules

    demanded = [rule for rule in builtin_rules() if rule.id == APPROVAL_RULE]
    return tuple(sorted([*(r for r in inputs.rules if r.id != APPROVAL_RULE), *demanded], key=lambda r: r.id))


def _review(inputs: Inputs, run: Run, people: People | None, pull: Pull | None) -> Any:
    """Who approved the head commit, with the teams that matter; nobody where that can't be read."""
    from modelguard.policy.owners import Review

    if pull is None:
        return Review("")
    if people is None:
        notice("warning", "there is no token to read reviews with, so no raise of a budget counts as approved")
        return Review(pull.author)
    teams = _teams(inputs, run)
    try:
        approvals = tuple(
            (login, tuple(team for team in teams if people.member(login, team))) for login in people.approvers(pull)
        )
    except ApiError as error:
        notice("warning", f"reviews could not be read, so no raise of a budget counts as approved: {error}")
        return Review(pull.author)
    for team in sorted(set(people.unknown)):
        notice("warning", f"the members of {team} can't be read with this token, so nobody counts as one")
    return Review(pull.author, approvals)


def _teams(inputs: Inputs, run: Run) -> tuple[str, ...]:
    """The teams that own lines of the ledger, as `@org/team`; a bare name is a team of the repository's organisation."""
    owners = {
        a.owner for ledger in (inputs.ledger, inputs.base_ledger) if ledger for a in ledger.allocations if a.owner
    }
    owners |= {owner for _, listed in inputs.owners.entries for owner in listed}
    org = run.repository.partition("/")[0]
    found = {o if "/" in o else f"@{org}/{o.lstrip('@')}" for o in owners if "@" not in o.lstrip("@")}
    # As GitHub has it for CODEOWNERS: a team of another organisation owns nothing here.
    return tuple(sorted(o for o in found if o.lstrip("@").partition("/")[0].casefold() == org.casefold()))


def _glass(options: Options, run: Run, people: People | None, pull: Pull | None) -> Glass:
    label = options.break_glass_label
    if not label or pull is None:
        return Glass(False)
    if people is None:
        return (
            Glass(False, why=f"there is no token to read who put the label {label} on")
            if label in pull.labels
            else Glass(False)
        )
    return glass(people, run, pull, label, options.break_glass_users)


def _audit(options: Options, run: Run, pull: Pull | None, opened: Glass, failed: Reported) -> dict[str, str]:
    errors = ", ".join(sorted({f.rule for f in failed.open("error")})) or "its findings"
    what = f"{headline(failed)} Passed over: {errors}."
    head = pull.head_sha if pull is not None else run.sha
    return {"by": opened.by, "label": options.break_glass_label, "at": opened.at, "head": head, "passed_over": what}


def _write(env: Mapping[str, str], options: Options, run: Run, written: dict[str, Any], text: str) -> None:
    """The report's files, the log, annotations, the summary and the outputs."""
    report = read(written)
    sha, ref = _analysed(options.path, run)
    links = Links(f"{run.server}/{run.repository}/blob/{sha}/") if sha else Links()
    texts = {"json": as_json(written), **others(report, ("sarif", "markdown", "github"), links)}
    files = {"json": "report.json", "sarif": "report.sarif", "markdown": "comment.md"}
    for kind, name in files.items():
        emit(texts[kind], options.folder / name)
    for audit in report.audit:
        text = f"PASSED OVER by {safe(audit.by)} with {safe(audit.label)} at {safe(audit.at)}\n\n{text}"
    say(text)
    command(texts["github"])
    for audit in report.audit:
        notice("warning", f"{audit.by} passed this over with the label {audit.label} at {audit.at} for {audit.head}")
    shown = texts["markdown"].replace(MARKER, "").strip() if speaks(report) else f"{headline(report)} No model moves."
    say_summary(env, shown)
    say_outputs(env, _outputs(report, options, files, sha, ref))


def _outputs(report: Reported, options: Options, files: Mapping[str, str], sha: str, ref: str) -> dict[str, str]:
    readers = [reader for change in report.moved for reader in change.consumers]
    known = [r.cost for r in readers if r.cost is not None and r.cost.first_day.expected is not None]
    first = sum((c.first_day.expected or Decimal(0) for c in known), Decimal(0))
    steady = sum((c.steady_per_day.expected or Decimal(0) for c in known), Decimal(0))
    return {
        "verdict": report.verdict,
        "passed-over": str(bool(report.audit)).lower(),
        # Nothing that is known is no number: an empty text, not zero.
        "first-day-cost": f"{first:.2f}" if known or not readers else "",
        "steady-cost": f"{steady:.2f}" if known or not readers else "",
        "unknown-costs": str(len(readers) - len(known)),
        "title": safe(headline(report)),
        "report": str(options.folder / files["json"]),
        "sarif": str(options.folder / files["sarif"]),
        "comment": str(options.folder / files["markdown"]),
        "sha": sha,
        "ref": ref,
    }


def _analysed(path: Path, run: Run) -> tuple[str, str]:
    """The commit that was analysed and the ref by which GitHub knows it, or "" where it is none of this run's."""
    found = git.run(path, "rev-parse", "HEAD")
    sha = found.decode().strip() if found is not None else ""
    if sha and sha == run.sha:
        return sha, run.ref
    if run.pull is not None and sha == run.pull.head_sha:
        return sha, f"refs/pull/{run.pull.number}/head"
    return sha, ""


def read_report(path: Path, most: int) -> object:
    """A report's JSON; no link is followed, no more than `most` bytes are read. Raises OSError or ValueError."""
    if path.is_symlink() or not path.is_file():
        raise OSError("there is no report")
    with path.open("rb") as file:
        data = file.read(most + 1)
    if len(data) > most:
        raise ValueError(f"the report is larger than {most} bytes")
    return json.loads(data)
