"""Which key each consumer gets, and the difference to those that a proxy has."""

from __future__ import annotations

import json
from datetime import date
from typing import Any

import pytest
from keyslib import litellm_models

from modelguard.budget.ledger import parse_ledger
from modelguard.cost.prices import Prices
from modelguard.enforce.compile import compile_policy
from modelguard.enforce.fingerprint import KeyEntry, fingerprint
from modelguard.enforce.keys import NOTHING, ROUTES, Keys, keys_of
from modelguard.enforce.keys_plan import Change, plan
from modelguard.enforce.live import parse_live
from modelguard.enforce.proxy_config import read_proxy_config
from modelguard.errors import InputError
from modelguard.graph.model import Graph

ON = date(2026, 11, 25)
PROXY = """\
model_list:
  - {model_name: sonnet, litellm_params: {model: bedrock/us.anthropic.claude-sonnet-4-6}}
  - {model_name: haiku, litellm_params: {model: bedrock/us.anthropic.claude-haiku-4-5-20251001-v1:0}}
  - {model_name: opus, litellm_params: {model: bedrock/us.anthropic.claude-opus-4-6-v1}}
  - {model_name: mixed, litellm_params: {model: bedrock/us.anthropic.claude-haiku-4-5-20251001-v1:0}}
  - {model_name: mixed, litellm_params: {model: bedrock/us.anthropic.claude-opus-4-6-v1}}
  - {model_name: deep, litellm_params: {model: bedrock/us.anthropic.claude-haiku-4-5-20251001-v1:0}}
router_settings:
  model_group_alias: {smart: sonnet}
litellm_settings:
  fallbacks: [{deep: [haiku]}, {haiku: [sonnet]}]
"""


def keys(ledger: str, proxy: str = PROXY) -> Keys:
    config = read_proxy_config(proxy.encode(), "proxy.yaml")
    parsed = parse_ledger(f"version: 1\n{ledger}".encode(), "budgets.yaml")
    return keys_of(compile_policy(parsed, Graph(), config, (), Prices(), ON).policy, ON)


def allocations(*lines: str) -> str:
    return "allocations:\n" + "".join(f"  - {{{line}}}\n" for line in lines)


RAW = "bedrock/us.anthropic.claude-sonnet-4-6"
RAW_HAIKU = "bedrock/us.anthropic.claude-haiku-4-5-20251001-v1:0"
NAMES = [RAW, "smart", "sonnet"]
"""LiteLLM also answers to the name behind a name."""
SONNET = "consumer: api, model: claude-sonnet-4-6, limit: 12, per: day"


def test_a_key_lists_every_name_that_leads_to_what_is_allocated_and_no_other() -> None:
    (wanted,) = keys(allocations(SONNET)).wanted
    assert wanted.models == tuple(NAMES)
    assert wanted.generate(ON) == {
        "key_alias": "modelguard/api",
        "models": NAMES,
        "max_budget": 12.0,
        "budget_duration": "1d",
        "allowed_routes": ["anthropic_routes", "google_routes", "openai_routes"],
        "metadata": {"modelguard": {"consumer": "api"}},
    }


def test_names_that_lead_further_than_the_ledger_are_left_out_with_the_reason() -> None:
    found = keys(allocations("consumer: api, model: claude-haiku-4-5, limit: 1, per: day"))
    # haiku falls back to sonnet; deep to haiku, and so further; mixed is also served by Opus.
    assert found.wanted[0].models == (RAW_HAIKU,)
    assert {n.name: n.why for n in found.left_out} == {
        "haiku": "it falls back to sonnet, which the ledger does not give it",
        "deep": "it falls back to sonnet, which the ledger does not give it",
        "mixed": "it is also served by models that the ledger does not give it",
    }
    both = keys(allocations("consumer: api, model: claude-haiku-4-5, limit: 1, per: day", SONNET))
    assert both.wanted[0].models == (RAW_HAIKU, RAW, "deep", "haiku", "smart", "sonnet")


def test_nothing_allocated_is_no_key_and_never_an_empty_list() -> None:
    found = keys(
        allocations(SONNET.replace("limit: 12", "limit: 0"), "consumer: b, model: nothing-like-it, limit: 1, per: day")
    )
    assert found.without == ("api",)
    assert [w.models for w in found.wanted] == [(NOTHING,)]


@pytest.mark.parametrize(
    ("lines", "budget"),
    [
        ([SONNET], (12, "1d")),
        ([SONNET + ", first_day: 150"], (150, "1d")),
        ([SONNET, "consumer: api, model: claude-opus-4-6, limit: 3, per: day"], (15, "1d")),
        ([SONNET, "consumer: api, model: claude-opus-4-6, limit: 100, per: month"], (472, "1mo")),
        (["consumer: api, model: claude-sonnet-4-6, limit: 7, per: week"], (7, "7d")),
    ],
)
def test_the_budget_holds_all_allocations(lines: list[str], budget: tuple[float, str]) -> None:
    (wanted,) = keys(allocations(*lines)).wanted
    assert (float(wanted.max_budget), wanted.budget_duration) == budget


