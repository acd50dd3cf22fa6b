"""What rules may ask: for each kind of subject its facts, with their types and meaning. Conditions are checked by this.

A fact that is unknown is left out of a subject, never guessed: a condition that needs it must ask the fact beside it
first (`cost.known && …`), or it raises, and that is a finding about the rule. docs/rules.md is made from this table.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, Final, Literal

Type = Literal["text", "whole", "number", "truth", "texts"]
"""CEL's string, int, double, bool and list(string)."""


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of subject: what one is, and its facts as {name: (type, meaning)}."""

    about: str
    facts: Mapping[str, tuple[Type, str]]


_WHO: dict[str, tuple[Type, str]] = {
    "users": ("whole", "how many consumers use it, fallbacks that something sets over left out"),
    "names": ("whole", "how many names those have: one deployed for two stages has one"),
    "instances": ("whole", "how many instances those are, copies by for_each and count included"),
    "readers": ("texts", "the names of those consumers"),
    "platforms": ("texts", "what they run as: lambda, kubernetes/Deployment, step …"),
    "accounts": ("texts", "the accounts they run in, where known; of those for which it is more than possible"),
    "stages": ("texts", "the stages they are deployed for, likewise"),
    "online": ("whole", "how many of them answer requests (Deployments, functions, services)"),
    "offline": ("whole", "how many of them run as jobs (pipeline steps, CronJobs, tasks)"),
}

KINDS: Final[Mapping[str, Kind]] = MappingProxyType(
    {
        "field": Kind(
            "a place where a person would edit which model is called",
            {
                "name": ("text", "its name, llm.model"),
                "path": ("text", "its file"),
                "value": ("text", 'its value as written, "" where it is not known'),
                "role": ("text", '"route" for a gateway\'s route, else ""'),
                "sites": ("whole", "reads and calls in code that take it, reached by an entry point or not"),
                "held": ("whole", "consumers that have it in their environment and do not read it"),
                "default_for": ("text", 'the deployed value that this default in code differs from, else ""'),
                "overrides": ("text", 'the field that it repeats by name and does not set, else ""'),
                "in_code": ("truth", "whether it is a literal in a program"),
                "sure": ("whole", "names of consumers that it decides for, those where it is only possible left out"),
                **_WHO,
            },
        ),
        "token": Kind(
            "a credential for a provider or proxy",
            {
                "name": ("text", "its name or reference; its value is nowhere"),
                "path": ("text", "the file where a person would look first"),
                "binding": ("text", "literal, deploy-time, runtime or unknown"),
                "binding_words": ("text", "the same in words"),
                "store": ("text", "where it is kept: terraform, kubernetes, secretsmanager …"),
                "holding": ("whole", "consumers that use it or only have it in their environment"),
                "holders": ("whole", "instances of those: what rotating it touches"),
                "master": ("truth", "whether it is a proxy's master key"),
                "in_tests": ("truth", "whether it stands in tests, examples or fixtures"),
                "services": ("whole", "consumers that use it and are no proxy, test or example"),
                "instances_word": ("text", "`Lambdas in 2 accounts`, for messages"),
                **_WHO,
            },
        ),
        "model": Kind(
            "a model that consumers reach through a field",
            {
                "name": ("text", "its canonical name"),
                "raw": ("text", "the name as written"),
                "provider": ("text", 'who bills for it, "" where the name does not say'),
                "region": ("text", 'a geography or region, "" where the name does not say'),
                "known": ("truth", "whether a price table or the catalogue has it"),
                "aliased": ("truth", "whether it is a name that a gateway outside this tree may answer to"),
                "priced": ("truth", "whether it has a price; your own prices count"),
                "floating": ("truth", "whether the name means another version from time to time (-latest, no version)"),
                "deprecated": ("truth", "whether its provider has announced its end, or a successor"),
                "retires": ("text", 'the day it is turned off (2027-01-31), "" where none is known'),
                "days_left": ("whole", "days until then, negative after it; only with `retires`"),
                "hard_coded": ("truth", "whether it is a literal in a call"),
                "context_known": ("truth", "whether the model's context window and the inputs' size are known"),
                "context": ("whole", "the context window, in tokens"),
                "tokens_in": ("number", "a measured call's mean input, in tokens"),
                "quota_known": ("truth", "whether a quota is declared for it and its peak hour is measured"),
                "quota": ("number", "requests a minute by the quotas in modelguard.yaml; tokens where it gives those"),
                "peak": ("number", "the busiest measured hour's mean minute, in the same unit"),
                "quota_unit": ("text", "requests or tokens"),
                **_WHO,
            },
        ),
        "consumer": Kind(
            "something that runs",
            {
                "name": ("text", "its name"),
                "platform": ("text", "what it runs as"),
                "account": ("text", 'its account, "" where not known'),
                "stage": ("text", 'its stage, "" where not known'),
                "instances": ("whole", "copies by for_each and count"),
                "models": ("texts", "canonical names of the models it reaches"),
                "fallbacks": ("texts", "models that a gateway stands in with, where those fail"),
                "fallbacks_unfunded": ("texts", "those of them that the ledger allocates nothing for"),
                "serving": ("text", 'online, offline, or "" where its platform does not say'),
                "owner": ("text", 'whom to ask, by the ledger or CODEOWNERS, else ""'),
                "requests_known": ("truth", "whether its requests are measured"),
                "requests": ("number", "requests on a mean day"),
                "cached": ("truth", "whether a part of them is answered from a cache"),
                "cache_known": ("truth", "whether the usage says so"),
                "usd_known": ("truth", "whether what it spends is measured"),
                "usd": ("number", "USD on a mean day"),
            },
        ),
        "call": Kind(
            "a place in code that spends",
            {
                "name": ("text", "the enclosing function"),
                "path": ("text", "its file"),
                "api": ("text", "what is called, openai.chat.completions"),
                "readers": ("texts", "consumers that reach it"),
                "users": ("whole", "how many those are"),
                "models": ("texts", "canonical names of the models it may call"),
            },
        ),
        "change": Kind(
            "a field that says another model than in the base, and whom that moves",
            {
                "field": ("text", "its name"),
                "path": ("text", "its file"),
                "from": ("text", 'canonical name of the model before, "none" for a new reader'),
                "to": ("text", 'canonical name of the model after, "none" where it is gone'),
                "users": ("whole", "consumers that it moves"),
                "price_known": ("truth", "whether both models have a price"),
                "price_ratio": ("number", "output price after ÷ before"),
                "provider_moved": ("truth", "whether another provider bills"),
                "region_moved": ("truth", "whether it runs in another geography"),
                "region_from": ("text", "the geography before"),
                "region_to": ("text", "the geography after"),
                "cold_known": ("truth", "whether the first day is known and a cache is in front"),
                "cold_usd": ("number", "USD that the first day costs beyond a steady one"),
                "cold_ratio": ("number", "the first day's cost ÷ the steady day's"),
                "cached": ("texts", "consumers whose response cache goes cold"),
                "grace": ("truth", "whether the ledger has a grace period for all of them"),
            },
        ),
        "spend": Kind(
            "the consumers of one change that the ledger gives the same answer to",
            {
                "verdict": ("text", "covered, missing, exceeded or unknown"),
                "to": ("text", "the model's name as written"),
                "to_name": ("text", "its canonical name"),
                "consumers": ("text", "their names"),
                "owners": ("text", "whom to ask"),
                "steady_known": ("truth", "whether all their steady days are known"),
                "steady": ("number", "USD on a steady day, together"),
            },
        ),
        "allocation": Kind(
            "a line of the ledger",
            {
                "consumer": ("text", "name or pattern"),
                "model": ("text", "name or pattern"),
                "owner": ("text", 'its owner, else ""'),
                "expires": ("text", 'the day it ends, else ""'),
                "expired": ("truth", "whether that day is past"),
                "days_left": ("whole", "days until then, negative after it; only with `expires`"),
                "per_day": ("number", "USD a day"),
                "matches": ("whole", "consumers of the tree that it means"),
                "uses": ("whole", "of those, how many reach its model"),
                "break_glass": ("truth", "whether it is short and for an emergency"),
            },
        ),
        "raise": Kind(
            "an allocation that a change adds, raises or prolongs",
            {
                "consumer": ("text", "name or pattern"),
                "model": ("text", "name or pattern"),
                "before": ("number", "USD a day before"),
                "after": ("number", "USD a day after"),
                "owner": ("text", "its owner, or words for none"),
                "owned": ("truth", "whether it names an owner"),
                "funds_change": ("truth", "whether the same change moves a consumer to what it pays for"),
                "review_known": ("truth", "whether the pull request's reviews were given (--review)"),
                "author": ("text", "who opened the pull request"),
                "approvers": ("texts", "who approved its last commit"),
                "self_approved": ("truth", "whether the owner is the author, and no other owner approved"),
                "approved": ("truth", "whether an owner other than the author approved"),
            },
        ),
        "cap": Kind(
            "a ceiling over allocations",
            {
                "owner": ("text", 'its owner, else ""'),
                "total": ("number", "USD a day that the allocations under it add up to"),
                "limit": ("number", "USD a day"),
                "together": ("number", "the same with the raises of other open changes (--other-change)"),
                "others": ("texts", "the other open changes that raise allocations under it"),
            },
        ),
        "ledger": Kind(
            "budgets.yaml as a whole",
            {
                "exists": ("truth", "whether there is one"),
                "fields": ("whole", "fields of the tree"),
                "default": ("number", "USD a day for what is not listed"),
            },
        ),
        "gateway": Kind(
            "a LiteLLM proxy's configuration file",
            {
                "path": ("text", "its file"),
                "routes": ("texts", "the names that clients may ask for"),
                "wildcards": ("texts", "those that stand for any model"),
                "unpriced": ("texts", "routes to models without a price: budgets never trip on them"),
                "group_wildcards": ("texts", "access groups whose routes are wildcards"),
                "master_key": ("truth", "whether it has a master key, so that clients need keys"),
                "budget": ("truth", "whether any budget is set in it"),
                "keys_elsewhere": ("truth", "whether keys are made at run time, in a database or by custom code"),
                "cache": ("truth", "whether responses are cached"),
                "clients": ("whole", "consumers of the tree that use tokens for it, where that is known"),
            },
        ),
        "key": Kind(
            "a key, team or user of a LiteLLM proxy that the tree declares, or the defaults for new ones",
            {
                "name": ("text", "its alias, or what it is"),
                "path": ("text", "its file"),
                "models": ("texts", "the models it may call"),
                "models_given": ("truth", "whether it lists models at all"),
                "all_models": ("truth", "whether it may call every model: an empty list, * or all-proxy-models"),
                "wildcards": ("texts", "patterns among its models"),
                "budget_given": ("truth", "whether it has a budget"),
                "budget": ("number", "USD by its budget"),
            },
        ),
        "live": Kind(
            "a difference between the keys of a running proxy and the ledger, with `check --live`",
            {
                "kind": ("text", "create, update, block, orphan, blocked, gone or master-key"),
                "consumer": ("text", 'whose key it is, "" where it is nobody\'s'),
                "key": ("text", "its alias, or the start of its hash"),
                "what": ("text", "the difference in words"),
                "excess": ("truth", "whether the key may do more than the ledger says"),
            },
        ),
        "usage": Kind(
            "the usage rollup",
            {
                "until": ("text", "its last day"),
                "age": ("whole", "days since then"),
                "exists": ("truth", "whether there is one"),
            },
        ),
        "unresolved": Kind(
            "something that could not be determined",
            {
                "kind": ("text", "model, token, entry-point or value"),
                "why": ("text", "the reason"),
                "path": ("text", "its file"),
                "lost": ("truth", "whether the change did it: in the base a model was known here"),
                "had": ("texts", "models that its consumer reached in the base, where it reaches none now"),
            },
        ),
        "gap": Kind(
            "a file that could not be read",
            {
                "path": ("text", "the file"),
                "why": ("text", "the reason"),
                "was_read": ("truth", "whether the base could be read: the change broke it, or made it too large"),
                "fields": ("whole", "fields and tokens that stood in it in the base"),
            },
        ),
        "setting": Kind(
            "something that decides what the gate says, and that a change touches",
            {
                "what": ("text", "configuration, policy, baseline, suppression, usage, ledger, owners, workflow …"),
                "path": ("text", "its file"),
                "effect": ("text", "what becomes of it"),
            },
        ),
        "suppression": Kind(
            "an ignore comment or an entry of the baseline",
            {
                "rules": ("text", "the rules it names"),
                "reason": ("text", 'its reason, "" where there is none'),
                "expired": ("truth", "whether it has ended"),
                "expires": ("text", "the day it ends, else \"\""),
                "matches": ("whole", "findings that it covers"),
                "unknown": ("text", 'what is no rule among them, with the nearest, else ""'),
                "where": ("text", "comment or baseline"),
                "problem": ("text", 'why it does not count, "" where it does'),
            },
        ),
    }
)  # fmt: skip

THRESHOLDS: Final[Mapping[str, tuple[Type, float, str]]] = MappingProxyType(
    {
        "usage_age_days": ("whole", 30, "days after which usage is old"),
        "expires_in_days": ("whole", 14, "days before an allocation's end from which it is told"),
        "retires_in_days": ("whole", 90, "days before a model is turned off from which it is told"),
        "dearer": ("number", 3.0, "how many times the price makes a model much dearer"),
        "cold_usd": ("number", 20.0, "USD beyond a steady day from which a cold first day is told"),
        "cold_ratio": ("number", 2.0, "times a steady day from which a cold first day is told"),
        "high_volume": ("number", 10000.0, "requests a day from which a consumer should have a cache"),
        "context_share": ("number", 0.8, "share of the context window that a mean input may fill"),
        "quota_share": ("number", 1.0, "share of a declared quota that the peak may fill"),
    }
)
"""Thresholds that modelguard.yaml may set, as (type, default, meaning); rules ask for `threshold.NAME`."""


def coerced(kind: Type, value: Any) -> Any:
    """A fact as CEL takes it. Raises TypeError where it is something else."""
    if kind == "texts":
        if not isinstance(value, (list, tuple)) or not all(isinstance(v, str) for v in value):
            raise TypeError("a list of texts")
        return list(value)
    if kind == "number":
        if isinstance(value, bool) or not isinstance(value, (int, float)):
            raise TypeError("a number")
        return float(value)
    wanted: dict[str, type] = {"text": str, "whole": int, "truth": bool}
    if not isinstance(value, wanted[kind]) or (kind == "whole" and isinstance(value, bool)):
        raise TypeError({"text": "a text", "whole": "a whole number", "truth": "true or false"}[kind])
    return value
