"""Live policies, as AWS's command line exports them, against the ledger."""

from __future__ import annotations

import copy
import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest

from modelguard.enforce.iam_compile import Iam
from modelguard.enforce.iam_live import read_live
from modelguard.enforce.iam_plan import plan
from modelguard.errors import InputError

from .test_iam import HOME, SONNET, compiled, line, script

ACCOUNT = "111122223333"
FULL = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "bedrock:*", "Resource": "*"}]}


@pytest.fixture
def iam(tmp_path: Path) -> Iam:
    settings = replace(HOME, roles=(("a.py", "team/jobs"),))
    return compiled(tmp_path, {"a.py": script(SONNET)}, [line("a.py", "claude-sonnet-4-6")], settings)


def managed(name: str, document: Any, owner: str = ACCOUNT) -> dict[str, Any]:
    old = {"VersionId": "v1", "IsDefaultVersion": False, "Document": {"Version": "2012-10-17", "Statement": []}}
    new = {"VersionId": "v2", "IsDefaultVersion": True, "Document": document}
    arn = f"arn:aws:iam::{owner}:policy/{name}"
    return {"PolicyName": name, "Arn": arn, "DefaultVersionId": "v2", "PolicyVersionList": [old, new]}


def role(name: str, *attached: str, path: str = "/", owner: str = ACCOUNT, **more: Any) -> dict[str, Any]:
    arns = [{"PolicyName": n, "PolicyArn": f"arn:aws:iam::{owner}:policy/{n}"} for n in attached]
    arn = f"arn:aws:iam::{ACCOUNT}:role{path}{name}"
    return {"RoleName": name, "Path": path, "Arn": arn, "RolePolicyList": [], "AttachedManagedPolicies": arns, **more}


def exported(iam: Iam) -> dict[str, Any]:
    """An account that is as the ledger has it; API answers have the documents URL-encoded, as here."""
    return {
        "RoleDetailList": [role("jobs", *(d.name for d in iam.roles), path="/team/"), role("web")],
        "UserDetailList": [],
        "GroupDetailList": [],
        "Policies": [managed(d.name, quote(json.dumps(d.body))) for d in iam.roles],
    }


def kinds(iam: Iam, details: dict[str, Any], *more: dict[str, Any]) -> list[tuple[str, str]]:
    files = [(f"{n}.json", json.dumps(d).encode()) for n, d in enumerate([details, *more])]
    return [(d.kind, d.where) for d in plan(iam, read_live(files))]


def control(name: str, body: Any) -> dict[str, Any]:
    summary = {"Id": "p-1", "Name": name, "Type": "SERVICE_CONTROL_POLICY"}
    return {"Policy": {"PolicySummary": summary, "Content": json.dumps(body)}}


def test_what_is_as_the_ledger_has_it_has_no_differences(iam: Iam) -> None:
    scps = [control(d.name, d.body) for d in iam.control]
    assert kinds(iam, exported(iam), *scps) == []
    shuffled = copy.deepcopy(exported(iam))
    body = json.loads(json.dumps(iam.roles[0].body))
    body["Statement"] = body["Statement"][::-1]
    body["Statement"][0]["Resource"] = [body["Statement"][0]["Resource"]]
    shuffled["Policies"][0] = managed(iam.roles[0].name, body)
    assert kinds(iam, shuffled) == []


def wider(details: dict[str, Any]) -> None:
    """Another region, allowed by a policy of the role's own, and the no taken out."""
    body = json.loads(json.dumps(FULL))
    details["RoleDetailList"][0]["RolePolicyList"] = [{"PolicyName": "more", "PolicyDocument": body}]
    details["RoleDetailList"][0]["AttachedManagedPolicies"] = []


def drifted(details: dict[str, Any]) -> None:
    body = json.loads(json.dumps(FULL))
    details["Policies"][0] = managed("modelguard-a.py", body)


def narrower(details: dict[str, Any]) -> None:
    boundary = {"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Action": "s3:*", "Resource": "*"}}
    details["Policies"].append(managed("limit", boundary))
    arn = f"arn:aws:iam::{ACCOUNT}:policy/limit"
    details["RoleDetailList"][0]["PermissionsBoundary"] = {"PermissionsBoundaryArn": arn}


def by_group(details: dict[str, Any]) -> None:
    user = {
        "UserName": "eve",
        "Arn": f"arn:aws:iam::{ACCOUNT}:user/eve",
        "GroupList": ["all"],
        "AttachedManagedPolicies": [],
    }
    details["UserDetailList"] = [user]
    group = {
        "GroupName": "all",
        "GroupPolicyList": [{"PolicyName": "p", "PolicyDocument": FULL}],
        "AttachedManagedPolicies": [],
    }
    details["GroupDetailList"] = [group]


