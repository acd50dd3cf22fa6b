"""The policies before an IAM evaluator that others keep: what Bedrock would ask for each call, and what IAM would answer."""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import pytest

from modelguard.catalog.bedrock import table
from modelguard.enforce.iam_compile import Iam
from modelguard.enforce.iam_policy import DOORS, FURTHER_DOORS

from .iamlib import INVOKE, STREAM, Request, model_call, needs_simulator, profile_call, simulate, together
from .test_iam import HOME, SONNET, compiled, line, many, script

ANYTHING = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]}
HAIKU = "global.anthropic.claude-haiku-4-5-20251001-v1:0"
TITAN = "amazon.titan-embed-text-v2:0"
Call = tuple[str, str]


@pytest.fixture(autouse=True)
def _simulator() -> None:
    needs_simulator()


def policies(iam: Iam) -> dict[str, Any]:
    return {"anything": ANYTHING} | {d.name: d.body for d in (*iam.roles, *iam.control)}


def questions(call: Call) -> list[tuple[str, dict[str, str]]]:
    """Bedrock's questions for calling an id from a region."""
    name, region = call
    route = table().routes.get(call)
    return model_call(name, region) if route is None else profile_call(name, region, route.destinations)


def may(
    iam: Iam, calls: Iterable[Call], names: tuple[str, ...], role: str = "jobs", control: bool = True
) -> dict[Call, bool]:
    """Which calls get through: those all of whose questions are answered with yes, for either kind of answer."""
    listed = list(calls)
    scps = tuple(d.name for d in iam.control) if control else ()
    requests = [
        Request(names, scps, action, arn, context, role)
        for call in listed
        for arn, context in questions(call)
        for action in (INVOKE, STREAM)
    ]
    answers = together(simulate(policies(iam), requests), [2 * len(questions(call)) for call in listed])
    return dict(zip(listed, answers, strict=True))


def every_call(regions: tuple[str, ...]) -> list[Call]:
    """All profiles and all models, asked for from these regions."""
    known = table()
    direct = [(model, region) for model, served in known.on_demand.items() for region in sorted(served)]
    return [call for call in (*known.routes, *direct) if call[1] in regions]


@pytest.fixture
def nightly(tmp_path: Path) -> Iam:
    lines = [line("a.py", m) for m in ("claude-sonnet-4-6", "claude-haiku-4-5", "titan-embed-text-v2")]
    return compiled(tmp_path, {"a.py": script(SONNET, HAIKU, TITAN, "us.amazon.nova-pro-v1:0")}, lines)


GRANTED = {(SONNET, "us-east-1"), (HAIKU, "us-east-1"), (TITAN, "us-east-1")}


@pytest.mark.slow
@pytest.mark.parametrize("others", [(), ("anything",)])
def test_of_all_of_bedrock_only_what_is_granted_gets_through(nightly: Iam, others: tuple[str, ...]) -> None:
    """Also where another policy of the role allows everything."""
    calls = every_call(("us-east-1", "us-west-2", "eu-west-1", "ap-southeast-2"))
    assert len(calls) > 250
    answers = may(nightly, calls, ("modelguard-a.py", *others), control=False)
    assert {call for call, through in answers.items() if through} == GRANTED


def test_granted_calls_get_through_and_near_ones_do_not(nightly: Iam) -> None:
    near = {
        (SONNET, "us-west-2"),
        ("global.anthropic.claude-sonnet-4-6", "us-east-1"),
        ("us.anthropic.claude-opus-4-6-v1", "us-east-1"),
        ("us.anthropic.claude-haiku-4-5-20251001-v1:0", "us-east-1"),
        ("us.amazon.nova-pro-v1:0", "us-east-1"),
        ("anthropic.claude-sonnet-4-6", "us-east-1"),
    }
    answers = may(nightly, GRANTED | near, ("modelguard-a.py",))
    assert {call for call, through in answers.items() if through} == GRANTED


def test_the_accounts_policy_stops_roles_that_nobody_wrote_a_policy_for(nightly: Iam) -> None:
    """A service control policy names models, not roles: what somebody in the account may call, others' own policies decide."""
    calls = [
        *GRANTED,
        ("us.anthropic.claude-opus-4-6-v1", "us-east-1"),
        ("global.amazon.nova-2-lite-v1:0", "us-east-1"),
    ]
    answers = may(nightly, calls, ("anything",), role="laptop")
    assert {call for call, through in answers.items() if through} == GRANTED


