"""The action as GitHub would run it: its own scripts, GitHub's events, an API on loopback."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from eventlib import group_event, job, labeled, pull, pull_event, review, review_event
from gitlib import git
from hublib import REPOSITORY, Hub, serving
from runnerlib import ROOT, Job

ACTION = ROOT / "action.yml"
INSTALL = ("Install modelguard",)


@pytest.fixture
def hub() -> Iterator[Hub]:
    with serving(Hub()) as found:
        yield found


class Clone:
    """The example as a checkout of a branch, with its base as a remote branch, as actions/checkout leaves it."""

    def __init__(self, folder: Path, iceberg: Path, branch: str) -> None:
        shutil.copytree(iceberg, folder, symlinks=True)
        self.folder = folder
        git(folder, "update-ref", "refs/remotes/origin/main", "main")
        git(folder, "switch", "-q", branch)

    def rev(self, name: str = "HEAD") -> str:
        return git(self.folder, "rev-parse", name).strip()

    def commit(self, **files: str) -> str:
        for name, text in files.items():
            (self.folder / name).parent.mkdir(parents=True, exist_ok=True)
            (self.folder / name).write_text(text)
        git(self.folder, "add", "-A")
        git(self.folder, "commit", "-q", "-m", "more")
        return self.rev()


@pytest.fixture
def opus(iceberg: Path, tmp_path: Path) -> Clone:
    return Clone(tmp_path / "repo", iceberg, "opus")


@pytest.fixture
def funded(iceberg: Path, tmp_path: Path) -> Clone:
    return Clone(tmp_path / "repo", iceberg, "opus-funded")


def on_pull(clone: Clone, tmp_path: Path, hub: Hub | None, given: dict[str, str] | None = None, **more: Any) -> Job:
    """The action on pull request #7, whose head is checked out."""
    label, sender = more.pop("label", ""), more.pop("sender", "mallory")
    request = pull(clone.rev(), clone.rev("main"), **more)
    event = pull_event(request, label=label, sender=sender)
    machine = job(tmp_path, clone.folder, "pull_request", event, "f" * 40, "refs/pull/7/merge", hub)
    return machine.use(ACTION, given or {}, skip=INSTALL)


def test_the_233_dollar_pull_request(opus: Clone, tmp_path: Path, hub: Hub) -> None:
    ran = on_pull(opus, tmp_path, hub)
    assert ran.failed
    assert ran.status == {"Check": 1, "Comment": 0, "Code scanning": 0}
    assert ran.outputs["verdict"] == "fail"
    assert ran.outputs["first-day-cost"] == "233.13"
    assert ran.outputs["steady-cost"] == "20.41"
    assert ran.outputs["unknown-costs"] == "2"
    assert ran.outputs["title"].startswith("modelguard fails: $233 on the first day, $20 a day after (today $12)")
    assert json.loads(Path(ran.outputs["report"]).read_text())["verdict"] == "fail"
    assert "::error file=config/project.yaml,line=5,title=MG301" in ran.log
    assert "| `inference-api` | Deployment | $6.30 |" in ran.summary
    assert "modelguard:report" not in ran.summary
    (comment,) = hub.comments
    assert f"(https://github.com/{REPOSITORY}/blob/{opus.rev()}/config/project.yaml#L5)" in comment["body"]
    (sarif,) = hub.sarifs
    assert (sarif["ref"], sarif["sha"]) == ("refs/pull/7/head", opus.rev())
    assert sarif["sarif"]["runs"][0]["results"][0]["partialFingerprints"]["primaryLocationLineHash"]


def test_the_log_obeys_no_command_of_the_repository(opus: Clone, tmp_path: Path, hub: Hub) -> None:
    log = on_pull(opus, tmp_path, hub).log
    start = log.index("::stop-commands::")
    token = log[start:].split("\n", 1)[0].removeprefix("::stop-commands::")
    assert len(token) == 32
    assert start < log.index("FAIL  ") < log.index(f"::{token}::")


