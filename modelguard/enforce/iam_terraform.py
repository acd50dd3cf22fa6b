"""Policies and inference profiles as Terraform (HCL as `terraform fmt` writes it), a folder an account and one for the
organization, since each is applied with other credentials. Needs the provider hashicorp/aws from 6.0 (`region` on resources)."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from modelguard.enforce.iam_policy import Document
from modelguard.enforce.iam_profiles import OwnProfile

HEAD = """\
# Made by `modelguard enforce iam --format terraform` from the ledger; change that, not this.
terraform {
  required_providers {
    aws = {
      source  = "hashicorp/aws"
      version = ">= 6.0"
    }
  }
}
"""
_ROLES = """
resource "aws_iam_policy" "modelguard" {
  for_each    = local.modelguard_policies
  name        = each.key
  description = "What this consumer may call on Bedrock, by modelguard"
  policy      = each.value
}

resource "aws_iam_role_policy_attachment" "modelguard" {
  for_each   = local.modelguard_roles
  role       = each.value
  policy_arn = aws_iam_policy.modelguard[each.key].arn
}
"""
_PROFILES = """
resource "aws_bedrock_inference_profile" "modelguard" {
  for_each    = local.modelguard_profiles
  region      = each.value.region
  name        = each.value.name
  description = each.value.description
  tags        = each.value.tags

  model_source {
    copy_from = each.value.copy_from
  }
}
"""
_SCPS = """
resource "aws_organizations_policy" "modelguard" {
  for_each = local.modelguard_control_policies
  name     = each.key
  type     = "SERVICE_CONTROL_POLICY"
  content  = each.value
}

resource "aws_organizations_policy_attachment" "modelguard" {
  for_each  = local.modelguard_control_targets
  policy_id = aws_organizations_policy.modelguard[each.key].id
  target_id = each.value
}
"""


def terraform(documents: Sequence[Document], profiles: Sequence[OwnProfile]) -> dict[str, str]:
    """Files by path: ACCOUNT/modelguard_iam.tf and organization/modelguard_scp.tf."""
    files: dict[str, str] = {}
    for account in sorted({d.account for d in documents if d.kind == "role"}):
        mine = [d for d in documents if d.kind == "role" and d.account == account]
        own = [p for p in profiles if p.account == account]
        files[f"{account}/modelguard_iam.tf"] = _account(mine, own)
    control = [d for d in documents if d.kind == "scp"]
    if control:
        values = {
            "modelguard_control_policies": {d.name: Encoded(d.body) for d in control},
            "modelguard_control_targets": {d.name: d.account for d in control},
        }
        files["organization/modelguard_scp.tf"] = HEAD + _locals(values) + _SCPS
    return files


def _account(documents: Sequence[Document], profiles: Sequence[OwnProfile]) -> str:
    # A role that is a pattern, or is not known, can't be attached to by name.
    roles = {d.name: d.role for d in documents if d.role and not set("*?") & set(d.role)}
    values: dict[str, Any] = {
        "modelguard_policies": {d.name: Encoded(d.body) for d in documents},
        "modelguard_roles": {name: role.rsplit("/", 1)[-1] for name, role in roles.items()},
    }
    if profiles:
        values["modelguard_profiles"] = {
            f"{p.region}/{p.name}": {
                "region": p.region,
                "name": p.name,
                "description": p.request()["description"],
                "copy_from": p.copy_from,
                "tags": dict(p.tags),
            }
            for p in profiles
        }
    return HEAD + _locals(values) + _ROLES + (_PROFILES if profiles else "")


class Encoded:
    """A value that stands in the file as `jsonencode(...)`."""

    def __init__(self, value: Mapping[str, Any]) -> None:
        self.value = value


def _locals(values: Mapping[str, Any]) -> str:
    lines = [f"  {name} = {_value(value, 2)}" for name, value in values.items()]
    return "\nlocals {\n" + "\n".join(lines) + "\n}\n"


def _value(value: Any, depth: int) -> str:
    """A value as HCL; `depth` is the indentation of the line that it starts on."""
    if isinstance(value, Encoded):
        return f"jsonencode({_value(value.value, depth)})"
    if isinstance(value, Mapping):
        return _block("{", _pairs(value, depth + 2), "}", depth)
    if isinstance(value, list | tuple):
        return _block("[", [f"{_value(item, depth + 2)}," for item in value], "]", depth)
    return _text(str(value))


def _block(opening: str, lines: Sequence[str], closing: str, depth: int) -> str:
    if not lines:
        return opening + closing
    inner = "\n".join(" " * (depth + 2) + line for line in lines)
    return f"{opening}\n{inner}\n{' ' * depth}{closing}"


def _pairs(mapping: Mapping[str, Any], depth: int) -> list[str]:
    """Lines of an object; neighbours of one line each have their `=` in one column."""
    items = [(_text(str(key)), _value(value, depth)) for key, value in mapping.items()]
    lines: list[str] = []
    run: list[tuple[str, str]] = []
    for key, value in items:
        if "\n" in value:
            lines += [*_aligned(run), f"{key} = {value}"]
            run = []
        else:
            run.append((key, value))
    return [*lines, *_aligned(run)]


def _aligned(run: Sequence[tuple[str, str]]) -> list[str]:
    width = max((len(key) for key, _ in run), default=0)
    return [f"{key.ljust(width)} = {value}" for key, value in run]


def _text(text: str) -> str:
    """A quoted string; `${` and `%{` stand for themselves."""
    quoted = json.dumps(text, ensure_ascii=True)
    return quoted.replace("${", "$${").replace("%{", "%%{")
