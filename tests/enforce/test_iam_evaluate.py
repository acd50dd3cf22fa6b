"""Our reading of live policies against an evaluator that others keep, on many small policies."""

from __future__ import annotations

import random
from typing import Any

import pytest

from modelguard.enforce.iam_evaluate import any_like, decide, statements_of

from .iamlib import INVOKE, STREAM, Request, needs_simulator, simulate

ACTIONS = [INVOKE, STREAM, "bedrock:*", "bedrock:Invoke*", "*", "s3:*", "bedrock:invokemodel", "bedrock:InvokeModel?"]
RESOURCES = [
    "*",
    "arn:aws:bedrock:*::foundation-model/*",
    "arn:aws:bedrock:us-east-1::foundation-model/anthropic.claude-sonnet-4-6",
    "arn:aws:bedrock:us-*::foundation-model/anthropic.*",
    "arn:aws:bedrock:us-east-?::foundation-model/anthropic.claude-opus*",
    "arn:aws:bedrock:*:*:inference-profile/us.*",
]
PROFILE = "arn:aws:bedrock:us-east-1:111122223333:inference-profile/us.anthropic.claude-sonnet-4-6"
ASKED = [
    "arn:aws:bedrock:us-east-1::foundation-model/anthropic.claude-sonnet-4-6",
    "arn:aws:bedrock:us-east-2::foundation-model/anthropic.claude-opus-4-6-v1",
    "arn:aws:bedrock:eu-west-1::foundation-model/amazon.nova-pro-v1:0",
    PROFILE,
]
CONDITIONS = [
    {"StringEquals": {"aws:RequestedRegion": ["us-east-1", "us-east-2"]}},
    {"StringNotEquals": {"aws:RequestedRegion": "us-east-1"}},
    {"StringLike": {"AWS:requestedregion": "us-*"}},
    {"StringNotLike": {"aws:RequestedRegion": ["eu-*"]}},
    {"StringEqualsIgnoreCase": {"aws:RequestedRegion": "US-EAST-1"}},
    {"ArnLike": {"bedrock:InferenceProfileArn": "arn:aws:bedrock:*:*:inference-profile/us.*"}},
    {"ArnEquals": {"bedrock:InferenceProfileArn": PROFILE}},
    {"ArnNotLike": {"bedrock:InferenceProfileArn": "arn:aws:bedrock:*:*:inference-profile/*"}},
    {"ArnLikeIfExists": {"bedrock:InferenceProfileArn": "arn:aws:bedrock:*:*:inference-profile/eu.*"}},
    {"ArnLike": {"aws:PrincipalArn": "arn:aws:iam::*:role/some*"}},
    {"Null": {"bedrock:InferenceProfileArn": "true"}},
    {"Null": {"bedrock:InferenceProfileArn": "false"}},
]
UNKNOWN = [{"StringEquals": {"aws:PrincipalTag/team": "search"}}, {"IpAddress": {"aws:SourceIp": "10.0.0.0/8"}}]


def made(random: random.Random) -> dict[str, Any]:
    """A policy of one to three statements."""
    found = []
    for _ in range(random.randint(1, 3)):
        action = "NotAction" if random.random() < 0.15 else "Action"
        resource = "NotResource" if random.random() < 0.3 else "Resource"
        statement: dict[str, Any] = {
            "Effect": random.choice(["Allow", "Allow", "Deny"]),
            action: random.sample(ACTIONS, random.randint(1, 2)),
            resource: random.sample(RESOURCES, random.randint(1, 2)),
        }
        if random.random() < 0.5:
            statement["Condition"] = random.choice(CONDITIONS + UNKNOWN[:1])
        found.append(statement)
    return {"Version": "2012-10-17", "Statement": found if len(found) > 1 else found[0]}


def test_a_sure_answer_is_the_evaluators_and_maybe_is_only_said_where_something_is_not_known() -> None:
    needs_simulator()
    source = random.Random(9)
    policies = {str(n): made(source) for n in range(500)}
    requests, ours = [], []
    for name, body in policies.items():
        resource = source.choice(ASKED)
        region = resource.split(":")[3]
        through = source.random() < 0.6
        context = {"aws:RequestedRegion": region} | ({"bedrock:InferenceProfileArn": PROFILE} if through else {})
        requests.append(Request((name,), (), INVOKE, resource, context))
        known = {
            "aws:requestedregion": region,
            "bedrock:inferenceprofilearn": PROFILE if through else None,
            "aws:principalarn": "arn:aws:iam::111122223333:role/someone",
        }
        ours.append(decide(statements_of(body), INVOKE, resource, known))
    theirs = simulate(policies, requests)
    wrong = [
        (policies[r.identity[0]], r, our, their)
        for r, our, their in zip(requests, ours, theirs, strict=True)
        if our != "maybe" and (our == "yes") != their
    ]
    assert not wrong, wrong[0]
    sure = sum(1 for o in ours if o != "maybe")
    assert {"yes", "no", "maybe"} <= set(ours)
    assert sure > 400
    for request, our in zip(requests, ours, strict=True):
        if our == "maybe":
            assert "PrincipalTag" in str(policies[request.identity[0]])


@pytest.mark.parametrize("condition", UNKNOWN)
def test_what_is_not_known_is_maybe(condition: dict[str, Any]) -> None:
    body = {"Statement": {"Effect": "Allow", "Action": "*", "Resource": "*", "Condition": condition}}
    assert decide(statements_of(body), INVOKE, "x", {}) == "maybe"
    deny = {"Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}, {**body["Statement"], "Effect": "Deny"}]}
    assert decide(statements_of(deny), INVOKE, "x", {}) == "maybe"


def test_patterns_are_texts_but_for_star_and_question_mark() -> None:
    assert any_like(["a.b*"], "a.bcd")
    assert not any_like(["a.b*"], "axbcd")
    assert not any_like(["[ab]*"], "abc")
    assert any_like(["arn:aws:bedrock:*::foundation-model/x"], "arn:aws:bedrock:::foundation-model/x")


@pytest.mark.parametrize("body", [{}, {"Statement": "x"}, {"Statement": [{"Effect": "Perhaps", "Action": "*"}]}])
def test_what_is_no_policy_is_told(body: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match="statement"):
        statements_of(body)
