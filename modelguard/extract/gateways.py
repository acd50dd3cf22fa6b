"""Gateways other than LiteLLM's proxy, in their common form: which name of theirs reaches which model.

MLflow AI Gateway (`endpoints` with a model each), Kong's ai-proxy plugins in declarative configuration, and the routes of
Envoy AI Gateway; each from its own documentation of the file. Portkey's configs are plain documents.
"""

from __future__ import annotations

from collections.abc import Iterator

from modelguard.extract.facts import Expr, Route
from modelguard.extract.yaml_doc import get, items, text

_HEADER = "x-ai-eg-model"
_KONG = frozenset({"ai-proxy", "ai-proxy-advanced"})


def routes(document: Expr) -> Iterator[Route]:
    """The routes of a gateway's file; nothing for any other document."""
    yield from _mlflow(document)
    yield from _kong(document)
    yield from _envoy(document)


def _mlflow(document: Expr) -> Iterator[Route]:
    for endpoint in (*items(get(document, "endpoints")), *items(get(document, "routes"))):
        name, model = get(endpoint, "name"), get(endpoint, "model", "name")
        typed = get(endpoint, "endpoint_type") or get(endpoint, "route_type")
        if typed is not None and name is not None and model is not None and (alias := text(name)) is not None:
            yield Route(alias, model, model.at, name.at)


def _kong(document: Expr) -> Iterator[Route]:
    """A plugin belongs to the route or service that it stands under, or that it names."""
    for service in items(get(document, "services")):
        yield from _plugins(service, get(service, "name"))
        for route in items(get(service, "routes")):
            yield from _plugins(route, get(route, "name") or get(service, "name"))
    for plugin in items(get(document, "plugins")):
        yield from _plugin(plugin, get(plugin, "route") or get(plugin, "service"))


def _plugins(holder: Expr, name: Expr | None) -> Iterator[Route]:
    for plugin in items(get(holder, "plugins")):
        yield from _plugin(plugin, name)


def _plugin(plugin: Expr, name: Expr | None) -> Iterator[Route]:
    alias = text(name) or text(get(name, "name"))
    if text(get(plugin, "name")) not in _KONG or alias is None or name is None:
        return
    targets = items(get(plugin, "config", "targets")) or (get(plugin, "config"),)
    for target in targets:
        model = get(target, "model", "name")
        if model is not None:
            yield Route(alias, model, model.at, name.at)


def _envoy(document: Expr) -> Iterator[Route]:
    if text(get(document, "kind")) != "AIGatewayRoute":
        return
    for rule in items(get(document, "spec", "rules")):
        asked = [
            value
            for match in items(get(rule, "matches"))
            for header in items(get(match, "headers"))
            if text(get(header, "name")) == _HEADER and (value := get(header, "value")) is not None
        ]
        for name in asked:
            for backend in items(get(rule, "backendRefs")) or ((rule,) if rule is not None else ()):
                model = get(backend, "modelNameOverride") or name
                yield Route(text(name) or "?", model, model.at, name.at)
