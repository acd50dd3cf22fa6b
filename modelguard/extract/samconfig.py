"""samconfig.toml and samconfig.yaml: what SAM gives a template's parameters when it deploys.

`parameter_overrides` is a list of `Key=Value`, one text of them, the older `ParameterKey=…,ParameterValue=…`, or a table:
https://docs.aws.amazon.com/serverless-application-model/latest/developerguide/serverless-sam-cli-config.html. Each way
becomes a mapping. In TOML that is made of the texts as they are written, so that of a credential only the value is dropped.
"""

from __future__ import annotations

import re
import shlex

from msgspec.structs import replace

from modelguard.extract.build import literal
from modelguard.extract.facts import Expr, Item, Lit, Rec, Seq, Span
from modelguard.extract.yaml_doc import get, items, text

OVERRIDES = "parameter_overrides"
COMMANDS = ("deploy", "sync", "global")
"""The commands that deploy, nearest first, and what holds for all of them."""
_OLDER = re.compile(r"ParameterKey=([^,]+),ParameterValue=(.*)\Z", re.S)


def normal(document: Expr) -> Expr:
    """The document with each `parameter_overrides` of an environment as a mapping; any other document unchanged."""
    if not isinstance(document, Rec):
        return document
    found = [_environment(i) for i in document.items]
    return replace(document, items=tuple(found)) if found != list(document.items) else document


def _environment(item: Item) -> Item:
    if not isinstance(item.value, Rec) or not any(get(item.value, c, "parameters", OVERRIDES) for c in COMMANDS):
        return item
    commands = [_inside(c, "parameters") if getattr(c.key, "value", "") in COMMANDS else c for c in item.value.items]
    return replace(item, value=replace(item.value, items=tuple(commands)))


def _inside(item: Item, name: str) -> Item:
    """An entry with the overrides below it as a mapping."""
    if not isinstance(item.value, Rec):
        return item
    entries = []
    for inner in item.value.items:
        key = getattr(inner.key, "value", "")
        if key == OVERRIDES:
            entries.append(replace(inner, value=_mapping(inner.value)))
        else:
            entries.append(_inside(inner, OVERRIDES) if key == name else inner)
    return replace(item, value=replace(item.value, items=tuple(entries)))


def _mapping(value: Expr) -> Expr:
    if isinstance(value, Rec):
        return value
    parts = items(value) if isinstance(value, Seq) else (value,)
    return mapping([(written, p.at) for p in parts if (written := text(p)) is not None], value.at)


def mapping(written: list[tuple[str, Span]], at: Span) -> Rec:
    """The overrides that these texts say, each at its place."""
    found: list[Item] = []
    for part, place in written:
        for word in _words(part):
            older = _OLDER.match(word)
            key, sign, given = (older[1], "=", older[2]) if older else word.partition("=")
            if sign:
                found.append(Item(Lit(key.strip(), place), literal(given, place, key), place))
    return Rec(tuple(found), at)


def _words(written: str) -> list[str]:
    try:
        return shlex.split(written)
    except ValueError:
        return written.split()