def test_a_key_ends_with_the_last_of_its_allocations() -> None:
    dated = SONNET + ', expires: "2026-12-01"'
    assert keys(allocations(dated)).wanted[0].generate(ON)["duration"] == "7d"
    open_ended = "consumer: api, model: claude-opus-4-6, limit: 3, per: day"
    assert "duration" not in keys(allocations(dated, open_ended)).wanted[0].generate(ON)
    assert keys(allocations(SONNET + ', expires: "2026-11-24"')).without == ("api",)


def test_the_ledgers_default_is_an_allocation_of_each_model() -> None:
    found = keys("default: 2\n" + allocations("consumer: api, model: claude-sonnet-4-6, limit: 5, per: day"))
    (wanted,) = found.wanted
    assert {"deep", "haiku", "mixed", "opus", "smart", "sonnet"} <= set(wanted.models)
    assert float(wanted.max_budget) == 5 + 2 + 2


def test_litellm_takes_the_requests() -> None:
    types = litellm_models()
    (wanted,) = keys(allocations(SONNET + ', expires: "2026-12-01"')).wanted
    body = wanted.generate(ON)
    request = types.GenerateKeyRequest(**body, key="sk-x")
    assert set(body) <= set(types.GenerateKeyRequest.model_fields)
    assert request.models == NAMES


@pytest.mark.filterwarnings("ignore")
def test_litellm_lets_a_key_use_the_routes_of_calls_and_no_others() -> None:
    types = litellm_models()
    from fastapi import HTTPException
    from litellm.proxy.auth.route_checks import RouteChecks

    (wanted,) = keys(allocations(SONNET)).wanted
    key = types.UserAPIKeyAuth(allowed_routes=wanted.generate(ON)["allowed_routes"])

    def may(route: str) -> bool:
        try:
            return bool(RouteChecks.is_virtual_key_allowed_to_call_route(route=route, valid_token=key))
        except HTTPException as error:
            assert error.status_code == 403
            return False

    calls = ["/v1/chat/completions", "/v1/messages", "/embeddings", "/v1/responses", "/v1beta/models/x:generateContent"]
    assert [r for r in calls if not may(r)] == []
    # Pass-through routes are not held to a key's models; management is the administrator's.
    closed = [
        "/bedrock/model/x/invoke",
        "/vertex_ai/x",
        "/anthropic/v1/messages",
        "/key/generate",
        "/model/new",
        "/config/update",
    ]
    assert [r for r in closed if may(r)] == []


# -- the plan ------------------------------------------------------------------------------------------------------------


def live(*entries: dict[str, Any]) -> bytes:
    return json.dumps(
        {"keys": list(entries), "total_count": len(entries), "current_page": 1, "total_pages": 1}
    ).encode()


def entry(key: str, **more: Any) -> dict[str, Any]:
    """A live key that is as the ledger of these tests has it, but for `more`."""
    base = {
        "token": fingerprint(key)[7:],
        "key_alias": "modelguard/api",
        "models": NAMES[::-1],
        "max_budget": 12.0,
        "budget_duration": "1d",
        "allowed_routes": list(ROUTES),
        "blocked": None,
        "expires": None,
        "spend": 3.5,
        "metadata": {},
        "aliases": {},
        "team_id": None,
    }
    return base | more


def changes(
    *entries: dict[str, Any], known: tuple[KeyEntry, ...] = (), ledger: str = allocations(SONNET)
) -> list[Change]:
    return list(plan(keys(ledger), known, parse_live(live(*entries), "live.json"), ON))


def test_as_the_ledger_has_it_is_no_change() -> None:
    assert changes(entry("sk-one")) == []


def test_a_consumer_without_a_key_gets_one() -> None:
    (change,) = changes()
    assert (change.kind, change.path, change.widens) == ("create", "/key/generate", True)


