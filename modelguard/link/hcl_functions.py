"""Terraform's functions, as far as values go through them.

Names and meaning: https://developer.hashicorp.com/terraform/language/functions.
"""

from __future__ import annotations

import posixpath
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from modelguard.extract import facts as f
from modelguard.link import files
from modelguard.link.access import element_keys, elements, entry, is_staged, staged
from modelguard.link.frames import Frame
from modelguard.link.values import (
    Const,
    Elements,
    FileText,
    Mapping,
    Merged,
    Outcome,
    Outcomes,
    RepoPath,
    Unknown,
    text_of,
    unknown,
    weaken,
)

if TYPE_CHECKING:
    from modelguard.link.resolve import Resolver

MAX_RANGE = 10_000
"""Longest list that `range` makes."""

Args = list[Outcomes]


def call(resolver: Resolver, name: str, call: f.Call, frame: Frame) -> Outcomes:
    """What a template function gives; an unknown one with its name as the reason."""
    function = _FUNCTIONS.get(name)
    if function is None:
        return unknown(f"what `{name}()` gives is not worked out")
    args: Args = []
    for arg in call.args:
        found = resolver.known_or(arg.value, frame, "refers to itself")
        if arg.name == "*" or isinstance(arg.value, f.Spread):
            args += [(item,) for o in found for item in elements(resolver, o) or ()]
        else:
            args.append(found)
    if name == "lookup" and len(call.args) > 1:
        found = function(resolver, args)
        return staged(found) if any(is_staged(o) for o in args[1]) else found
    return function(resolver, args) if args else unknown(f"`{name}()` without arguments")


def _same(resolver: Resolver, args: Args) -> Outcomes:
    return args[0]


def _file(resolver: Resolver, args: Args) -> Outcomes:
    found = []
    for outcome in args[0]:
        text = text_of(outcome.value)
        path = posixpath.normpath(text).lstrip("/") if text is not None else None
        if path is None or path not in resolver.program.store:
            found.append(Outcome(Unknown(f"the file `{text}` is not in the repository"), outcome.trail))
        else:
            found.append(Outcome(FileText(path)))
    return tuple(found)


def _templatefile(resolver: Resolver, args: Args) -> Outcomes:
    from modelguard.link import hcl_templates  # only where one is used

    found: list[Outcome] = []
    for outcome in _file(resolver, args[:1]):
        value = outcome.value
        given = args[1] if len(args) > 1 else ()
        found += hcl_templates.document(resolver, value.path, given) if isinstance(value, FileText) else (outcome,)
    return tuple(found)


def _decode(resolver: Resolver, args: Args) -> Outcomes:
    return tuple(d for o in args[0] for d in files.document(resolver, o))


def _merge(resolver: Resolver, args: Args) -> Outcomes:
    parts = []
    for arg in args:
        if len(arg) != 1 or isinstance(arg[0].value, Unknown):
            return unknown("a merge of something unknown")
        parts.append(arg[0].value)
    return (Outcome(Merged(tuple(parts))),)


def _lookup(resolver: Resolver, args: Args) -> Outcomes:
    keys = [t for o in args[1] if (t := text_of(o.value)) is not None] if len(args) > 1 else []
    found = tuple(o for base in args[0] for key in keys for o in entry(resolver, base, key))
    if found:
        return found
    if len(args) > 2 and keys and not any(isinstance(o.value, Unknown) for o in args[0]):
        return args[2]
    return unknown("a look-up of an unknown key")


def _concat(resolver: Resolver, args: Args) -> Outcomes:
    items: list[Outcome] = []
    for arg in args:
        found = elements(resolver, arg[0]) if len(arg) == 1 else None
        if found is None:
            return unknown("a list of which a part is not known")
        items.extend(found)
    return (Outcome(Elements(tuple(items))),)


def _flatten(resolver: Resolver, args: Args) -> Outcomes:
    items: list[Outcome] = []
    todo = [o for base in args[0] for o in elements(resolver, base) or ()]
    for item in todo[:MAX_RANGE]:
        inner = None if isinstance(item.value, Mapping) else elements(resolver, item)
        items.extend([item] if inner is None else inner)
    return (Outcome(Elements(tuple(items))),)


