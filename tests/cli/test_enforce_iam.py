"""`modelguard enforce iam` as a user runs it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from modelguard.enforce.iam_policy import compact

from .test_commands import run, snapshot, valid

APP = """\
import boto3

MODEL = "us.anthropic.claude-sonnet-4-6"
client = boto3.client("bedrock-runtime")


def answer(question):
    return client.converse(modelId=MODEL, messages=question)


if __name__ == "__main__":
    answer([])
"""
NIGHTLY = """\
import boto3

client = boto3.client("bedrock-runtime")
for model in ("global.anthropic.claude-haiku-4-5-20251001-v1:0", "us.anthropic.claude-opus-4-6"):
    client.invoke_model(modelId=model, body="{}")
"""
LEDGER = """\
version: 1
allocations:
  - {consumer: app.py, model: claude-sonnet-4-6, limit: 5, per: day, owner: "@search"}
  - {consumer: nightly.py, model: "claude-*", limit: 5, per: day, owner: "@ml"}
"""
CONFIG = """\
iam:
  regions: [us-east-1]
  account: "111122223333"
  roles: {app.py: app, nightly.py: jobs/nightly}
"""


@pytest.fixture
def service(tmp_path: Path) -> Path:
    folder = tmp_path / "service"
    folder.mkdir()
    for name, text in {"app.py": APP, "nightly.py": NIGHTLY, "budgets.yaml": LEDGER, "modelguard.yaml": CONFIG}.items():
        (folder / name).write_text(text)
    return folder


def test_the_page_says_who_may_call_what_and_what_could_not_be_granted(service: Path) -> None:
    result = run("enforce", "iam", service)
    assert result.exit_code == 1
    snapshot("enforce-iam.txt", result.output)


def test_the_document_is_valid_and_the_same_each_time(service: Path) -> None:
    first, second = (run("enforce", "iam", service, "--format", "json", "--own-profiles") for _ in (0, 1))
    assert first.stdout == second.stdout
    document = json.loads(first.stdout)
    valid(document, "iam")
    assert [p["role"] for p in document["roles"]] == ["app", "jobs/nightly"]
    assert len(document["profiles"]) == 2
    assert "us.anthropic.claude-opus-4-6 not granted" in first.stderr


def test_terraform_goes_to_a_folder_of_each_account(service: Path, tmp_path: Path) -> None:
    result = run("enforce", "iam", service, "--format", "terraform", "--output", tmp_path / "out")
    assert result.exit_code == 1
    assert sorted(str(p.relative_to(tmp_path / "out")) for p in (tmp_path / "out").rglob("*.tf")) == [
        "111122223333/modelguard_iam.tf",
        "organization/modelguard_scp.tf",
    ]
    assert run("enforce", "iam", service, "--format", "terraform").exit_code == 2


def account(document: dict[str, Any]) -> dict[str, Any]:
    """The account as `aws iam get-account-authorization-details` exports it once the policies were applied."""
    arn = "arn:aws:iam::111122223333"
    roles = []
    for policy in document["roles"]:
        path, _, name = f"/{policy['role']}".rpartition("/")
        attached = [{"PolicyName": policy["name"], "PolicyArn": f"{arn}:policy/{policy['name']}"}]
        role = {"RoleName": name, "Arn": f"{arn}:role{path}/{name}", "AttachedManagedPolicies": attached}
        roles.append({**role, "RolePolicyList": []})
    managed = [
        {
            "PolicyName": p["name"],
            "Arn": f"{arn}:policy/{p['name']}",
            "PolicyVersionList": [{"IsDefaultVersion": True, "Document": p["document"]}],
        }
        for p in document["roles"]
    ]
    return {"RoleDetailList": roles, "UserDetailList": [], "GroupDetailList": [], "Policies": managed}


def test_the_plan_is_empty_once_applied_and_tells_what_changed_since(service: Path, tmp_path: Path) -> None:
    (service / "nightly.py").write_text(NIGHTLY.replace("opus-4-6", "opus-4-6-v1"))
    live = tmp_path / "live.json"
    document = json.loads(run("enforce", "iam", service, "--format", "json").stdout)
    live.write_text(json.dumps(account(document)))
    applied = run("enforce", "iam", service, "--plan", live)
    assert applied.exit_code == 0, applied.output
    assert applied.output.startswith("as the ledger has it: 2 grants")

    (service / "budgets.yaml").write_text(LEDGER.replace("claude-sonnet-4-6", "claude-opus-4-6"))
    moved = run("enforce", "iam", service, "--plan", live)
    assert moved.exit_code == 1
    snapshot("enforce-iam-plan.txt", moved.output)
    as_json = json.loads(run("enforce", "iam", service, "--plan", live, "--format", "json").stdout)
    valid(as_json, "iam-plan")
    assert {d["kind"] for d in as_json["differences"]} == {"drift", "wider"}


@pytest.mark.parametrize(
    ("config", "message"),
    [
        ("", "error: from which regions Bedrock is called is not known. Give --region"),
        ("iam: {account: 111122223333}\n", "error: modelguard.yaml:1:16: this must be a string"),
        ("iam: {regions: [use1]}\n", "error: modelguard.yaml:1:17:"),
        ("iam: {role: {}}\n", 'error: modelguard.yaml:1:7: unknown key "role"; did you mean "roles"?'),
    ],
)
def test_settings_that_are_wrong_are_told_with_their_place(service: Path, config: str, message: str) -> None:
    (service / "modelguard.yaml").write_text(config)
    result = run("enforce", "iam", service)
    assert result.exit_code == 2
    assert result.stderr.startswith(message)


def test_a_plan_needs_an_export(service: Path, tmp_path: Path) -> None:
    result = run("enforce", "iam", service, "--plan", tmp_path / "gone.json")
    assert (result.exit_code, result.stderr.startswith(f"error: {tmp_path / 'gone.json'}: No such file")) == (2, True)


def test_names_of_the_repository_can_t_draw_on_the_terminal(service: Path) -> None:
    (service / "nightly.py").write_text(NIGHTLY.replace("opus-4-6", "opus\\x1b[31m"))
    assert "\x1b" not in run("enforce", "iam", service).output


def test_size_is_what_the_quota_counts(service: Path) -> None:
    document = json.loads(run("enforce", "iam", service, "--format", "json").stdout)
    assert all(p["size"] == len(compact(p["document"])) for p in (*document["roles"], *document["control"]))