def test_every_other_door_is_closed_even_where_all_is_allowed(nightly: Iam) -> None:
    actions = [a.replace("*", "CreateInference") for a in DOORS if not a.startswith("aws-external")]
    closed = [Request(names, control, a, "*", {}, checked=False) for a in actions for names, control in both(nightly)]
    # The evaluator's list of actions has no Claude Platform on AWS yet.
    closed += [
        Request(names, control, "aws-external-anthropic:CreateInference", "*", {}, checked=False)
        for names, control in both(nightly)
    ]
    further = [a.replace("*", "Async") for a in FURTHER_DOORS]
    closed += [Request(("anything", "modelguard-a.py"), (), a, "*", {}, checked=False) for a in further]
    assert not any(simulate(policies(nightly), closed))
    assert all(
        simulate(policies(nightly), [Request(("anything",), (), r.action, "*", {}, checked=False) for r in closed])
    )


def both(iam: Iam) -> list[tuple[tuple[str, ...], tuple[str, ...]]]:
    """By the role's own policy alone, and by the account's alone."""
    return [(("anything", "modelguard-a.py"), ()), (("anything",), tuple(d.name for d in iam.control))]


def test_api_keys_of_bedrock_can_t_be_made_and_those_of_others_can(nightly: Iam) -> None:
    def make(service: str) -> list[Request]:
        context = {"iam:ServiceSpecificCredentialServiceName": service}
        user = "arn:aws:iam::111122223333:user/someone"
        return [Request(n, c, "iam:CreateServiceSpecificCredential", user, context) for n, c in both(nightly)]

    answers = simulate(policies(nightly), [*make("bedrock.amazonaws.com"), *make("codecommit.amazonaws.com")])
    assert answers == [False, False, True, True]


def test_split_control_policies_together_say_what_one_would(tmp_path: Path) -> None:
    files, lines, settings = many(6)
    iam = compiled(tmp_path, files, lines, settings)
    scps = tuple(d.name for d in iam.control)
    assert sum("-models-" in name for name in scps) >= 2
    first = {str(g.role): (g.routes[0].profile, g.routes[0].source) for g in iam.grants.grants if g.routes}
    assert len(first) >= 4
    for role, call in first.items():
        # Where one policy would do, it names the models of all roles; split ones at least those of some.
        others = [c for r, c in first.items() if r != role]
        mine = tuple(d.name for d in iam.roles if d.role == role)
        answers = may(iam, [call, *others], ("anything", *mine), role=role)
        assert {c for c, through in answers.items() if through} == {call}, role
    assert not any(may(iam, first.values(), ("anything",), role="laptop").values())


def test_an_exempt_role_is_not_bound_by_the_account(tmp_path: Path) -> None:
    from dataclasses import replace

    iam = compiled(tmp_path, {"a.py": script(SONNET)}, [], replace(HOME, exempt=("break-glass",)))
    calls = [(SONNET, "us-east-1"), ("us.anthropic.claude-opus-4-6-v1", "us-east-1")]
    assert all(may(iam, calls, ("anything",), role="break-glass").values())
    assert not any(may(iam, calls, ("anything",), role="laptop").values())


def test_own_profiles_are_open_to_the_consumer_that_they_are_tagged_with(tmp_path: Path) -> None:
    iam = compiled(tmp_path, {"a.py": script(SONNET)}, [line("a.py", "claude-sonnet-4-6")], with_profiles=True)
    own = "arn:aws:bedrock:us-east-1:111122223333:application-inference-profile/abc123"

    def call(tag: str, model: str) -> list[Request]:
        tags: Mapping[str, str] = {"aws:ResourceTag/modelguard:consumer": tag, "aws:RequestedRegion": "us-east-1"}
        asked = [Request(("modelguard-a.py",), (), INVOKE, own, tags)]
        for region in ("us-east-1", "us-east-2", "us-west-2"):
            context = {"bedrock:InferenceProfileArn": own, "aws:RequestedRegion": region}
            asked.append(
                Request(
                    ("modelguard-a.py",), (), INVOKE, f"arn:aws:bedrock:{region}::foundation-model/{model}", context
                )
            )
        return asked

    sonnet, opus = "anthropic.claude-sonnet-4-6", "anthropic.claude-opus-4-6-v1"
    cases = [call("a.py", sonnet), call("b.py", sonnet), call("a.py", opus)]
    answers = simulate(policies(iam), list(itertools.chain(*cases)))
    assert together(answers, [len(case) for case in cases]) == [True, False, False]