def unknown_text(details: dict[str, Any]) -> None:
    details["RoleDetailList"][1] = role("web", "PowerUserAccess", owner="aws")


def streaming_only(details: dict[str, Any]) -> None:
    body = {"Statement": {"Effect": "Allow", "Action": "bedrock:InvokeModelWithResponseStream", "Resource": "*"}}
    details["RoleDetailList"][1]["RolePolicyList"] = [{"PolicyName": "stream", "PolicyDocument": body}]


def no_streaming(details: dict[str, Any]) -> None:
    body = {"Statement": {"Effect": "Deny", "Action": "bedrock:InvokeModelWith*", "Resource": "*"}}
    details["RoleDetailList"][0]["RolePolicyList"] = [{"PolicyName": "no-stream", "PolicyDocument": body}]


def gone(details: dict[str, Any]) -> None:
    del details["RoleDetailList"][0]


def left_over(details: dict[str, Any]) -> None:
    details["Policies"].append(managed("modelguard-old-service", FULL))


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        (wider, [("missing", "role jobs"), ("wider", "role jobs"), ("open-door", "role jobs")]),
        (drifted, [("drift", "role jobs"), ("wider", "role jobs"), ("open-door", "role jobs")]),
        (narrower, [("narrower", "role jobs")]),
        (by_group, [("stranger", "user eve")]),
        (unknown_text, [("unknown", "role web")]),
        (streaming_only, [("stranger", "role web")]),
        (no_streaming, [("narrower", "role jobs")]),
        (gone, [("no-role", "a.py")]),
        (left_over, [("orphan", "modelguard-old-service")]),
    ],
)
def test_each_difference_is_told(
    iam: Iam, change: Callable[[dict[str, Any]], None], expected: list[tuple[str, str]]
) -> None:
    details = exported(iam)
    change(details)
    assert kinds(iam, details) == expected


def test_control_policies_are_compared_where_they_were_exported(iam: Iam) -> None:
    doors, models = iam.control
    assert kinds(iam, exported(iam), control(doors.name, FULL), control("modelguard-999900001111-models", FULL)) == [
        ("drift", doors.name),
        ("missing", models.name),
        ("orphan", "modelguard-999900001111-models"),
    ]


def test_a_condition_on_something_unknown_may_widen(iam: Iam) -> None:
    details = exported(iam)
    body = {"Statement": [{**FULL["Statement"][0], "Condition": {"IpAddress": {"aws:SourceIp": "10.0.0.0/8"}}}]}
    details["RoleDetailList"][1]["RolePolicyList"] = [{"PolicyName": "office", "PolicyDocument": body}]
    (difference,) = plan(iam, read_live([("x.json", json.dumps(details).encode())]))
    assert difference.kind == "stranger"
    assert difference.what.startswith("may, under conditions that are not known here, call ")
    assert difference.what.endswith("(by office)")


def test_a_model_that_is_open_only_through_an_applications_profile_is_seen(iam: Iam) -> None:
    details = exported(iam)
    own = "arn:aws:bedrock:us-east-1:111122223333:application-inference-profile/*"
    through = {"ArnLike": {"bedrock:InferenceProfileArn": own}}
    models = {"Effect": "Allow", "Action": "bedrock:InvokeModel", "Resource": "arn:aws:bedrock:*::foundation-model/*"}
    body = {
        "Statement": [
            {"Effect": "Allow", "Action": "bedrock:Invoke*", "Resource": own},
            {**models, "Condition": through},
        ]
    }
    details["RoleDetailList"][1]["RolePolicyList"] = [{"PolicyName": "own", "PolicyDocument": body}]
    (difference,) = plan(iam, read_live([("x.json", json.dumps(details).encode())]))
    assert (difference.kind, difference.where) == ("stranger", "role web")


def test_an_account_that_was_not_exported_is_not_taken_as_empty(iam: Iam) -> None:
    scp = control(iam.control[0].name, iam.control[0].body)
    found = plan(iam, read_live([("scp.json", json.dumps(scp).encode())]))
    assert [(d.kind, d.where) for d in found] == [("unknown", ACCOUNT), ("missing", iam.control[1].name)]


@pytest.mark.parametrize(
    "data", [b"", b"{}", b"[]", b'{"RoleDetailList": 3}', b'{"Policy": {"Content": "x"}}', b"\xff"]
)
def test_what_is_no_export_is_told_with_its_path(data: bytes) -> None:
    with pytest.raises(InputError, match=r"live\.json: this (export can't be read|is no export)"):
        read_live([("live.json", data)])
