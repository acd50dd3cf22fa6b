"""The workflow that posts for forks: what it trusts, what it refuses, what it posts."""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from eventlib import ended_event, job, pull
from gitlib import git
from hublib import REPOSITORY, Hub, serving
from reportlib import change, finding, reader, report, run
from runnerlib import ROOT, Expression, Job

POST = ROOT / "post" / "action.yml"
WORKFLOW = ROOT / "examples" / "workflows" / "modelguard-post.yml"
FORK = "mallory/platform"
HEAD, BASE = "a" * 40, "b" * 40


@pytest.fixture
def hub() -> Iterator[Hub]:
    with serving(Hub(pulls=[pull(HEAD, BASE, fork=FORK)])) as found:
        yield found


def post(tmp_path: Path, hub: Hub | None, document: object, event: dict[str, Any] | None = None) -> Job:
    """The post action on the artifact of a fork's run."""
    artifact = tmp_path / "artifact" / "report.json"
    artifact.parent.mkdir(exist_ok=True)
    if isinstance(document, bytes):
        artifact.write_bytes(document)
    elif document is not None:
        artifact.write_text(json.dumps(document), "utf-8")
    event = event or ended_event(HEAD, fork=FORK)
    machine = job(tmp_path, tmp_path, "workflow_run", event, "c" * 40, "refs/heads/main", hub)
    return machine.use(POST, {"report": str(artifact)}, skip=("Install modelguard",))


def test_the_example_s_report_is_posted(iceberg: Path, tmp_path: Path, hub: Hub) -> None:
    target = tmp_path / "report.json"
    shutil.copytree(iceberg, tmp_path / "repo", symlinks=True)
    git(tmp_path / "repo", "switch", "-q", "opus")
    run("check", tmp_path / "repo", "--base", "main", "--format", "json", "--output", target)
    done = post(tmp_path, hub, json.loads(target.read_text()))
    assert not done.failed
    (comment,) = hub.comments
    assert comment["number"] == 7
    assert "modelguard fails: $233 on the first day" in comment["body"]
    assert f"(https://github.com/{REPOSITORY}/blob/{HEAD}/config/project.yaml#L5)" in comment["body"]
    assert f"[the pull request's own run](https://github.com/{REPOSITORY}/actions/runs/4242)" in comment["body"]
    (sarif,) = hub.sarifs
    assert (sarif["ref"], sarif["sha"]) == ("refs/pull/7/head", HEAD)
    assert (
        sarif["sarif"]["runs"][0]["results"][0]["partialFingerprints"]["primaryLocationLineHash"]
        == "b87414e5fa2d75c0:1"
    )


def test_what_the_artifact_says_is_rendered_anew_and_escaped(tmp_path: Path, hub: Hub) -> None:
    nasty = "</details><a href=https://evil.example>Approve</a> @rampart/everyone ![x](https://evil.example/x)"
    moved = change([reader(nasty, why=nasty, runs_as=nasty)], name=nasty, why=nasty, suggest="```\n" + nasty)
    document = report(changes=[moved], findings=[finding(message=nasty, rule="MG101")], comment=nasty, sarif=nasty)
    assert not post(tmp_path, hub, document).failed
    body = hub.comments[0]["body"]
    assert "\n````yaml\n```\n" in body
    # Blocks and spans of code apart, which show text as it is, nothing of it is there.
    outside = re.sub(r"`[^`\n]*`", "", re.sub(r"(?ms)^(`{3,})\w*\n.*?^\1$", "", body))
    assert not re.search(r"evil|@rampart|Approve", outside)
    assert outside.count("<details>") == outside.count("</details>") == 4


