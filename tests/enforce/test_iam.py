"""Grants from ledger and graph, and the policies they are written as."""

from __future__ import annotations

import json
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest
import yaml

from modelguard.budget.ledger import parse_ledger
from modelguard.catalog.bedrock import table
from modelguard.cost.prices import Prices
from modelguard.enforce.iam import Settings
from modelguard.enforce.iam_compile import Iam, compile_iam
from modelguard.enforce.iam_policy import MAX_MANAGED, compact
from modelguard.enforce.iam_scp import MAX_SCP
from modelguard.graph.build import analyse
from modelguard.workspace import open_working

ON = date(2026, 11, 25)
HOME = Settings(regions=("us-east-1",), account="111122223333", roles=(("*.py", "jobs"),))
SONNET, OPUS = "us.anthropic.claude-sonnet-4-6", "us.anthropic.claude-opus-4-6-v1"


def script(*models: str) -> str:
    calls = "".join(f'client.converse(modelId="{m}", messages=[])\n' for m in models)
    return f'import boto3\nclient = boto3.client("bedrock-runtime")\n{calls}'


def compiled(
    folder: Path,
    files: dict[str, str],
    allocations: list[dict[str, object]],
    settings: Settings = HOME,
    *,
    with_profiles: bool = False,
) -> Iam:
    for name, text in files.items():
        (folder / name).write_text(text)
    ledger = parse_ledger(yaml.safe_dump({"version": 1, "allocations": allocations}).encode(), "budgets.yaml")
    tree = analyse(open_working(folder))
    return compile_iam(ledger, tree, settings, table(), Prices(), ON, with_profiles=with_profiles)


def line(consumer: str, model: str, **more: object) -> dict[str, object]:
    return {"consumer": consumer, "model": model, "limit": 5, "per": "day", **more}


def granted(iam: Iam) -> dict[str, list[tuple[str, str]]]:
    return {g.consumer: [(r.profile, r.source) for r in g.routes] for g in iam.grants.grants}


def refused(iam: Iam) -> dict[tuple[str, str], str]:
    return {(r.consumer, r.model): r.why for r in iam.refusals}


def test_what_the_code_asks_for_and_the_ledger_covers_is_granted_and_nothing_else(tmp_path: Path) -> None:
    iam = compiled(tmp_path, {"a.py": script(SONNET, OPUS)}, [line("a.py", "claude-sonnet-4-6")])
    assert granted(iam) == {"a.py": [(SONNET, "us-east-1")]}
    assert refused(iam) == {("a.py", OPUS): "no allocation in the ledger"}
    assert iam.complete
    (document,) = iam.roles
    text = compact(document.body)
    assert "opus" not in text
    assert {r for s in document.body["Statement"] if s["Effect"] == "Allow" for r in s["Resource"]} == {
        f"arn:aws:bedrock:us-east-1:111122223333:inference-profile/{SONNET}",
        *(
            f"arn:aws:bedrock:{r}::foundation-model/anthropic.claude-sonnet-4-6"
            for r in ("us-east-1", "us-east-2", "us-west-2")
        ),
    }


def test_without_an_allocation_the_policy_says_no_to_everything(tmp_path: Path) -> None:
    iam = compiled(tmp_path, {"a.py": script(SONNET)}, [])
    assert granted(iam) == {"a.py": []}
    assert not [s for s in iam.roles[0].body["Statement"] if s["Effect"] == "Allow"]
    assert {"Sid": "NoOtherModel", "Effect": "Deny", "Resource": "*"}.items() <= iam.roles[0].body["Statement"][
        0
    ].items()


@pytest.mark.parametrize(
    "more", [{"limit": 0}, {"expires": "2026-11-24"}, {"provider": "anthropic"}, {"account": "prod"}]
)
def test_an_allocation_that_does_not_hold_grants_nothing(tmp_path: Path, more: dict[str, object]) -> None:
    iam = compiled(tmp_path, {"a.py": script(SONNET)}, [line("a.py", "claude-sonnet-4-6", **more)])
    assert granted(iam) == {"a.py": []}


