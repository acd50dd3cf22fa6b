"""Make the snapshots anew: data/prices.json, data/lifecycle.json, data/names.txt. The only code that may use the network.

Run by `modelguard prices refresh SOURCE`. SOURCE is a LiteLLM wheel, or its price map
(`model_prices_and_context_window*.json`), as a file or an https URL. To make the shipped ones:

    pip download --no-deps --dest /tmp/litellm litellm
    modelguard prices refresh /tmp/litellm/litellm-*.whl

LiteLLM's price map is MIT licensed (https://github.com/BerriAI/litellm, LICENSE). Kept are USD per million tokens for
input, output, cache read and cache write, by provider, region and name, and where there are any, the same four as batch,
flex and priority and above a prompt's length, and a cache write for an hour. For what a budget must hold beside that
(cost/apart.py): tokens of sound, pictures and video, uses (USD each), the most tokens that go in and come out, and the
units of what is billed by anything else, without its price.
"""

from __future__ import annotations

import json
import re
import zipfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from io import BytesIO
from pathlib import Path
from typing import Any, Final

from modelguard.catalog.identity import ModelIdentity, identify
from modelguard.catalog.lifecycle import write_lifecycle
from modelguard.errors import InputError

MAX_BYTES = 200_000_000
"""A LiteLLM wheel has 40 MB, its price map 3 MB."""

COLUMNS: Final = (
    "input_cost_per_token",
    "output_cost_per_token",
    "cache_read_input_token_cost",
    "cache_creation_input_token_cost",
)
SERVICES: Final = {"batch": "_batches", "flex": "_flex", "priority": "_priority"}
_ABOVE = re.compile(r"input_cost_per_token_above_(\d+)k_tokens\Z")
_WRITE_1H: Final = "cache_creation_input_token_cost_above_1hr"
KINDS: Final = {
    "input_audio": "input_cost_per_audio_token",
    "input_image": "input_cost_per_image_token",
    "input_video": "input_cost_per_video_token",
    "output_audio": "output_cost_per_audio_token",
    "output_image": "output_cost_per_image_token",
    "output_video": "output_cost_per_video_token",
    "output_reasoning": "output_cost_per_reasoning_token",
    "cache_read_audio": "cache_read_input_audio_token_cost",
    "cache_read_image": "cache_read_input_image_token_cost",
}
"""Tokens that are billed apart from text's."""
_UNITS: Final = {
    "query": "query", "second": "second", "character": "character", "page": "page", "pixel": "pixel", "credit": "credit",
    "video_per_second": "second of video", "audio_per_second": "second of sound", "text_message": "message",
}  # fmt: skip
_BY_UNIT: Final = re.compile(rf"(?:input_|output_|ocr_|annotation_)?cost_per_({'|'.join(_UNITS)})\Z")
MODES: Final = frozenset(
    {"chat", "completion", "responses", "embedding", "rerank", "realtime", "audio_transcription", "audio_speech",
     "image_generation", "moderation"}
)  # fmt: skip
_NAME = re.compile(r"(?:ft:)?[a-z0-9][a-z0-9._:+-]*\Z")
_MAP_NAME = "model_prices_and_context_window_backup.json"


@dataclass(frozen=True, slots=True)
class Refreshed:
    """What a refresh wrote: counts of prices and names, and where they came from."""

    prices: int
    names: int
    source: str
    as_of: str


def refresh(source: str | Path, *, as_of: date | None = None, into: Path | None = None) -> Refreshed:
    """Read the price map and write both snapshots into `into` (default: the package's own data folder).

    `as_of` is written into the header; it defaults to the date of the wheel's newest file, or today for a bare map.
    Raises InputError where the source can't be read or is no price map.
    """
    content = _bytes_of(source)
    entries, version = _price_map(content, str(source))
    day = (as_of or date.today()).isoformat()
    label = f"litellm {version}" if version else "litellm price map"
    folder = into or Path(__file__).parent / "data"
    prices = _price_table(entries)
    names = sorted({*_names_of(entries), *_genai_names()})
    _write_prices(folder / "prices.json", prices, {"source": label, "licence": "MIT", "as_of": day})
    billed = {key: (_billed_as(key, entry), entry) for key, entry in entries.items() if "commitment" not in key}
    write_lifecycle(folder / "lifecycle.json", billed, {"source": label, "licence": "MIT", "as_of": day})
    header = f"# Canonical model names known to {label} and genai-prices, {day}. Made by `modelguard prices refresh`.\n"
    (folder / "names.txt").write_text(header + "\n".join(names) + "\n", encoding="utf-8")
    count = sum(len(models) for regions in prices.values() for models in regions.values())
    return Refreshed(prices=count, names=len(names), source=label, as_of=day)