@pytest.mark.parametrize(
    ("document", "message"),
    [
        (None, "the run left no report"),
        (b"{", "the run left no report"),
        (b"[]", "no modelguard.report/1"),
        (b"[" * 200_000, "the run left no report"),
        ({"schema": "modelguard.report/1"}, "no modelguard.report/1"),
        (report(verdict="pass\n::error::x"), "no modelguard.report/1"),
        (report(findings=[finding(path="/etc/passwd")]), "no modelguard.report/1"),
        (b" " * (5 * 1024 * 1024 + 2), "larger than"),
    ],
)
def test_a_report_that_is_none_posts_nothing(tmp_path: Path, hub: Hub, document: object, message: str) -> None:
    done = post(tmp_path, hub, document)
    assert done.status == {"Post": 2}
    assert message in done.log
    assert hub.comments == hub.sarifs == []
    assert not any(line.startswith("::error::x") for line in done.log.splitlines())


def test_a_link_is_not_followed(tmp_path: Path, hub: Hub) -> None:
    secret = tmp_path / "secret.json"
    secret.write_text(json.dumps(report(findings=[finding()])))
    (tmp_path / "artifact").mkdir()
    (tmp_path / "artifact" / "report.json").symlink_to(secret)
    assert post(tmp_path, hub, None).status == {"Post": 2}
    assert hub.comments == []


@pytest.mark.parametrize(
    ("pulls", "words"),
    [
        ([], "no open pull request"),
        ([pull("d" * 40, BASE, fork=FORK)], "no open pull request"),  # pushed to since
        ([pull(HEAD, BASE, fork="other/platform")], "no open pull request"),  # the same commit in another fork
        ([pull(HEAD, BASE, fork=FORK) | {"state": "closed"}], "no open pull request"),
        ([pull(HEAD, BASE, fork=FORK), pull(HEAD, BASE, fork=FORK) | {"number": 8}], "no open pull request"),
    ],
)
def test_only_the_one_open_pull_request_of_that_head_is_written_to(
    tmp_path: Path, hub: Hub, pulls: list[Any], words: str
) -> None:
    hub.pulls = pulls
    done = post(tmp_path, hub, report(findings=[finding()]))
    assert not done.failed
    assert words in done.log
    assert hub.comments == hub.sarifs == []


def test_a_run_of_something_else_is_passed_over(tmp_path: Path, hub: Hub) -> None:
    foreign = ended_event(HEAD, fork=FORK)
    foreign["workflow_run"]["repository"]["full_name"] = "other/repository"
    for event in (ended_event(HEAD, fork=FORK, event="push"), foreign):
        assert not post(tmp_path, hub, report(findings=[finding()]), event).failed
    assert hub.comments == []


def test_the_number_in_the_artifact_means_nothing(tmp_path: Path, hub: Hub) -> None:
    """An artifact that names another pull request, commit or ref moves nothing there."""
    hub.pulls.append(pull("e" * 40, BASE) | {"number": 1})
    post(tmp_path, hub, report(findings=[finding()], number=1, pull_request=1, head="e" * 40, ref="refs/heads/main"))
    assert [c["number"] for c in hub.comments] == [7]
    assert [(s["ref"], s["sha"]) for s in hub.sarifs] == [("refs/pull/7/head", HEAD)]


def test_an_api_that_says_no_fails(tmp_path: Path, hub: Hub) -> None:
    hub.refuse = {"POST .*/comments": 403}
    assert post(tmp_path, hub, report(findings=[finding()])).status == {"Post": 1}
    assert post(tmp_path, None, report()).status == {"Post": 2}


@pytest.mark.parametrize(
    ("fork", "event", "runs"),
    [(FORK, "pull_request", True), (REPOSITORY, "pull_request", False), (FORK, "push", False)],
)
def test_the_workflow_s_condition(fork: str, event: str, runs: bool) -> None:
    condition = yaml.safe_load(WORKFLOW.read_text())["jobs"]["post"]["if"]
    payload = ended_event(HEAD, fork=fork, event=event)
    names = {"github": {"event": payload, "repository": REPOSITORY}}
    assert bool(Expression(" ".join(condition.split()), names, failed=False).value()) is runs
