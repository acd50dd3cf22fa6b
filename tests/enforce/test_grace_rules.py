"""Grace without a proxy: whose answer an entry is, which names the old model had, when a window ends."""

from __future__ import annotations

import asyncio
from datetime import date
from pathlib import Path

import pytest

from modelguard.budget.ledger import parse_ledger
from modelguard.cost.prices import Prices
from modelguard.enforce.calls import Call
from modelguard.enforce.compile import compile_policy
from modelguard.enforce.grace import MARK, Graces, Progress, made_by, old_names, origin, report
from modelguard.enforce.policy import Deciding, Grace, Refresh
from modelguard.enforce.proxy_config import read_proxy_config
from modelguard.enforce.routes import Route
from modelguard.enforce.store_sqlite import SqliteStore
from modelguard.errors import InputError
from modelguard.graph.model import Graph

RULE = Grace("r", "api", "claude-sonnet-4-6", "claude-opus-4-6", 1000, 2000, Refresh(60))


@pytest.mark.parametrize(
    ("entry", "response", "wanted"),
    [
        ({MARK: "claude-opus-4-6", "timestamp": 1}, {"model": "claude-sonnet-4-6"}, "new"),
        ({MARK: "claude-sonnet-4-6", "timestamp": 5000}, None, "old"),
        ({"timestamp": 5000}, {"model": "us.anthropic.claude-sonnet-4-6"}, "old"),
        ({"timestamp": 1}, {"model": "anthropic/claude-opus-4-6"}, "new"),
        # An answer that says some alias, or nothing, is of whichever model the name then meant.
        ({"timestamp": 999}, {"model": "prod"}, "old"),
        ({"timestamp": 1001}, {"model": "prod"}, "new"),
        ({"timestamp": 999}, None, "old"),
        ({}, None, "new"),
    ],
)
def test_whose_answer_an_entry_is(entry: dict[str, object], response: object, wanted: str) -> None:
    assert origin(RULE, entry, response) == wanted


def test_a_mark_counts_before_what_the_answer_says() -> None:
    assert made_by({MARK: "a"}, {"model": "b"}) == "a"
    assert made_by({}, {"model": "bedrock/us.anthropic.claude-opus-4-6-v1"}) == "claude-opus-4-6"
    assert made_by({}, {"model": ""}) is None


def deciding(config: str, grace: str = "") -> Deciding:
    text = (
        "version: 1\nallocations: [{consumer: api, model: '*', limit: 1, per: day}]\ngrace:\n  - {consumer: api, from:"
        f" claude-sonnet-4-6, to: claude-opus-4-6, starts: 2026-11-25, hours: 24{grace}}}\n"
    )
    proxy = read_proxy_config(config.encode(), "p.yaml")
    ledger = parse_ledger(text.encode(), "budgets.yaml")
    return Deciding(compile_policy(ledger, Graph(), proxy, (), Prices(), date(2026, 11, 25)).policy)


def test_the_old_name_is_found_behind_a_wildcard_that_nothing_names_any_more() -> None:
    found = deciding("model_list: [{model_name: 'bedrock/*', litellm_params: {model: 'bedrock/*'}}]")
    rule = found.policy.grace[0]
    assert old_names(found, rule, "bedrock/us.anthropic.claude-opus-4-6") == ("bedrock/us.anthropic.claude-sonnet-4-6",)


def test_old_names_are_groups_aliases_and_what_the_ledger_says() -> None:
    config = """
model_list:
  - {model_name: sonnet, litellm_params: {model: bedrock/us.anthropic.claude-sonnet-4-6}}
  - {model_name: opus, litellm_params: {model: bedrock/us.anthropic.claude-opus-4-6-v1}}
router_settings: {model_group_alias: {best: opus, plain: sonnet}}
"""
    found = deciding(config, ", names: [was-called-this]")
    names = old_names(found, found.policy.grace[0], "opus")
    assert names[0] == "was-called-this"
    assert set(names[1:]) == {"plain", "sonnet", "bedrock/us.anthropic.claude-sonnet-4-6"}


def test_a_window_is_extended_once_and_only_where_the_cache_is_cold(tmp_path: Path) -> None:
    clock = [1999.0]

    async def go() -> None:
        graces = Graces(SqliteStore(tmp_path / "s.sqlite"), lambda: clock[0])
        rule = Grace("r", "api", "a", "b", 1000, 2000, Refresh(60), at_end="extend")
        assert await graces.ends(rule) == 2000
        clock[0] = 2000
        assert await graces.ends(rule) == 2000  # nothing is known to be cold
        await graces.count(rule, "k", "seen")
        await graces.count(rule, "k", "seen")
        clock[0] = 2010
        assert await graces.ends(rule) == 2500
        clock[0] = 2400
        await graces.count(rule, "k", "warm")
        assert await graces.progress(rule) == Progress(1, 1)
        assert await graces.ends(rule) == 2000
        clock[0] = 2500
        assert clock[0] >= await graces.ends(rule)
        await graces.store.close()

    asyncio.run(go())


def test_what_the_pace_leaves_cold() -> None:
    assert report(RULE, Progress(500, 100), 1700, 2000)["cold_at_end"] == 100
    assert report(RULE, Progress(100, 90), 1700, 2000)["cold_at_end"] == 0


def test_embeddings_have_no_rule(tmp_path: Path) -> None:
    found = deciding("model_list: [{model_name: 'bedrock/*', litellm_params: {model: 'bedrock/*'}}]")
    graces = Graces(SqliteStore(tmp_path / "s.sqlite"), lambda: found.policy.grace[0].starts + 1.0)
    call = Call(Route("spend", "embeddings"), found, consumer=found.policy.consumers[0])
    assert graces.rule(call, "bedrock/us.anthropic.claude-opus-4-6") is None
    call.route = Route("spend", "chat")
    assert graces.rule(call, "bedrock/us.anthropic.claude-opus-4-6") is not None


@pytest.mark.parametrize(
    ("entry", "why"),
    [
        ("from: a, to: a, starts: 2026-11-25, hours: 1", "same model"),
        ("from: a, to: b, starts: tomorrow, hours: 1", "no time"),
        ("from: a, to: b, starts: 2026-11-25, hours: 0", ""),
        ("from: a, to: b, starts: 2026-11-25, hours: 1, kinds: [embeddings]", ""),
        ("from: a, to: b, starts: 2026-11-25, hours: 1, refresh: {usd: 1}", "per_minute"),
    ],
)
def test_a_grace_that_cannot_be_is_told_with_its_line(entry: str, why: str) -> None:
    with pytest.raises(InputError, match=rf"budgets.yaml:3:\d+: .*{why}"):
        parse_ledger(f"version: 1\ngrace:\n  - {{consumer: api, {entry}}}\n".encode(), "budgets.yaml")