def test_an_id_that_bedrock_does_not_have_is_refused_and_the_right_one_named(tmp_path: Path) -> None:
    iam = compiled(tmp_path, {"a.py": script("us.anthropic.claude-opus-4-6")}, [line("a.py", "claude-opus-4-6")])
    (why,) = refused(iam).values()
    assert why.startswith('no such profile or model of Bedrock is known; Bedrock has "us.anthropic.claude-opus-4-6-v1"')
    assert not iam.complete


@pytest.mark.parametrize(
    ("asked", "why"),
    [
        ("eu.anthropic.claude-sonnet-4-6", "from us-east-1 this profile can't be asked, only from eu-central-1"),
        ("anthropic.claude-sonnet-4-6", "in us-east-1 it is not served by its own id, only in eu-west-2"),
        ("us-gov.anthropic.claude-sonnet-4-6", "no such profile or model of Bedrock is known"),
    ],
)
def test_a_route_that_is_not_known_is_refused(tmp_path: Path, asked: str, why: str) -> None:
    iam = compiled(tmp_path, {"a.py": script(asked)}, [line("a.py", "claude-sonnet-4-6")])
    assert granted(iam) == {"a.py": []}
    assert refused(iam)["a.py", asked].startswith(why)
    assert not iam.complete


def test_a_global_profile_also_gets_the_model_without_a_region(tmp_path: Path) -> None:
    name = "global.anthropic.claude-haiku-4-5-20251001-v1:0"
    iam = compiled(tmp_path, {"a.py": script(name)}, [line("a.py", "claude-haiku-4-5")])
    statements = {s["Sid"]: s for s in iam.roles[0].body["Statement"]}
    assert statements["Profile1Global"]["Resource"] == [
        "arn:aws:bedrock:::foundation-model/anthropic.claude-haiku-4-5-20251001-v1:0"
    ]
    assert statements["Profile1Global"]["Condition"]["StringEquals"] == {"aws:RequestedRegion": "unspecified"}


def test_a_consumer_without_a_known_account_is_refused(tmp_path: Path) -> None:
    settings = Settings(regions=("us-east-1",))
    iam = compiled(tmp_path, {"a.py": script(SONNET)}, [line("a.py", "claude-sonnet-4-6")], settings)
    assert not iam.roles
    assert refused(iam)["a.py", "its role"].startswith("the id of its AWS account is not known: iam.account")


def test_two_consumers_of_one_role_get_one_policy_and_are_told_of(tmp_path: Path) -> None:
    files = {"a.py": script(SONNET), "b.py": script(OPUS)}
    iam = compiled(tmp_path, files, [line("a.py", "claude-sonnet-4-6"), line("b.py", "claude-opus-4-6")])
    assert granted(iam) == {"a.py+b.py": [(OPUS, "us-east-1"), (SONNET, "us-east-1")]}
    assert iam.grants.shared == (("jobs", ("a.py", "b.py")),)


def test_an_allocated_model_that_no_code_names_needs_its_id(tmp_path: Path) -> None:
    lines = [line("a.py", "claude-sonnet-4-6"), line("a.py", "claude-opus-4-6")]
    iam = compiled(tmp_path, {"a.py": script(SONNET)}, lines)
    assert refused(iam)["a.py", "claude-opus-4-6"].startswith("no code names it")
    settings = Settings(**{**_fields(HOME), "models": {"claude-opus-4-6": (OPUS,)}})
    iam = compiled(tmp_path, {"a.py": script(SONNET)}, lines, settings)
    assert granted(iam) == {"a.py": [(OPUS, "us-east-1"), (SONNET, "us-east-1")]}


def _fields(settings: Settings) -> dict[str, object]:
    return {name: getattr(settings, name) for name in Settings.__dataclass_fields__}