def _distinct(resolver: Resolver, args: Args) -> Outcomes:
    """A set or list of distinct values: equal texts once, in order."""
    found = elements(resolver, args[0][0]) if len(args[0]) == 1 else None
    if found is None:
        return args[0]
    kept: dict[object, Outcome] = {}
    for item in found:
        text = text_of(item.value)
        kept.setdefault(text if text is not None else id(item), item)
    return (Outcome(Elements(tuple(kept.values()), ())),)


def _texts(resolver: Resolver, arg: Outcomes) -> list[str] | None:
    """One known list of texts."""
    found = elements(resolver, arg[0]) if len(arg) == 1 else None
    texts = [text_of(o.value) for o in found] if found is not None else [None]
    return None if any(t is None for t in texts) else [t for t in texts if t is not None]


def _format(resolver: Resolver, args: Args) -> Outcomes:
    template = text_of(args[0][0].value) if len(args[0]) == 1 else None
    values = [
        a[0].value.value if len(a) == 1 and isinstance(a[0].value, Const) else text_of(a[0].value)
        for a in args[1:]
        if a
    ]
    text = _formatted(template, values)
    return unknown("a text put together from unknown parts") if text is None else (Outcome(Const(text), _trails(args)),)


def _trails(args: Args) -> tuple:  # type: ignore[type-arg]
    return tuple(s for a in args[1:] for o in a for s in o.trail if s.kind == "define")


def _formatted(template: str | None, values: Sequence[object]) -> str | None:
    if template is None or any(v is None for v in values):
        return None
    try:
        return template.replace("%v", "%s").replace("%q", '"%s"') % tuple(values)
    except (TypeError, ValueError, OverflowError, MemoryError):
        return None


def _formatlist(resolver: Resolver, args: Args) -> Outcomes:
    template = text_of(args[0][0].value) if len(args[0]) == 1 else None
    columns: list[list[object]] = []
    for arg in args[1:]:
        found = elements(resolver, arg[0]) if len(arg) == 1 else None
        columns.append([getattr(o.value, "value", None) for o in found] if found is not None else [None])
    rows = max((len(c) for c in columns), default=0)
    made = [_formatted(template, [c[i % len(c)] if c else None for c in columns]) for i in range(rows)]
    if any(m is None for m in made):
        return unknown("a list put together from unknown parts")
    return (Outcome(Elements(tuple(Outcome(Const(m)) for m in made))),)


def _range(resolver: Resolver, args: Args) -> Outcomes:
    numbers = [getattr(a[0].value, "value", None) for a in args if len(a) == 1]
    if len(numbers) != len(args) or not all(isinstance(n, int) for n in numbers):
        return unknown("a range whose ends are not known")
    ends = [n for n in numbers if isinstance(n, int)]
    if len(ends) == 3 and ends[2] == 0:
        return unknown("a range with step 0")
    made = range(*ends)
    if len(made) > MAX_RANGE:
        return unknown(f"a range of more than {MAX_RANGE:,}")
    return (Outcome(Elements(tuple(Outcome(Const(n)) for n in made))),)


def _keys(resolver: Resolver, args: Args) -> Outcomes:
    found = element_keys(resolver, args[0][0]) if len(args[0]) == 1 else None
    return (Outcome(Elements(found)),) if found is not None else unknown("the keys of an unknown mapping")


def _values(resolver: Resolver, args: Args) -> Outcomes:
    found = elements(resolver, args[0][0]) if len(args[0]) == 1 else None
    return (Outcome(Elements(found)),) if found is not None else unknown("the values of an unknown mapping")


def _coalesce(resolver: Resolver, args: Args) -> Outcomes:
    """The first that is neither null nor empty; what comes after an unknown one is possible."""
    kept: list[Outcome] = []
    for arg in args:
        empty = all(isinstance(o.value, Const) and o.value.value in (None, "") for o in arg)
        if empty:
            continue
        unsure = any(isinstance(o.value, Unknown) for o in arg)
        kept.extend(weaken(arg, "possible", "where what comes before is empty") if kept else arg)
        if not unsure:
            break
    return tuple(kept) or unknown("every part of a coalesce is empty")