def _bytes_of(source: str | Path) -> bytes:
    """The source's bytes, from a file or over https; limited."""
    text = str(source)
    try:
        if text.startswith("https://"):
            from urllib.request import urlopen

            with urlopen(text, timeout=60) as answer:  # noqa: S310 - https only, checked above
                content: bytes = answer.read(MAX_BYTES + 1)
        else:
            with Path(text).open("rb") as file:
                content = file.read(MAX_BYTES + 1)
    except OSError as error:
        raise InputError(f"can't read the price source: {error}", path=text) from error
    if len(content) > MAX_BYTES:
        raise InputError(f"the price source is larger than {MAX_BYTES:,} bytes", path=text)
    return content


def _price_map(content: bytes, path: str) -> tuple[Mapping[str, Mapping[str, Any]], str]:
    """LiteLLM's entries by key, and the wheel's version ("" for a bare map)."""
    version = ""
    try:
        if content[:2] == b"PK":
            with zipfile.ZipFile(BytesIO(content)) as wheel:
                content = wheel.read(f"litellm/{_MAP_NAME}")
                info = next(name for name in wheel.namelist() if name.endswith(".dist-info/METADATA"))
            version = info.split("-")[1].removesuffix(".dist")
        entries = json.loads(content, parse_float=Decimal)
    except (KeyError, StopIteration, ValueError, zipfile.BadZipFile) as error:
        raise InputError(f"not a LiteLLM wheel or price map: {error}", path=path) from error
    if not isinstance(entries, dict) or not any(isinstance(e, dict) and COLUMNS[0] in e for e in entries.values()):
        raise InputError(f"not a LiteLLM price map: no entry has {COLUMNS[0]}", path=path)
    return {key: entry for key, entry in entries.items() if isinstance(entry, dict) and key != "sample_spec"}, version


def _billed_as(key: str, entry: Mapping[str, Any]) -> ModelIdentity:
    """The key's identity, with the provider that LiteLLM says where the key alone does not."""
    model = identify(key)
    if "/" in key or model.provider == "aws":
        return model
    return identify(f"{str(entry.get('litellm_provider', '')).split('-')[0]}/{key}") if not model.provider else model


def _price_table(entries: Mapping[str, Mapping[str, Any]]) -> dict[str, dict[str, dict[str, list[Any]]]]:
    """provider -> region -> name -> prices. A dated name whose price differs from the undated one stays beside it."""
    table: dict[str, dict[str, dict[str, list[Any]]]] = {}
    # Undated keys first, then the newest date: the canonical name gets the price of what it means today.
    for key in sorted(entries, key=lambda key: (bool(re.search(r"20\d{2}-?\d\d-?\d\d", key)), _reverse(key))):
        entry = entries[key]
        if "commitment" in key or not isinstance(entry.get(COLUMNS[0]), Decimal | int):
            continue
        model = _billed_as(key, entry)
        models = table.setdefault(model.provider or "-", {}).setdefault(model.region, {})
        row: list[Any] = _row(entry)
        more = _more(entry)
        if more:
            row.append(more)
        if models.setdefault(model.name, row) != row:
            models.setdefault(model.native, row)
    return table


def _row(entry: Mapping[str, Any], suffix: str = "") -> list[Decimal | None]:
    return [_per_million(entry.get(column + suffix)) for column in COLUMNS]


def _more(entry: Mapping[str, Any]) -> dict[str, Any]:
    """Prices by service, above a prompt's length (in tokens), and of a cache write for an hour, where there are any."""
    found: dict[str, Any] = {}
    for service, suffix in SERVICES.items():
        row = _row(entry, suffix)
        if row[0] is not None and row[1] is not None:
            found[service] = row
    starts = sorted(int(m[1]) for key in entry if (m := _ABOVE.match(key)))
    above = {str(start * 1000): _row(entry, f"_above_{start}k_tokens") for start in starts}
    if above:
        found["above"] = above
    hour = _per_million(entry.get(_WRITE_1H))
    if hour is not None:
        found["write_1h"] = hour
    return found | _apart(entry)