def test_who_asks_a_proxy_gets_nothing_and_the_proxy_what_they_may(tmp_path: Path) -> None:
    text = "from openai import OpenAI\n"
    text += f'OpenAI(base_url="http://proxy").chat.completions.create(model="bedrock/{SONNET}", messages=[])\n'
    settings = Settings(**{**_fields(HOME), "proxy": "litellm"})
    iam = compiled(tmp_path, {"a.py": text}, [line("a.py", "claude-sonnet-4-6")], settings)
    assert granted(iam) == {"the proxy": [(SONNET, "us-east-1")]}
    assert iam.grants.grants[0].role == "litellm"
    assert iam.grants.proxied == (("a.py", f"bedrock/{SONNET}"),)


def test_own_profiles_carry_the_tags_that_the_policy_asks_for(tmp_path: Path) -> None:
    lines = [line("a.py", "claude-sonnet-4-6", owner="@search")]
    iam = compiled(tmp_path, {"a.py": script(SONNET)}, lines, with_profiles=True)
    (profile,) = iam.profiles
    tags = {t["key"]: t["value"] for t in profile.request()["tags"]}
    assert tags == {
        "modelguard:consumer": "a.py",
        "modelguard:model": "claude-sonnet-4-6",
        "modelguard:owner": "@search",
    }
    own = next(s for s in iam.roles[0].body["Statement"] if s["Sid"] == "OwnProfiles")
    assert own["Condition"] == {"StringEquals": {"aws:ResourceTag/modelguard:consumer": tags["modelguard:consumer"]}}


def many(count: int) -> tuple[dict[str, str], list[dict[str, object]], Settings]:
    """Scripts that each call some eight models, all allocated."""
    profiles = sorted(p for p, source in table().routes if source == "us-east-1" and p.startswith("us."))
    files, lines = {}, []
    for number in range(count):
        mine = profiles[number * 8 : number * 8 + 8]
        files[f"s{number}.py"] = script(*mine)
        lines.append(line(f"s{number}.py", "*"))
    roles = tuple((f"s{n}.py", f"role-{n}") for n in range(count))
    return files, lines, Settings(regions=("us-east-1",), account="111122223333", roles=roles)


def test_what_does_not_fit_one_control_policy_is_split_by_role(tmp_path: Path) -> None:
    files, lines, settings = many(6)
    iam = compiled(tmp_path, files, lines, settings)
    names = [d.name.rsplit("-", 1)[-1] for d in iam.control]
    assert names[0] == "doors"
    assert names[-1] == "others"
    assert len(names) >= 4
    assert all(len(json.dumps(d.body, separators=(",", ":"))) == d.size <= MAX_SCP for d in iam.control)
    assert all(len(json.dumps(d.body, separators=(",", ":"))) == d.size <= MAX_MANAGED for d in iam.roles)
    assert {d.name for d in iam.roles} >= {"modelguard-s0.py", "modelguard-s0.py-2"}
    assert not [r for r in iam.refusals if r.model == "its policy"]


def test_a_split_needs_to_know_the_roles(tmp_path: Path) -> None:
    files, lines, _ = many(6)
    iam = compiled(tmp_path, files, lines, Settings(regions=("us-east-1",), account="111122223333"))
    why = refused(iam)["account 111122223333", "its service control policy"]
    assert "the role of s0.py, s1.py" in why
    assert not iam.complete


def test_the_decision_is_that_of_the_guard(tmp_path: Path) -> None:
    """One ledger, one answer: a default above zero lets through here as it does there."""
    ledger = parse_ledger(b"version: 1\ndefault: 3\n", "budgets.yaml")
    (tmp_path / "a.py").write_text(script(SONNET))
    assert ledger.default == Decimal(3)
    tree = analyse(open_working(tmp_path))
    iam = compile_iam(ledger, tree, HOME, table(), Prices(), ON, with_profiles=False)
    assert granted(iam) == {"a.py": [(SONNET, "us-east-1")]}
