"""The policy: what the ledger says becomes what may be called, by every name that leads there; the file can't be altered."""

from __future__ import annotations

import json
from datetime import date

import msgspec
import pytest

from modelguard.budget.ledger import parse_ledger
from modelguard.cost.prices import Prices
from modelguard.enforce.compile import Compiled, compile_policy
from modelguard.enforce.fingerprint import fingerprint, new_key, parse_keys
from modelguard.enforce.policy import Deciding, Policy, as_document, read_policy
from modelguard.enforce.proxy_config import read_proxy_config
from modelguard.errors import InputError
from modelguard.graph.model import Graph
from modelguard.schemas.load import schema

ON = date(2026, 11, 25)
CONFIG = b"""
model_list:
  - {model_name: fast, litellm_params: {model: openai/gpt-4o-mini}, model_info: {id: dep-1}}
  - {model_name: smart, litellm_params: {model: bedrock/us.anthropic.claude-opus-4-6-v1}}
  - {model_name: mixed, litellm_params: {model: openai/gpt-4o-mini}}
  - {model_name: mixed, litellm_params: {model: openai/gpt-4o}}
  - {model_name: secret, litellm_params: {model: os.environ/MODEL}}
  - {model_name: odd, litellm_params: {model: openai/nobody-knows-this-9}}
  - {model_name: "bedrock/*", litellm_params: {model: "bedrock/*"}}
router_settings:
  model_group_alias: {prod: fast, hidden: {model: smart, hidden: true}}
  fallbacks: [{fast: [smart]}]
litellm_settings:
  default_fallbacks: [mixed]
general_settings:
  pass_through_endpoints: [{path: /other, target: "http://x"}]
"""
LEDGER = """
version: 1
allocations:
  - {consumer: api, model: gpt-4o-mini, limit: 10, per: day, first_day: 25, max_output: 500}
  - {consumer: api, model: "claude-*", limit: 3, per: week, expires: 2026-11-01}
  - {consumer: api, model: nobody-knows-this-9, limit: 3, per: week}
  - {consumer: "team-*", model: "*", limit: 30, per: month, owner: "@t"}
  - {consumer: team-a, model: claude-opus-4-6, limit: 0, per: day}
  - {consumer: team-a, model: gpt-4o, limit: 1, per: day}
consumers:
  - {consumer: "team-*", grace: never, cache: own}
grace:
  - {consumer: api, from: claude-sonnet-4-6, to: claude-opus-4-6, starts: "2026-12-01T09:00Z", hours: 48,
     refresh: {per_minute: 6, usd: 4}}
"""


def compiled(ledger: str = LEDGER, config: bytes = CONFIG, keys: bytes = b"version: 1\n") -> Compiled:
    return compile_policy(
        parse_ledger(ledger.encode(), "budgets.yaml"),
        Graph(),
        read_proxy_config(config, "proxy.yaml"),
        parse_keys(keys),
        Prices(),
        ON,
    )


def test_every_name_that_reaches_an_allocated_model_and_no_other() -> None:
    policy = compiled().policy
    (api, team) = policy.consumers
    assert [(a.name, a.partial) for a in api.allowed] == [
        ("dep-1", False), ("fast", False), ("mixed", True), ("openai/gpt-4o-mini", False), ("prod", False),
    ]  # fmt: skip
    # A limit of 0 on the more specific line takes Opus away again; what has no price is in nobody's list.
    assert {a.name for a in team.allowed} == {
        "dep-1", "fast", "mixed", "openai/gpt-4o-mini", "openai/gpt-4o", "prod",
    }  # fmt: skip
    assert not any(a.partial for a in team.allowed)


def test_decisions_follow_the_most_specific_line_that_holds() -> None:
    deciding = Deciding(compiled().policy)
    api, team = deciding.policy.consumers
    opus = "bedrock/us.anthropic.claude-opus-4-6-v1"
    assert deciding.decide(api, opus, ON).why == "expired"
    assert deciding.decide(api, opus, date(2026, 11, 1)).allowed
    assert deciding.decide(api, "openai/nobody-knows-this-9", ON).why == "unpriced"
    assert deciding.decide(api, "openai/gpt-4o", ON).why == "unallocated"
    assert deciding.decide(team, opus, ON).why == "unallocated"
    allocation = deciding.decide(team, "openai/gpt-4o", ON).allocation
    assert allocation is not None and allocation.per == "day"


