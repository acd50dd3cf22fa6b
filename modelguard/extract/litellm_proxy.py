"""LiteLLM proxy configuration: the routes by which a client's model name reaches a provider's model.

Format: `model_list` of {model_name, litellm_params: {model, …}}, `router_settings.model_group_alias` and fallbacks, as LiteLLM's
documentation of the proxy's config.yaml gives them. `*` in a route stands for any text, repeated in the model.
"""

from __future__ import annotations

from collections.abc import Iterator

from modelguard.extract.facts import Expr, Lit, Rec, Route
from modelguard.extract.yaml_doc import get, items, text


def recognises(document: Expr) -> bool:
    """Whether a YAML document is a LiteLLM proxy configuration."""
    return any(get(entry, "litellm_params") is not None for entry in items(get(document, "model_list")))


def routes(document: Expr) -> Iterator[Route]:
    """Every route and alias of the configuration."""
    for entry in items(get(document, "model_list")):
        name, model = get(entry, "model_name"), get(entry, "litellm_params", "model")
        alias = text(name)
        if name is not None and alias is not None and model is not None:
            yield Route(alias, model, model.at, name.at)
    aliases = get(document, "router_settings", "model_group_alias")
    for item in aliases.items if isinstance(aliases, Rec) else ():
        target = item.value if text(item.value) is not None else get(item.value, "model")
        if isinstance(item.key, Lit) and isinstance(item.key.value, str) and target is not None:
            yield Route(item.key.value, target, target.at, item.key.at)
    yield from _fallbacks(document)


_FALLBACKS = {
    "fallbacks": "where it fails",
    "context_window_fallbacks": "where the context is too long for it",
    "content_policy_fallbacks": "where it refuses the content",
}


def _fallbacks(document: Expr) -> Iterator[Route]:
    """`fallbacks: [{name: [other, …]}]` and its kin, in either section; `default_fallbacks` are anybody's."""
    for section in ("router_settings", "litellm_settings"):
        for key, when in _FALLBACKS.items():
            for entry in items(get(document, section, key)):
                for item in entry.items if isinstance(entry, Rec) else ():
                    for target in items(item.value) if isinstance(item.key, Lit) else ():
                        yield Route(str(item.key.value), target, target.at, item.key.at, when)  # type: ignore[union-attr]
        for target in items(get(document, section, "default_fallbacks")):
            yield Route("*", target, target.at, target.at, _FALLBACKS["fallbacks"])