def test_one_comment_edited_in_place(opus: Clone, tmp_path: Path, hub: Hub) -> None:
    hub.comments.append({"id": 1, "body": "<!-- modelguard:report --> I am it", "user": {"login": "mallory"}})
    on_pull(opus, tmp_path, hub)
    again = on_pull(opus, tmp_path, hub)
    assert "the comment says so already" in again.log
    assert [c["user"]["login"] for c in hub.comments] == ["mallory", "github-actions[bot]"]
    git(opus.folder, "revert", "--no-edit", "HEAD")
    quiet = on_pull(opus, tmp_path, hub)
    assert not quiet.failed
    assert len(hub.comments) == 2
    assert "nothing to report any more" in hub.comments[1]["body"]
    assert hub.comments[0]["body"].endswith("I am it")


def test_silent_where_nothing_moves(opus: Clone, tmp_path: Path, hub: Hub) -> None:
    git(opus.folder, "switch", "-q", "-C", "docs", "main")
    opus.commit(**{"NOTES.md": "words\n"})
    ran = on_pull(opus, tmp_path, hub)
    assert not ran.failed
    assert hub.comments == []
    assert ran.outputs["first-day-cost"] == "0.00"
    assert "No model moves" in ran.summary


def test_a_fork_s_run_computes_and_posts_nothing(opus: Clone, tmp_path: Path, hub: Hub) -> None:
    ran = on_pull(opus, tmp_path, hub, fork="mallory/platform")
    assert ran.failed
    assert hub.comments == hub.sarifs == []
    assert ran.log.count("the workflow that runs after it does") == 2
    assert Path(ran.outputs["report"]).is_file()


def test_without_a_token_it_still_judges(opus: Clone, tmp_path: Path) -> None:
    ran = on_pull(opus, tmp_path, None, {"require-owner-approval": "true"})
    assert ran.status["Check"] == 1
    assert ran.outputs["verdict"] == "fail"


def test_what_it_may_not_post_is_said_and_fails_nothing(opus: Clone, tmp_path: Path, hub: Hub) -> None:
    hub.refuse = {"POST .*": 403}
    ran = on_pull(opus, tmp_path, hub)
    assert ran.status == {"Check": 1, "Comment": 0, "Code scanning": 0}
    assert "It needs permissions: pull-requests: write" in ran.log
    assert "It needs permissions: security-events: write" in ran.log
    assert "ghs_for_a_test" not in ran.log


def test_sarif_that_github_refuses_is_said(opus: Clone, tmp_path: Path, hub: Hub) -> None:
    hub.processing = {"processing_status": "failed", "errors": ["no"]}
    assert "GitHub refused the SARIF: no" in on_pull(opus, tmp_path, hub).log


def test_a_merge_queue_judges_again(opus: Clone, tmp_path: Path, hub: Hub) -> None:
    head, base = opus.rev(), opus.rev("main")
    event = group_event(head, base)
    machine = job(tmp_path, opus.folder, "merge_group", event, head, event["merge_group"]["head_ref"], hub)
    ran = machine.use(ACTION, {}, skip=INSTALL)
    assert ran.failed
    assert ran.outputs["first-day-cost"] == "233.13"
    assert hub.comments == hub.sarifs == []


def test_a_push_judges_the_tree_and_uploads_for_its_branch(opus: Clone, tmp_path: Path, hub: Hub) -> None:
    git(opus.folder, "switch", "-q", "main")
    event = json.loads((Path(__file__).parent / "events" / "push.json").read_text())
    ran = job(tmp_path, opus.folder, "push", event, opus.rev(), "refs/heads/main", hub).use(ACTION, {}, skip=INSTALL)
    assert "MG201" in ran.log
    assert hub.sarifs[0]["ref"] == "refs/heads/main"
    assert "there is no comment" in ran.log


@pytest.mark.parametrize(
    ("given", "status", "message"),
    [
        ({"base": "gone"}, 2, 'base "gone" is not in this clone'),
        ({"path": "nowhere"}, 2, "nowhere does not exist"),
    ],
)
def test_wrong_input(opus: Clone, tmp_path: Path, hub: Hub, given: dict[str, str], status: int, message: str) -> None:
    ran = on_pull(opus, tmp_path, hub, given)
    assert ran.status == {"Check": status}
    assert message in ran.log
    assert hub.comments == []