def _apart(entry: Mapping[str, Any]) -> dict[str, Any]:
    """What is billed beside tokens of text: `kinds` of tokens, `uses` (USD each), `units`; `context` and `most` out."""
    found: dict[str, Any] = {}
    kinds = {kind: price for kind, key in KINDS.items() if (price := _per_million(entry.get(key))) is not None}
    # What costs the same as text is no kind of its own; a picture's or a voice's tokens always are.
    kinds = {k: p for k, p in kinds.items() if k != "output_reasoning" or p != _per_million(entry.get(COLUMNS[1]))}
    by_unit = {_UNITS[m[1]] for key, price in entry.items() if (m := _BY_UNIT.match(key)) and price}
    text = _per_million(entry.get(COLUMNS[0]))
    if entry.get("supports_audio_input") and text and not {"second", "second of sound"} & by_unit:
        # A model that hears, and no word of another price for it: the map's own way of saying that it costs what text does.
        kinds.setdefault("input_audio", text)
    if kinds:
        found["kinds"] = kinds
    uses = {name: price for name, price in _uses(entry) if price}
    if uses:
        found["uses"] = uses
    units = _units(entry, by_unit, kinds)
    if units:
        found["units"] = sorted(units)
    for name, key in (("context", "max_input_tokens"), ("most", "max_output_tokens")):
        if isinstance(entry.get(key), int) and entry[key] > 0 and (kinds or uses or units or name == "context"):
            found[name] = entry[key]
    return found


def _units(entry: Mapping[str, Any], units: set[str], kinds: Mapping[str, Decimal]) -> set[str]:
    """What a model is billed by beside tokens; the same tokens by another measure are no other bill."""
    draws = entry.get("mode") in ("image_generation", "image_edit") or not entry.get(COLUMNS[0])
    if entry.get("output_cost_per_image") and draws and "output_image" not in kinds:
        units = units | {"picture"}
    if entry.get("input_cost_per_image") and entry.get("mode") == "embedding":
        units = units | {"picture read"}
    if any(kind.endswith("_audio") for kind in kinds):
        units = units - {"second", "second of sound"}
    if "input_video" in kinds:
        units = units - {"second of video"}
    if entry.get(COLUMNS[0]):
        # Sound that is billed by the second is refused where it is sent, as no token of it has a price.
        units = units - {"character", "second"}
    return units


def _uses(entry: Mapping[str, Any]) -> Iterator[tuple[str, Decimal]]:
    """USD for a search of the web (the dearest of its sizes), for one of maps, and for each request."""
    sizes = entry.get("search_context_cost_per_query")
    if isinstance(sizes, Mapping):
        yield (
            "web_search",
            max((Decimal(p) for p in sizes.values() if isinstance(p, Decimal | int)), default=Decimal(0)),
        )
    for name, key in (("maps", "google_maps_grounding_cost_per_query"), ("request", "input_cost_per_request")):
        price = entry.get(key)
        if isinstance(price, Decimal | int):
            yield name, Decimal(price)


def _reverse(key: str) -> tuple[int, ...]:
    """A sort key that puts later dates first."""
    return tuple(-ord(letter) for letter in key)


def _per_million(price: object) -> Decimal | None:
    """USD per token as USD per million tokens, without float noise beyond 12 digits."""
    if not isinstance(price, Decimal | int) or isinstance(price, bool) or price < 0:
        return None
    return round(Decimal(price) * 1_000_000, 6).normalize()


def _names_of(entries: Mapping[str, Mapping[str, Any]]) -> Iterator[str]:
    for key, entry in entries.items():
        if entry.get("mode") in MODES and "commitment" not in key:
            yield from _shippable(key)


def _genai_names() -> Iterator[str]:
    from genai_prices.data import providers

    for provider in providers:
        for model in provider.models:
            yield from _shippable(model.id.removeprefix("regional."))


def _shippable(key: str) -> Iterator[str]:
    name = identify(key).name
    if _NAME.match(name) and not name.replace("-", "").replace(".", "").isdigit():
        yield name


def _text(value: Any) -> str:
    """A price, a list or a mapping of them as JSON, with its digits as they are."""
    if value is None:
        return "null"
    if isinstance(value, dict):
        return "{" + ", ".join(f"{json.dumps(k)}: {_text(v)}" for k, v in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(map(_text, value)) + "]"
    if isinstance(value, str | int):
        return json.dumps(value)
    return f"{value:f}"


def _write_prices(path: Path, table: Mapping[str, Any], header: Mapping[str, str]) -> None:
    """A line a model, so that a refresh reads well in a diff."""
    lines = [
        f"{json.dumps([provider, region, name])[1:-1]}, {', '.join(map(_text, row))}"
        for provider, regions in sorted(table.items())
        for region, models in sorted(regions.items())
        for name, row in sorted(models.items())
    ]
    head = json.dumps(
        {**header, "columns": ["provider", "region", "name", *COLUMNS, "more"], "unit": "USD per million tokens"}
    )
    body = ",\n".join(f"[{line}]" for line in lines)
    path.write_text(f'{head[:-1]}, "prices": [\n{body}\n]}}\n', encoding="utf-8")