@pytest.mark.parametrize(
    ("live_key", "body", "words", "widens"),
    [
        ({"models": []}, {"models": NAMES}, "may call every model without an allocation", False),
        ({"models": [*NAMES, "opus"]}, {"models": NAMES}, "may call opus without", False),
        ({"models": NAMES[::2]}, {"models": NAMES}, "may not call smart yet", True),
        ({"max_budget": None}, {"max_budget": 12.0, "budget_duration": "1d"}, "has no budget instead of $12.00", False),
        ({"max_budget": 5.0}, {"max_budget": 12.0, "budget_duration": "1d"}, "$5.00 in 1d instead", True),
        ({"max_budget": 50.0}, {"max_budget": 12.0, "budget_duration": "1d"}, "$50.00 in 1d instead", False),
        ({"allowed_routes": []}, {"allowed_routes": list(ROUTES)}, "may use all routes", False),
        ({"aliases": {"sonnet": "opus"}}, {"aliases": {}}, "has aliases set", False),
        ({"access_group_ids": ["g"]}, {"access_group_ids": []}, "has access_group_ids set", False),
        ({"team_id": "t1"}, {"team_id": None}, "has team_id set", False),
    ],
)
def test_what_differs_is_set_and_nothing_else(
    live_key: dict[str, Any], body: dict[str, Any], words: str, widens: bool
) -> None:
    (change,) = changes(entry("sk-one", **live_key))
    assert (change.kind, change.path) == ("update", "/key/update")
    assert dict(change.body) == {"key": fingerprint("sk-one")[7:], **body}
    assert words in change.what
    assert change.widens is widens
    types = litellm_models()
    assert types.UpdateKeyRequest(**change.body).key == change.body["key"]
    assert set(change.body) <= set(types.UpdateKeyRequest.model_fields)


def test_expiry_is_only_ever_brought_forward() -> None:
    ledger = allocations(SONNET + ', expires: "2026-12-01"')
    (change,) = changes(entry("sk-one"), ledger=ledger)
    assert dict(change.body) == {"key": fingerprint("sk-one")[7:], "duration": "7d"}
    assert changes(entry("sk-one", expires="2026-12-02T00:00:00Z"), ledger=ledger) == []
    assert changes(entry("sk-one", expires="2026-11-28T00:00:00+00:00"), ledger=ledger) == []


def test_a_key_of_a_consumer_without_an_allocation_is_blocked() -> None:
    ledger = allocations(SONNET.replace("limit: 12", "limit: 0"))
    (change,) = changes(entry("sk-one"), ledger=ledger)
    assert (change.kind, change.path, dict(change.body)) == ("block", "/key/block", {"key": fingerprint("sk-one")[7:]})
    assert changes(entry("sk-one", blocked=True), ledger=ledger) == []


def test_what_a_person_blocked_stays_blocked() -> None:
    (change,) = changes(entry("sk-one", blocked=True))
    assert (change.kind, change.path) == ("blocked", "")


def test_keys_of_nobody_are_told_and_left_alone() -> None:
    stranger = entry("sk-two", key_alias="daves-laptop", models=[])
    (change,) = changes(entry("sk-one"), stranger)
    assert (change.kind, change.key, change.path) == ("orphan", "daves-laptop", "")
    assert "may call every model" in change.what
    admin = KeyEntry(fingerprint("sk-two"), None)
    assert changes(entry("sk-one"), stranger, known=(admin,)) == []


def test_a_key_is_its_consumers_by_fingerprint_whatever_it_is_called() -> None:
    known = KeyEntry(fingerprint("sk-two"), "api")
    (change,) = changes(entry("sk-two", key_alias="old name", models=[]), known=(known,))
    assert (change.kind, change.consumer, change.key) == ("update", "api", "old name")


def test_metadata_alone_makes_nobody_an_owner() -> None:
    """Whoever may set metadata could take a consumer's name."""
    claimed = entry("sk-two", key_alias="x", metadata={"modelguard": {"consumer": "api"}})
    assert [c.kind for c in changes(claimed)] == ["create", "orphan"]


def test_a_fingerprint_that_is_gone_is_told() -> None:
    (change,) = changes(entry("sk-one"), known=(KeyEntry(fingerprint("sk-old"), "api", "old"),))
    assert (change.kind, change.key) == ("gone", "old")


def test_what_narrows_comes_first() -> None:
    ledger = allocations(
        SONNET, "consumer: b, model: claude-opus-4-6, limit: 1, per: day", "consumer: c, model: x, limit: 0, per: day"
    )
    found = changes(
        entry("sk-c", key_alias="modelguard/c"),
        entry("sk-wide", models=[]),
        ledger=ledger,
    )
    assert [(c.kind, c.consumer) for c in found] == [("block", "c"), ("update", "api"), ("create", "b")]


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"{}",
        b'{"keys": ["abc"]}',
        b'{"keys": [{"token": "short"}]}',
        b'{"keys": 3}',
        b"[[]]",
        b'{"keys": [{"models": []}]}',
    ],
)
def test_what_lists_no_keys_is_told(data: bytes) -> None:
    with pytest.raises(InputError, match=r"live\.json: this lists no keys"):
        parse_live(data, "live.json")