def test_fail_on_never_lets_names_run(opus: Clone, tmp_path: Path, hub: Hub) -> None:
    """Inputs and branch names reach the scripts as text, never as code."""
    mark = tmp_path / "owned"
    ran = on_pull(opus, tmp_path, hub, {"base": f"$(touch {mark})", "path": "."})
    assert ran.status["Check"] == 2
    ran = on_pull(opus, tmp_path, hub, {"path": f'"; touch {mark}; "'})
    assert ran.status["Check"] == 2
    assert not mark.exists()


# -- approval ------------------------------------------------------------------------------------------------------------

ALONE = {"comment": "false", "sarif": "false"}
APPROVAL = {"require-owner-approval": "true", **ALONE}


def with_teams(hub: Hub) -> None:
    hub.teams = {f"@rampart/{team}": ["olga"] for team in ("search-team", "ml", "platform")}


def test_a_raise_counts_only_once_an_owner_approved_this_commit(funded: Clone, tmp_path: Path, hub: Hub) -> None:
    with_teams(hub)
    assert not on_pull(funded, tmp_path, hub, ALONE).failed
    waiting = on_pull(funded, tmp_path, hub, APPROVAL)
    assert waiting.failed
    assert (
        "no owner has approved the raise of inference-api's claude-opus-4-6 budget; it needs @search-team"
        in waiting.log
    )
    hub.reviews = [review("olga", funded.rev())]
    assert not on_pull(funded, tmp_path, hub, APPROVAL).failed


@pytest.mark.parametrize(
    "reviews",
    [
        [("mallory", "HEAD", "APPROVED", "MEMBER")],  # the author, who is of the team
        [("olga", "main", "APPROVED", "MEMBER")],  # an earlier commit
        [("eve", "HEAD", "APPROVED", "MEMBER")],  # no owner
        [("olga", "HEAD", "APPROVED", "MEMBER"), ("olga", "HEAD", "CHANGES_REQUESTED", "MEMBER")],
        [("olga", "HEAD", "DISMISSED", "MEMBER")],
        [("search-team", "HEAD", "APPROVED", "NONE")],  # somebody from outside who is called like the team
    ],
)
def test_what_is_no_approval(funded: Clone, tmp_path: Path, hub: Hub, reviews: list[tuple[str, ...]]) -> None:
    with_teams(hub)
    for members in hub.teams.values():
        members.append("mallory")
    hub.reviews = [review(login, funded.rev(at), state, who) for login, at, state, who in reviews]
    ran = on_pull(funded, tmp_path, hub, APPROVAL)
    assert ran.failed
    assert "MG31" in ran.log


def test_an_owner_that_the_change_itself_names_owns_nothing(funded: Clone, tmp_path: Path, hub: Hub) -> None:
    ledger = (funded.folder / "budgets.yaml").read_text().replace("@search-team", "@eve").replace("@ml", "@eve")
    funded.commit(**{"budgets.yaml": ledger.replace("@platform", "@eve")})
    hub.reviews = [review("eve", funded.rev())]
    assert on_pull(funded, tmp_path, hub, APPROVAL).failed


def test_codeowners_of_the_ledger_approve(funded: Clone, tmp_path: Path, hub: Hub) -> None:
    git(funded.folder, "switch", "-q", "main")
    funded.commit(**{".github/CODEOWNERS": "budgets.yaml @cfo\n"})
    git(funded.folder, "update-ref", "refs/remotes/origin/main", "main")
    git(funded.folder, "switch", "-q", "opus-funded")
    hub.reviews = [review("cfo", funded.rev())]
    assert not on_pull(funded, tmp_path, hub, APPROVAL).failed
    # A CODEOWNERS that the pull request brings along says nothing.
    git(funded.folder, "update-ref", "refs/remotes/origin/main", "main~1")
    funded.commit(**{".github/CODEOWNERS": "budgets.yaml @cfo\n"})
    hub.reviews = [review("cfo", funded.rev())]
    assert on_pull(funded, tmp_path, hub, APPROVAL).failed


