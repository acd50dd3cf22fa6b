"""What there is to judge about a LiteLLM proxy: its configuration file, and the keys, teams and defaults that the tree declares.

Which keys, budgets and allow-lists mean what: https://docs.litellm.ai/docs/proxy/config_settings and
https://docs.litellm.ai/docs/proxy/virtual_keys (read 2026-11-24). An empty `models` list allows every model.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date
from typing import Any

from modelguard.catalog.identity import identify
from modelguard.cost.prices import Prices, Unpriced
from modelguard.extract import litellm_proxy
from modelguard.extract.facts import Expr, Item, Lit, Rec, Seq
from modelguard.extract.yaml_doc import DocumentError, documents
from modelguard.policy.findings import Subject

_DEFAULTS = (
    "default_key_generate_params", "default_internal_user_params", "default_team_params", "upperbound_key_generate_params",
)  # fmt: skip
"""Settings of `litellm_settings` that new keys, users and teams are made with."""
_RESOURCES = {"litellm_key": "key_alias", "litellm_team": "team_alias", "litellm_user": "user_alias"}
"""Terraform resources of LiteLLM's providers, with the attribute that says what they are called."""
_ALL = frozenset({"*", "all-proxy-models", "all-team-models", "*/*"})
GATEWAY_MARK, TERRAFORM_MARK = b"litellm_params", b'"litellm_'
"""What a file must have in it to be worth reading."""


def gateway_subjects(files: Mapping[str, bytes], prices: Prices, on: date) -> Iterator[Subject]:
    """The proxy configurations among these files, and the keys that they and Terraform declare."""
    from modelguard.extract.terraform import extract as read_terraform

    for path, data in sorted(files.items()):
        if path.endswith((".tf", ".tofu")):
            for bind in (b for s in read_terraform(data).scopes for b in s.binds):
                kind, _, name = bind.name.partition(".")
                if kind in _RESOURCES:
                    called = _text(_get(bind.value, _RESOURCES[kind])) or name
                    yield _key(path, called, bind.value, bind.at[0], f"{kind}.{name}")
            continue
        for document in _documents(data):
            if litellm_proxy.recognises(document):
                yield _gateway(path, document, prices, on)
                yield from _defaults(path, document)


def _documents(data: bytes) -> tuple[Expr, ...]:
    try:
        return documents(data)
    except DocumentError:
        return ()  # a file that can't be read is a gap, which has a rule of its own


def _gateway(path: str, document: Expr | None, prices: Prices, on: date) -> Subject:
    routes = _items(_get(document, "model_list"))
    names = [_text(_get(r, "model_name")) for r in routes]
    settings, general = _get(document, "litellm_settings"), _get(document, "general_settings")
    wild = [n for n in names if "*" in n]
    groups = sorted(
        {
            g
            for r, n in zip(routes, names, strict=True)
            if "*" in n
            for g in _texts(_get(_get(r, "model_info"), "access_groups"))
        }
    )
    parts = (settings, general, _get(document, "router_settings"), *(_get(settings, d) for d in _DEFAULTS))
    parts += tuple(_get(r, "litellm_params") for r in routes)
    facts = {
        "path": path,
        "routes": sorted({n for n in names if n}),
        "wildcards": sorted(set(wild)),
        "unpriced": sorted({n for r, n in zip(routes, names, strict=True) if not _is_priced(r, prices, on)}),
        "group_wildcards": groups,
        "master_key": _get(general, "master_key") is not None,
        "budget": any(_has(p, "max_budget") or _has(p, "provider_budget_config") for p in parts),
        "keys_elsewhere": any(_has(general, k) for k in ("database_url", "custom_auth", "store_model_in_db")),
        "cache": _value(_get(settings, "cache")) is True,
        "clients": 0,
    }
    line = _line(_get(document, "model_list"))
    return Subject("gateway", f"gateway:{path}", facts, path, line)


def _is_priced(route: Expr, prices: Prices, on: date) -> bool:
    """Whether a route's model has a price: of its own, by the tables, or none to have for a wildcard."""
    params, info = _get(route, "litellm_params"), _get(route, "model_info")
    model = _text(_get(params, "model"))
    if not model or "*" in model or _has(params, "input_cost_per_token") or _has(info, "input_cost_per_token"):
        return True
    base = _text(_get(info, "base_model"))
    found = [prices.price_of(identify(name), on) for name in (model, base) if name]
    return any(not isinstance(price, Unpriced) for price in found)


def _defaults(path: str, document: Expr | None) -> Iterator[Subject]:
    settings = _get(document, "litellm_settings")
    for name in _DEFAULTS[:3]:
        entry = _get(settings, name)
        if isinstance(entry, Rec):
            yield _key(path, name, entry, entry.at[0], name)


def _key(path: str, name: str, entry: Expr, line: int, key: str) -> Subject:
    models = _get(entry, "models")
    listed = _texts(models)
    budget = _value(_get(entry, "max_budget"))
    facts: dict[str, Any] = {
        "name": name,
        "path": path,
        "models": listed,
        "models_given": models is not None,
        "all_models": (isinstance(models, Seq) and not models.items) or models is None or bool(_ALL & set(listed)),
        "wildcards": [m for m in listed if "*" in m and m not in _ALL],
        "budget_given": isinstance(budget, (int, float)) or _is_reference(_get(entry, "max_budget")),
    }
    if isinstance(budget, (int, float)):
        facts["budget"] = float(budget)
    return Subject("key", f"key:{path}#{key}", facts, path, line, None, (), f"key:{path}#{key}")


# -- expressions -------------------------------------------------------------------------------------------------------


def _get(base: Expr | None, key: str) -> Expr | None:
    if not isinstance(base, Rec):
        return None
    return next((i.value for i in reversed(base.items) if isinstance(i.key, Lit) and i.key.value == key), None)


def _has(base: Expr | None, key: str) -> bool:
    found = _get(base, key)
    return found is not None and not (isinstance(found, Lit) and found.value is None)


def _items(base: Expr | None) -> list[Expr]:
    return [i.value if isinstance(i, Item) else i for i in base.items] if isinstance(base, Seq) else []


def _value(expr: Expr | None) -> object:
    return expr.value if isinstance(expr, Lit) else None


def _text(expr: Expr | None) -> str:
    value = _value(expr)
    return value if isinstance(value, str) else ""


def _texts(expr: Expr | None) -> list[str]:
    return [t for e in _items(expr) if (t := _text(e))]


def _is_reference(expr: Expr | None) -> bool:
    """Whether something other than a literal stands there: a variable, a call."""
    return expr is not None and not isinstance(expr, Lit)


def _line(expr: Expr | None) -> int:
    return expr.at[0] if expr is not None else 1
