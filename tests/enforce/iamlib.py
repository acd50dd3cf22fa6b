"""What tests of `enforce iam` share: Bedrock's own questions to IAM, and an evaluator that others keep to answer them."""

from __future__ import annotations

import itertools
import json
import os
import shutil
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

SIMULATOR = Path(__file__).parent / "iam_simulate"
ACCOUNT = "111122223333"
INVOKE, STREAM = "bedrock:InvokeModel", "bedrock:InvokeModelWithResponseStream"


@dataclass(frozen=True)
class Request:
    """One question to IAM, with the names of the policies that answer it.

    The evaluator refuses actions, resources and keys that AWS does not have, unless `checked` is false.
    """

    identity: tuple[str, ...]
    control: tuple[str, ...]
    action: str
    resource: str
    context: Mapping[str, Any]
    role: str = "someone"
    checked: bool = True


def needs_simulator() -> None:
    """Skips the test where the evaluator is not installed; in CI that fails."""
    if shutil.which("node") is None or not (SIMULATOR / "node_modules").is_dir():
        how = f"npm install --prefix {SIMULATOR} --ignore-scripts --no-package-lock"
        (pytest.fail if os.environ.get("MODELGUARD_CI") else pytest.skip)(f"no IAM evaluator: {how}")


def simulate(policies: Mapping[str, Any], requests: Sequence[Request]) -> list[bool]:
    """Whether each request is allowed. A question that AWS does not know fails the test."""
    asked = [
        {
            "identity": r.identity,
            "control": r.control,
            "action": r.action,
            "resource": r.resource,
            "context": {"aws:PrincipalArn": f"arn:aws:iam::{ACCOUNT}:role/{r.role}", **r.context},
            "principal": f"arn:aws:iam::{ACCOUNT}:role/{r.role}",
            "account": ACCOUNT,
            # Its table of resource types lacks the ARN without a region, which AWS's page on global profiles has.
            "checked": r.checked and ":bedrock:::" not in r.resource,
        }
        for r in requests
    ]
    done = subprocess.run(
        ["node", "simulate.mjs"],
        cwd=SIMULATOR,
        input=json.dumps({"policies": dict(policies), "requests": asked}),
        capture_output=True,
        text=True,
        check=True,
    )
    answers = json.loads(done.stdout)
    strange = [(r, a) for r, a in zip(requests, answers, strict=True) if a not in ANSWERS]
    assert not strange, strange[:3]
    return [a == "Allowed" for a in answers]


def together(answers: Sequence[bool], sizes: Sequence[int]) -> list[bool]:
    """Answers in groups of these sizes: whether all of a group are yes."""
    ends = list(itertools.accumulate(sizes))
    return [all(answers[end - size : end]) for end, size in zip(ends, sizes, strict=True)]


ANSWERS = ("Allowed", "ImplicitlyDenied", "ExplicitlyDenied")


def profile_call(profile: str, source: str, regions: Sequence[str]) -> list[tuple[str, dict[str, str]]]:
    """What Bedrock asks IAM when a profile is called, written out by hand from AWS's pages, not taken from our code.

    `regions` are where the model may be served; "" is the ARN without a region of global profiles.
    """
    model = profile.split(".", 1)[1]
    arn = f"arn:aws:bedrock:{source}:{ACCOUNT}:inference-profile/{profile}"
    asked = [(arn, {"aws:RequestedRegion": source})]
    for region in {source, *regions}:
        context = {"aws:RequestedRegion": region or "unspecified", "bedrock:InferenceProfileArn": arn}
        asked.append((f"arn:aws:bedrock:{region}::foundation-model/{model}", context))
    return asked


def model_call(model: str, region: str) -> list[tuple[str, dict[str, str]]]:
    """What Bedrock asks IAM when a model is called by its own id."""
    return [(f"arn:aws:bedrock:{region}::foundation-model/{model}", {"aws:RequestedRegion": region})]