def test_a_review_event_and_a_merge_queue_see_the_approval(funded: Clone, tmp_path: Path, hub: Hub) -> None:
    with_teams(hub)
    hub.reviews = [review("olga", funded.rev())]
    request = pull(funded.rev(), funded.rev("main"), branch="opus-funded")
    hub.pulls = [request]
    machine = job(
        tmp_path, funded.folder, "pull_request_review", review_event(request), "f" * 40, "refs/pull/7/merge", hub
    )
    assert not machine.use(ACTION, APPROVAL, skip=INSTALL).failed
    event = group_event(funded.rev(), funded.rev("main"))
    machine = job(tmp_path, funded.folder, "merge_group", event, funded.rev(), event["merge_group"]["head_ref"], hub)
    assert not machine.use(ACTION, APPROVAL, skip=INSTALL).failed
    hub.reviews = []
    machine = job(tmp_path, funded.folder, "merge_group", event, funded.rev(), event["merge_group"]["head_ref"], hub)
    assert machine.use(ACTION, APPROVAL, skip=INSTALL).failed


def test_what_can_not_be_read_approves_nothing(funded: Clone, tmp_path: Path, hub: Hub) -> None:
    with_teams(hub)
    hub.reviews = [review("olga", funded.rev())]
    hub.refuse = {"GET /orgs/.*": 403}
    ran = on_pull(funded, tmp_path, hub, APPROVAL)
    assert ran.failed
    assert "the members of @rampart/ml can't be read with this token" in ran.log
    hub.refuse = {"GET .*/reviews": 502}
    ran = on_pull(funded, tmp_path, hub, APPROVAL)
    assert ran.failed
    assert "reviews could not be read" in ran.log
    assert hub.asked.count(f"GET /repos/{REPOSITORY}/pulls/7/reviews") >= 4  # tried again


# -- break glass -----------------------------------------------------------------------------------------------------------

GLASS = {"break-glass-label": "budget: break glass", "break-glass-users": "@olga, @rampart/oncall", **ALONE}
LABEL = "budget: break glass"
NOON, LATER = "2026-11-25T12:00:00Z", "2026-11-25T13:00:00Z"


def pushed(hub: Hub, clone: Clone, at: str) -> None:
    """GitHub's own record of when the branch got its head."""
    hub.activity[f"{REPOSITORY} refs/heads/opus"] = [{"after": clone.rev(), "timestamp": at, "activity_type": "push"}]


def test_broken_glass_passes_and_leaves_an_audit_line(opus: Clone, tmp_path: Path, hub: Hub) -> None:
    hub.events = [labeled(LABEL, "olga", LATER)]
    given = GLASS | {"comment": "true"}
    ran = on_pull(opus, tmp_path, hub, given, labels=(LABEL,), label=LABEL, sender="olga")
    assert not ran.failed
    assert (ran.outputs["verdict"], ran.outputs["passed-over"]) == ("pass", "true")
    line = f"`olga` passed this over with the label `{LABEL}` at `{LATER}` for the commit `{opus.rev()}`"
    assert line in ran.summary
    assert line in hub.comments[0]["body"]
    assert "modelguard was passed over: $233 on the first day" in ran.summary
    (audit,) = json.loads(Path(ran.outputs["report"]).read_text())["audit"]
    assert "MG301" in audit["passed_over"]
    assert f"PASSED OVER by olga with {LABEL}" in ran.log


def test_broken_glass_counts_for_that_commit_in_later_runs_and_the_queue(opus: Clone, tmp_path: Path, hub: Hub) -> None:
    hub.events = [labeled(LABEL, "olga", LATER)]
    pushed(hub, opus, NOON)
    assert not on_pull(opus, tmp_path, hub, GLASS, labels=(LABEL,)).failed
    hub.pulls = [pull(opus.rev(), opus.rev("main"), labels=(LABEL,))]
    event = group_event(opus.rev(), opus.rev("main"))
    machine = job(tmp_path, opus.folder, "merge_group", event, opus.rev(), event["merge_group"]["head_ref"], hub)
    assert not machine.use(ACTION, GLASS, skip=INSTALL).failed


