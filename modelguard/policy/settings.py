"""The configuration: modelguard.yaml, or [tool.modelguard] of a pyproject.toml. A mistake has its place and the nearest key."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from modelguard.catalog.clients_index import CallSpec, wrapper
from modelguard.cost.apart import KINDS, Apart
from modelguard.cost.prices import Price, Prices
from modelguard.cost.terms import terms_of
from modelguard.errors import InputError
from modelguard.policy.rules import LEVELS, Level, Rule
from modelguard.schemas.load import read_yaml, suggestion, validate

CONFIG = "modelguard.yaml"
PYPROJECT = "pyproject.toml"


@dataclass(frozen=True, slots=True)
class Quota:
    """What a provider allows: requests and tokens a minute for models that fit a pattern; None is not given."""

    model: str
    requests_per_minute: float | None = None
    tokens_per_minute: float | None = None
    account: str | None = None
    region: str | None = None


@dataclass(frozen=True)
class Settings:
    """The configuration as a whole; what is not given has its default."""

    path: str = ""
    prices: Prices = field(default_factory=Prices)
    ledger_of_base: bool = False
    persona: str = "default"
    levels: Mapping[str, str] = field(default_factory=dict)
    fail_on: Level = "error"
    thresholds: Mapping[str, float] = field(default_factory=dict)
    quotas: tuple[Quota, ...] = ()
    wrappers: tuple[CallSpec, ...] = ()
    aliases: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    owners: Mapping[str, str] = field(default_factory=dict)

    def fails(self, level: Level, at: Level | None = None) -> bool:
        """Whether a finding of a level fails the gate; `at` is what the command line says."""
        return LEVELS.index(level) <= LEVELS.index(at or self.fail_on)


def read_settings(config: bytes | None, pyproject: bytes | None = None) -> Settings:
    """The configuration in either file. Raises InputError for what is not valid, and where both have one."""
    from_toml = _toml(pyproject) if pyproject is not None and b"modelguard" in pyproject else None
    if config is not None and from_toml is not None:
        what = f"the configuration is both here and in [tool.modelguard] of {PYPROJECT}"
        raise InputError(what, path=CONFIG, line=1, hint="keep one of them")
    if from_toml is not None:
        return _settings(from_toml, PYPROJECT)
    if config is None:
        return Settings()
    values, _ = read_yaml(config, CONFIG, "config")
    return _settings(values, CONFIG)


def _toml(data: bytes) -> dict[str, Any] | None:
    """The table of a pyproject.toml, valid; None where there is none."""
    try:
        text = data.decode("utf-8-sig")
        table = tomllib.loads(text).get("tool", {}).get("modelguard")
    except (ValueError, RecursionError, AttributeError) as error:
        # Not ours to judge unless it is about us: then silence would drop a configuration.
        if re.search(rb"(?m)^\s*\[\s*tool\s*\.\s*modelguard\b", data) is None:
            return None
        found = re.search(r"line (\d+), column (\d+)", str(error))
        line, column = (int(found[1]), int(found[2])) if found else (None, None)
        raise InputError("not TOML that can be read", path=PYPROJECT, line=line, column=column) from error
    if table is None:
        return None
    values = _plain(table)

    def place(steps: Sequence[Any], key: str | None) -> tuple[int, int]:
        return _toml_place(text, steps, key)

    validate(values, "config", PYPROJECT, place)
    return dict(values)


def _plain(value: Any) -> Any:
    """TOML's values as YAML has them: dates as text."""
    if isinstance(value, dict):
        return {key: _plain(inner) for key, inner in value.items()}
    if isinstance(value, list):
        return [_plain(inner) for inner in value]
    return value if isinstance(value, (str, int, float, bool)) else str(value)


def _toml_place(text: str, steps: Sequence[Any], key: str | None) -> tuple[int, int]:
    """The line and column of a key of our table, by its text: the last of the names that is found below the header."""
    lines = text.split("\n")
    start = next((i for i, line in enumerate(lines) if re.match(r"\s*\[\s*tool\s*\.\s*modelguard\b", line)), 0)
    at = (start + 1, 1)
    for name in [*(s for s in steps if isinstance(s, str)), *([key] if key else [])]:
        for number in range(at[0] - 1, len(lines)):
            found = re.search(rf"(?<![\w-]){re.escape(name)}(?![\w-])", lines[number])
            if found:
                at = (number + 1, found.start() + 1)
                break
    return at


def _settings(values: Mapping[str, Any], path: str) -> Settings:
    overrides: dict[str, Price] = {}
    apart: dict[str, Apart] = {}
    for name, entry in (values.get("prices") or {}).items():
        uses = {use: Decimal(str(v)) for use, v in entry.get("uses", {}).items()}
        figures = {k: Decimal(str(v)) for k, v in entry.items() if k != "uses"}
        overrides[name] = Price(
            figures["input"], figures["output"], figures.get("cache_read"), figures.get("cache_write"), path,
            cache_write_1h=figures.get("cache_write_1h"),
        )  # fmt: skip
        kinds = tuple((kind, figures[kind]) for kind in KINDS if kind in figures)
        limits = (entry.get("context"), entry.get("max_output"), entry.get("picture_tokens"))
        apart[name] = Apart(kinds, tuple(uses.items()), (), *limits)
    consumers = values.get("consumers") or {}
    return Settings(
        path=path,
        prices=Prices(overrides, terms_of(values), apart),
        ledger_of_base=values.get("ledger") == "base",
        persona=values.get("persona", "default"),
        # YAML reads a bare `off` as false.
        levels={rule: level or "off" for rule, level in (values.get("rules") or {}).items()},
        fail_on=values.get("fail_on", "error"),
        thresholds=dict(values.get("thresholds") or {}),
        quotas=tuple(Quota(**entry) for entry in values.get("quotas") or ()),
        wrappers=tuple(call for entry in values.get("wrappers") or () for call in wrapper(entry)),
        aliases={name: tuple(entry.get("aliases") or ()) for name, entry in consumers.items()},
        owners={name: entry["owner"] for name, entry in consumers.items() if "owner" in entry},
    )


def check_levels(settings: Settings, rules: Sequence[Rule], data: bytes | None) -> None:
    """Raises InputError where the configuration gives a level to a rule that there is none of."""
    known = {rule.id for rule in rules}
    for name in settings.levels:
        if name not in known:
            line, column = _line_of(data, name)
            what = f'there is no rule "{name}"{suggestion(name, sorted(known), "modelguard rules lists them")}'
            raise InputError(what, path=settings.path, line=line, column=column)


def _line_of(data: bytes | None, name: str) -> tuple[int | None, int | None]:
    for number, line in enumerate((data or b"").decode("utf-8", "replace").split("\n"), 1):
        found = re.search(rf"(?<!\w){re.escape(name)}(?!\w)", line)
        if found:
            return number, found.start() + 1
    return None, None