def test_what_is_billed_by_something_else_than_tokens_is_unpriced() -> None:
    config = b"model_list: [{model_name: rank, litellm_params: {model: cohere/rerank-v3.5}}]"
    deciding = Deciding(compiled(config=config).policy)
    team = deciding.policy.consumers[1]
    decision = deciding.decide(team, "cohere/rerank-v3.5", ON)
    assert (decision.why, decision.model.units) == ("unpriced", ("query",))
    assert not team.allowed


def test_names_are_resolved_as_the_router_does() -> None:
    deciding = Deciding(compiled().policy)
    assert deciding.served("prod") == ("openai/gpt-4o-mini",)
    assert deciding.served("hidden") == ("bedrock/us.anthropic.claude-opus-4-6-v1",)
    assert deciding.served("bedrock/us.amazon.nova-pro-v1:0") == ("bedrock/us.amazon.nova-pro-v1:0",)
    assert deciding.served("secret") == ()
    assert deciding.served("gpt-4o") == ()
    names = {n.name: n for n in deciding.policy.names}
    assert names["prod"].fallbacks == ("smart",)
    assert names["smart"].fallbacks == ("mixed",)
    assert deciding.policy.pass_through == ("/other",)


def test_a_default_is_an_allocation_of_each_model() -> None:
    deciding = Deciding(
        compiled("version: 1\ndefault: 2\nallocations: [{consumer: x, model: y, limit: 1, per: day}]").policy
    )
    decision = deciding.decide(deciding.policy.consumers[0], "openai/gpt-4o", ON)
    assert decision.allowed and decision.allocation is not None and decision.allocation.limit == 2


def test_what_the_file_says_is_what_was_compiled() -> None:
    policy = compiled().policy
    data = json.dumps(as_document(policy)).encode()
    assert read_policy(data, "p.json") == policy
    from jsonschema import Draft202012Validator

    Draft202012Validator(schema("enforce")).validate(json.loads(data))


@pytest.mark.parametrize(
    "harm",
    [
        lambda d: d[: len(d) // 2],
        lambda d: d.replace(b'"10"', b'"1000"'),
        lambda d: d.replace(b'"gpt-4o-mini"', b'"*"'),
        lambda d: d.replace(b'"mode"', b'"mood"'),
        lambda d: d.replace(b"enforce/1", b"enforce/2"),
        lambda d: b"",
        lambda d: b"[]",
        lambda d: b"null",
    ],
)
def test_an_altered_file_is_refused(harm: object) -> None:
    data = json.dumps(as_document(compiled().policy)).encode()
    altered = harm(data)  # type: ignore[operator]
    assert altered != data
    with pytest.raises(InputError):
        read_policy(altered, "p.json")


def test_keys_are_fingerprints_of_one_owner() -> None:
    key = new_key()
    keys = f"version: 1\nkeys:\n  - {{consumer: api, fingerprint: '{fingerprint(key)}', alias: api-1}}\n"
    policy = compiled(keys=keys.encode()).policy
    found = Deciding(policy).consumers[fingerprint(key)]
    assert (found[0].name, found[1].alias) == ("api", "api-1")
    assert key not in json.dumps(as_document(policy))
    twice = keys + f"  - {{consumer: team-a, fingerprint: '{fingerprint(key)}'}}\n"
    data = json.dumps(as_document(compiled(keys=twice.encode()).policy)).encode()
    with pytest.raises(InputError, match="one key for two"):
        read_policy(data, "p.json")


def test_a_key_in_place_of_a_fingerprint_is_refused_and_not_shown() -> None:
    key = new_key()
    with pytest.raises(InputError) as error:
        parse_keys(f"version: 1\nkeys: [{{consumer: api, fingerprint: {key}}}]".encode())
    assert key not in str(error.value)


def test_notes_say_what_is_only_known_at_run_time_and_who_has_no_key() -> None:
    told = [(n.kind, n.text) for n in compiled().notes]
    assert ("unknown-model", "secret is served by os.environ/MODEL, known only at run time: refused") in told
    assert ("no-key", "api has an allocation and no key") in told


def test_the_schema_is_that_of_the_records() -> None:
    shown = schema("enforce")
    made = json.loads(json.dumps(msgspec.json.schema(Policy)))
    assert {k: v for k, v in shown.items() if not k.startswith("$id") and k not in ("$schema", "title")} == made
