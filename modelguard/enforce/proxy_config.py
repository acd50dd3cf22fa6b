"""A LiteLLM proxy's configuration as names that clients may ask for: groups, aliases, wildcards, raw models, ids.

Source: LiteLLM's documentation of config.yaml, and `Router` of 1.106–1.108: a client's name is looked up as an alias, a
group (`model_name`), a deployment's id, a deployment's own `litellm_params.model`, then as a wildcard pattern.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from modelguard.enforce.policy import Name
from modelguard.errors import InputError

_FALLBACKS = ("fallbacks", "context_window_fallbacks", "content_policy_fallbacks")


@dataclass(frozen=True, slots=True)
class Deployment:
    """An entry of `model_list`. `raw` is None where it is only known at run time (os.environ/…)."""

    group: str
    raw: str | None
    id: str | None = None
    written: str = ""


@dataclass(frozen=True, slots=True)
class ProxyConfig:
    """What of a configuration decides which names reach which models."""

    path: str
    deployments: tuple[Deployment, ...] = ()
    aliases: tuple[tuple[str, str], ...] = ()
    fallbacks: tuple[tuple[str, str], ...] = ()
    pass_through: tuple[str, ...] = ()
    database: bool = False
    caches: bool = False
    groups: tuple[tuple[str, str], ...] = ()
    """(access group, a name in it): a key that lists the group may ask for the name."""

    @property
    def unknown(self) -> tuple[Deployment, ...]:
        """Deployments whose model is not in the file."""
        return tuple(d for d in self.deployments if d.raw is None)


def read_proxy_config(data: bytes, path: str) -> ProxyConfig | None:
    """The configuration in a YAML file; None where the file is none. Raises InputError for YAML that can't be read."""
    import yaml

    if b"model_list" not in data or b"litellm_params" not in data:
        return None
    try:
        document = yaml.load(data, Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader))  # noqa: S506  # both are safe
    except (yaml.YAMLError, ValueError, RecursionError) as error:
        raise InputError("not YAML that can be read", path=path) from error
    entries = [e for e in _list(_get(document, "model_list")) if isinstance(_get(e, "litellm_params"), Mapping)]
    if not entries:
        return None
    general = _get(document, "general_settings")
    return ProxyConfig(
        path=path,
        deployments=tuple(d for e in entries if (d := _deployment(e)) is not None),
        aliases=tuple(_aliases(document)),
        fallbacks=tuple(_fallbacks(document)),
        pass_through=tuple(
            str(p) for e in _list(_get(general, "pass_through_endpoints")) if (p := _get(e, "path")) is not None
        ),
        database=_get(general, "database_url") is not None,
        caches=bool(_get(_get(document, "litellm_settings"), "cache")),
        groups=tuple(
            (str(group), str(e.get("model_name")))
            for e in entries
            for group in _list(_get(e.get("model_info"), "access_groups"))
        ),
    )


def _deployment(entry: Any) -> Deployment | None:
    name, model = entry.get("model_name"), entry["litellm_params"].get("model")
    if not isinstance(name, str) or not isinstance(model, str):
        return None
    found = _get(entry.get("model_info"), "id")
    known = not model.startswith("os.environ/")
    return Deployment(name, model if known else None, str(found) if found is not None else None, model)


def _aliases(document: Any) -> Iterator[tuple[str, str]]:
    table = _get(_get(document, "router_settings"), "model_group_alias")
    for name, target in table.items() if isinstance(table, Mapping) else ():
        found = target if isinstance(target, str) else _get(target, "model")
        if isinstance(found, str):
            yield str(name), found


def _fallbacks(document: Any) -> Iterator[tuple[str, str]]:
    """(name, the name it goes on to); `*` for anybody's default."""
    for section in ("router_settings", "litellm_settings"):
        for key in _FALLBACKS:
            for entry in _list(_get(_get(document, section), key)):
                for name, targets in entry.items() if isinstance(entry, Mapping) else ():
                    yield from ((str(name), found) for t in _list(targets) if (found := _fallback(t)) is not None)
        for target in _list(_get(_get(document, section), "default_fallbacks")):
            if isinstance(target, str):
                yield "*", target


def _fallback(target: Any) -> str | None:
    found = target if isinstance(target, str) else _get(target, "model")
    return found if isinstance(found, str) else None


def _get(value: Any, key: str) -> Any:
    return value.get(key) if isinstance(value, Mapping) else None


def _list(value: Any) -> Sequence[Any]:
    return value if isinstance(value, list) else ()


def names_of(config: ProxyConfig) -> tuple[Name, ...]:
    """Every name of a configuration, sorted; a group whose model is only known at run time is served by nothing."""
    groups: dict[str, list[str]] = {}
    raws: dict[str, list[str]] = {}
    for deployment in config.deployments:
        served = groups.setdefault(deployment.group, [])
        if deployment.raw is not None and deployment.raw not in served:
            served.append(deployment.raw)
        if deployment.raw is not None and "*" not in deployment.raw:
            raws.setdefault(deployment.raw, [deployment.raw])
    found: dict[str, Name] = {}
    for raw, served in raws.items():
        found[raw] = Name(raw, "raw", tuple(served))
    for deployment in config.deployments:
        if deployment.id is not None and deployment.raw is not None:
            found[deployment.id] = Name(deployment.id, "id", (deployment.raw,))
    for group, served in groups.items():
        found[group] = Name(group, "wildcard" if "*" in group else "group", tuple(served), _next(config, group))
    for alias, target in config.aliases:
        served = groups.get(target, raws.get(target, []))
        found[alias] = Name(alias, "alias", tuple(served), _next(config, alias, target))
    return tuple(found[key] for key in sorted(found))


def _next(config: ProxyConfig, *names: str) -> tuple[str, ...]:
    """Where the configuration goes on to; its default where a name has nothing of its own."""
    own = [target for name, target in config.fallbacks if name in names]
    return tuple(dict.fromkeys(own or [target for name, target in config.fallbacks if name == "*"]))