def test_broken_glass_counts_once(opus: Clone, tmp_path: Path, hub: Hub) -> None:
    """A commit that is pushed after the label went on fails, whatever its own date says."""
    hub.events = [labeled(LABEL, "olga", NOON)]
    git(opus.folder, "commit", "-q", "--allow-empty", "-m", "later", "--date", "2020-01-01T00:00:00Z")
    pushed(hub, opus, LATER)
    ran = on_pull(opus, tmp_path, hub, GLASS, labels=(LABEL,))
    assert ran.failed
    assert "before this commit was pushed; it counts once" in ran.log
    assert ran.outputs["verdict"] == "fail"


@pytest.mark.parametrize(
    ("given", "by", "refuse", "words"),
    [
        (GLASS, "mallory", {}, "mallory put the label budget: break glass on, and is not one of break-glass-users"),
        ({"break-glass-label": LABEL}, "olga", {}, "names nobody who may put it there"),
        (GLASS, "olga", {"GET .*/events": 403}, "who put it there when can't be read"),
        (GLASS, "olga", {"GET .*/activity": 404}, "can't be read"),
    ],
)
def test_glass_that_does_not_break(
    opus: Clone, tmp_path: Path, hub: Hub, given: dict[str, str], by: str, refuse: dict[str, int], words: str
) -> None:
    hub.events, hub.refuse = [labeled(LABEL, by, LATER)], refuse
    pushed(hub, opus, NOON)
    ran = on_pull(opus, tmp_path, hub, given, labels=(LABEL,))
    assert ran.failed
    assert words in ran.log


def test_a_team_may_break_the_glass(opus: Clone, tmp_path: Path, hub: Hub) -> None:
    hub.events = [labeled(LABEL, "ines", LATER)]
    pushed(hub, opus, NOON)
    assert on_pull(opus, tmp_path, hub, GLASS, labels=(LABEL,)).failed
    hub.teams = {"@rampart/oncall": ["ines"]}
    assert not on_pull(opus, tmp_path, hub, GLASS | {"teams-token": "teams"}, labels=(LABEL,)).failed


# -- the file itself -------------------------------------------------------------------------------------------------------


def test_every_input_and_output_is_described_and_used() -> None:
    for path in (ACTION, ROOT / "post" / "action.yml"):
        text = path.read_text("utf-8")
        described = yaml.safe_load(text)
        for name, told in {**described["inputs"], **described.get("outputs", {})}.items():
            assert len(told["description"]) > 10, name
        for name in described["inputs"]:
            assert f"inputs.{name}" in text
        for step in described["runs"]["steps"]:
            assert "${{" not in step.get("run", ""), "values come in by the environment"
            assert "uses" not in step or len(step["uses"].split("@")[1]) == 40
    documented = (ROOT / "docs" / "ci.md").read_text("utf-8")
    for name in (*yaml.safe_load(ACTION.read_text())["inputs"], *yaml.safe_load(ACTION.read_text())["outputs"]):
        assert f"`{name}`" in documented


def test_the_pinned_requirements_cover_the_package() -> None:
    import tomllib

    from packaging.requirements import Requirement

    pinned = {
        line.split("==")[0]: line.split("==")[1].split()[0]
        for line in (ROOT / "requirements" / "action.txt").read_text().splitlines()
        if "==" in line
    }
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())
    for text in (*project["project"]["dependencies"], *project["build-system"]["requires"]):
        wanted = Requirement(text)
        assert wanted.specifier.contains(pinned[wanted.name.lower()]), text


@pytest.mark.slow
def test_the_install_step_installs(tmp_path: Path, opus: Clone, hub: Hub) -> None:
    request = pull(opus.rev(), opus.rev("main"))
    machine = job(tmp_path, opus.folder, "pull_request", pull_event(request), "f" * 40, "refs/pull/7/merge", hub)
    shutil.rmtree(machine.temp / "modelguard")
    machine.use(ACTION, {"comment": "false", "sarif": "false"})
    assert machine.status == {"Install modelguard": 0, "Check": 1}
    assert machine.outputs["first-day-cost"] == "233.13"


def test_an_unknown_step_is_wrong_usage() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "modelguard.action", "x"], capture_output=True, text=True, env=os.environ, check=False
    )
    assert done.returncode == 2
    assert "usage: python -m modelguard.action" in done.stdout