def _join(resolver: Resolver, args: Args) -> Outcomes:
    separator = text_of(args[0][0].value)
    texts = [_texts(resolver, a) for a in args[1:]]
    if separator is None or any(t is None for t in texts):
        return unknown("a text put together from unknown parts")
    return (Outcome(Const(separator.join(t for part in texts for t in part or ()))),)


def _split(resolver: Resolver, args: Args) -> Outcomes:
    separator, text = text_of(args[0][0].value), text_of(args[1][0].value) if len(args) > 1 else None
    if not separator or text is None:
        return unknown("a split of an unknown text")
    return (Outcome(Elements(tuple(Outcome(Const(p), args[1][0].trail) for p in text.split(separator)))),)


def _text(change: Callable[..., str]) -> Callable[[Resolver, Args], Outcomes]:
    def changed(resolver: Resolver, args: Args) -> Outcomes:
        rest = [text_of(a[0].value) if len(a) == 1 else None for a in args[1:]]
        result = []
        for outcome in args[0]:
            text = text_of(outcome.value)
            known = text is not None and all(r is not None for r in rest)
            result.append(replace(outcome, value=Const(change(text, *rest)) if known else Unknown("an unknown text")))
        return tuple(result)

    return changed


def _replaced(text: str, old: str, new: str = "") -> str:
    return text if old.startswith("/") and old.endswith("/") else text.replace(old, new)


def _length(resolver: Resolver, args: Args) -> Outcomes:
    text = args[0][0].value.value if len(args[0]) == 1 and isinstance(args[0][0].value, Const) else None
    if isinstance(text, str):
        return (Outcome(Const(len(text))),)
    found = elements(resolver, args[0][0]) if len(args[0]) == 1 else None
    return (Outcome(Const(len(found))),) if found is not None else unknown("the length of an unknown collection")


def _element(resolver: Resolver, args: Args) -> Outcomes:
    found = elements(resolver, args[0][0]) if len(args[0]) == 1 else None
    index = getattr(args[1][0].value, "value", None) if len(args) > 1 and len(args[1]) == 1 else None
    if not found or not isinstance(index, int):
        return weaken(found, "possible", "an element that is not known") if found else unknown("an unknown list")
    return (found[index % len(found)],)


def _zipmap(resolver: Resolver, args: Args) -> Outcomes:
    keys = _texts(resolver, args[0])
    values = elements(resolver, args[1][0]) if len(args) > 1 and len(args[1]) == 1 else None
    if keys is None or values is None or len(keys) != len(values):
        return unknown("a mapping of unknown keys")
    return (Outcome(Elements(values, tuple(keys))),)


def _encode(resolver: Resolver, args: Args) -> Outcomes:
    return args[0]


def _basename(text: str) -> str:
    return posixpath.basename(text)


def _abspath(resolver: Resolver, args: Args) -> Outcomes:
    return tuple(
        Outcome(RepoPath(posixpath.normpath(t)) if (t := text_of(o.value)) is not None else o.value, o.trail)
        for o in args[0]
    )


_FUNCTIONS: dict[str, Callable[[Resolver, Args], Outcomes]] = {
    **dict.fromkeys(("tolist", "tomap", "tostring", "tonumber", "sensitive", "nonsensitive", "one", "sort"), _same),
    **dict.fromkeys(("file", "fileset"), _file),
    **dict.fromkeys(("yamldecode", "jsondecode"), _decode),
    **dict.fromkeys(("jsonencode", "yamlencode", "base64encode"), _encode),
    **dict.fromkeys(("coalesce", "try", "coalescelist"), _coalesce),
    **dict.fromkeys(("toset", "distinct", "compact"), _distinct),
    "templatefile": _templatefile,
    "merge": _merge,
    "lookup": _lookup,
    "concat": _concat,
    "flatten": _flatten,
    "setunion": _concat,
    "format": _format,
    "formatlist": _formatlist,
    "range": _range,
    "keys": _keys,
    "values": _values,
    "join": _join,
    "split": _split,
    "lower": _text(str.lower),
    "upper": _text(str.upper),
    "title": _text(str.title),
    "trimspace": _text(str.strip),
    "trimprefix": _text(str.removeprefix),
    "trimsuffix": _text(str.removesuffix),
    "replace": _text(_replaced),
    "basename": _text(_basename),
    "abspath": _abspath,
    "length": _length,
    "element": _element,
    "zipmap": _zipmap,
}
