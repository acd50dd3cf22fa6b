"""OmegaConf: configurations that are put together from several, and what `${…}` in them stands for.

https://omegaconf.readthedocs.io/en/2.3_branch/usage.html: mappings are merged key by key, a later one wins; `${a.b}` is a node of
the whole, `${.b}` one beside it, `${oc.env:NAME,default}` a variable of the environment.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from modelguard.extract import facts as f
from modelguard.link import environment, files
from modelguard.link.access import element_keys, entry
from modelguard.link.frames import COMPOSED, NOBODY, Frame
from modelguard.link.values import (
    Const,
    Mapping,
    Merged,
    Outcome,
    Outcomes,
    Pieces,
    Step,
    Unknown,
    text_of,
    unknown,
    weaken,
)

if TYPE_CHECKING:
    from modelguard.link.resolve import Resolver

Tree = dict[str, "Tree | Outcomes"]
"""A configuration: by key a part of it, or what a leaf may be."""
_EMPTY = f.Scope("", "document", (1, 1))
_DEPTH = 12
_REFERENCE = re.compile(r"\$\{([^${}]*)\}")


def tree(resolver: Resolver, base: Outcome, depth: int = 0) -> Tree | None:
    """The tree of a mapping; None where its keys are not known."""
    if isinstance(base.value, Mapping) and id(base.value.rec) in resolver.composed:
        return resolver.composed[id(base.value.rec)]
    keys = element_keys(resolver, base) if isinstance(base.value, (Mapping, Merged)) else None
    if keys is None or depth > _DEPTH:
        return None
    found: Tree = {}
    for key in (text for o in keys if (text := text_of(o.value)) is not None):
        outcomes = entry(resolver, base, key)
        inner = tree(resolver, outcomes[0], depth + 1) if len(outcomes) == 1 else None
        found[key] = outcomes if inner is None else inner
    return found


def merge(base: Tree, over: Tree) -> None:
    """Lay one tree over another, which is changed: a later key wins, mappings are merged."""
    for key, value in over.items():
        mine = base.get(key)
        if isinstance(value, dict):
            inner: Tree = dict(mine) if isinstance(mine, dict) else {}
            merge(inner, value)
            base[key] = inner
        else:
            base[key] = value


def place(base: Tree, dotted: str, value: Tree | Outcomes) -> None:
    """Put something at `a.b.c`; a mapping is merged into what is there."""
    *above, last = dotted.split(".") if dotted else [""]
    for key in above:
        inner = base.get(key)
        base[key] = inner = dict(inner) if isinstance(inner, dict) else {}
        base = inner
    if isinstance(value, dict):
        merge(base, {last: value} if last else value)
    else:
        base[last] = value


def value(resolver: Resolver, root: Tree, path: str, user: Frame) -> Outcome:
    """A tree as a value that code can take parts out of, its references followed. `user` is whose environment counts."""
    return _Reading(resolver, root, path, user).mapping(root, ())


def loaded(resolver: Resolver, call: f.Call, frame: Frame) -> Outcomes:
    """`OmegaConf.load(file)`: the document, its references followed where it has any."""
    found = [d for text in files.opened(resolver, call, frame) for d in files.document(resolver, text)]
    return tuple(_followed(resolver, outcome, frame) for outcome in found)


def merged(resolver: Resolver, call: f.Call, frame: Frame) -> Outcomes:
    """`OmegaConf.merge(a, b, …)`: key by key, the last one winning."""
    whole: Tree = {}
    first: Outcome | None = None
    for position in range(len(call.args)):
        for outcome in resolver.calls.argument(call, frame, "", position) or ():
            part = tree(resolver, outcome)
            if part is not None:
                merge(whole, part)
                first = first or outcome
    if first is None:
        return unknown("configurations that are not known, merged")
    return (value(resolver, whole, _path(first, frame), frame),)


def _followed(resolver: Resolver, outcome: Outcome, frame: Frame) -> Outcome:
    whole = tree(resolver, outcome)
    if whole is None or not _refers(whole):
        return outcome
    return value(resolver, whole, _path(outcome, frame), frame)


def _refers(part: Tree) -> bool:
    """Whether any leaf of a tree has a reference in it."""
    return any(
        _refers(inner) if isinstance(inner, dict) else any("${" in (text_of(o.value) or "") for o in inner)
        for inner in part.values()
    )


def _path(outcome: Outcome, frame: Frame) -> str:
    return outcome.value.frame.path if isinstance(outcome.value, Mapping) else frame.path


class _Reading:
    """Follows the references of one tree."""

    def __init__(self, resolver: Resolver, root: Tree, path: str, user: Frame) -> None:
        self._resolver, self._root, self._path, self._user = resolver, root, path, user
        self._under_way: set[tuple[str, ...]] = set()
        # Each part once, as each of a chain of parts may refer twice to the next.
        self._parts: dict[tuple[str, ...], Outcome] = {}

    def mapping(self, part: Tree, at: tuple[str, ...]) -> Outcome:
        """A part of the tree as a mapping of a document."""
        known = self._parts.get(at)
        if known is not None:
            return known
        self._parts[at] = Outcome(Unknown("a part of a configuration that refers to itself"))
        frame: Frame = self._resolver.keep(Frame(self._path, _EMPTY, NOBODY, args={}, format=COMPOSED))
        items = []
        for number, (key, inner) in enumerate(part.items()):
            name = f"part.{number}"
            frame.names[name] = (
                (self.mapping(inner, (*at, key)),) if isinstance(inner, dict) else self.leaf(inner, (*at, key))
            )
            items.append(f.Item(f.Lit(key, (1, 1)), f.Var(name, (1, 1)), (1, 1)))
        rec = self._resolver.keep(f.Rec(tuple(items), (1, 1)))
        self._resolver.composed[id(rec)] = part
        self._parts[at] = Outcome(Mapping(rec, frame))
        return self._parts[at]

    def leaf(self, outcomes: Outcomes, at: tuple[str, ...]) -> Outcomes:
        """What a leaf may be, where it refers to others or to the environment."""
        return tuple(one for outcome in outcomes for one in self._followed(outcome, at))

    def _followed(self, outcome: Outcome, at: tuple[str, ...]) -> Outcomes:
        text = outcome.value.value if isinstance(outcome.value, Const) else None
        if not isinstance(text, str) or "${" not in text:
            return (outcome,)
        if at in self._under_way:
            return (Outcome(Unknown("a value that refers to itself"), outcome.trail),)
        self._under_way.add(at)
        whole = _REFERENCE.fullmatch(text)
        found = self._reference(whole[1], at, outcome) if whole else (self._joined(text, at, outcome),)
        self._under_way.discard(at)
        return found

    def _joined(self, text: str, at: tuple[str, ...], outcome: Outcome) -> Outcome:
        """A text with references in it, where each is one text."""
        parts: list[str | None] = []
        trail = outcome.trail
        end = 0
        for match in _REFERENCE.finditer(text):
            inner = self._reference(match[1], at, outcome)
            parts += [text[end : match.start()], text_of(inner[0].value) if len(inner) == 1 else None]
            trail = (*trail, *(inner[0].trail if len(inner) == 1 else ()))
            end = match.end()
        parts.append(text[end:])
        if all(part is not None for part in parts) and "${" not in text[end:]:
            return Outcome(Const("".join(part for part in parts if part is not None)), trail)
        return Outcome(Pieces(tuple(parts), "a part of a configuration's text that is not known"), trail)

    def _reference(self, written: str, at: tuple[str, ...], outcome: Outcome) -> Outcomes:
        kind, colon, rest = written.partition(":")
        if colon and kind.strip() in ("oc.env", "env"):
            return self._variable(rest, outcome)
        if colon:
            return (Outcome(Unknown(f"`${{{written}}}`, which is worked out when the program runs"), outcome.trail),)
        here, name = at[:-1], written.strip()
        if name.startswith("."):
            up = len(name) - len(name.lstrip(".")) - 1
            names = (*here[: len(here) - up], *name.lstrip(".").split("."))
        else:
            names = tuple(name.replace("[", ".").replace("]", "").split("."))
        target = self._at(names)
        if target is None:
            return (Outcome(Unknown(f"`${{{written}}}`, which the configuration has not"), outcome.trail),)
        if isinstance(target, dict):
            return (self.mapping(target, names),)
        passed = tuple(s if s.kind == "pass" else Step("pass", s.path, s.line, s.column, s.name) for s in outcome.trail)
        return tuple(Outcome(o.value, (*passed, *o.trail)) for o in self.leaf(target, names))

    def _at(self, names: tuple[str, ...], depth: int = 0) -> Tree | Outcomes | None:
        """What stands at a path of the whole; a reference on the way leads on from what it stands for."""
        part: Tree | Outcomes | None = self._root
        for name in names:
            if isinstance(part, tuple) and depth < _DEPTH:
                text = text_of(part[0].value) if len(part) == 1 else None
                whole = _REFERENCE.fullmatch(text) if text is not None else None
                plain = whole is not None and ":" not in whole[1] and not whole[1].strip().startswith(".")
                part = self._at(tuple(whole[1].strip().split(".")), depth + 1) if whole is not None and plain else None
            part = part.get(name) if isinstance(part, dict) else None
        return part

    def _variable(self, written: str, outcome: Outcome) -> Outcomes:
        name, comma, default = (part.strip() for part in written.partition(","))
        origin = outcome.trail[-1] if outcome.trail else Step("pass", self._path, 1, 1)
        found = environment.variable(self._resolver, name, self._user, (origin.line, origin.column), None)
        # It is the document that looks it up.
        moved = tuple(Outcome(o.value, tuple(self._moved(s, origin) for s in o.trail)) for o in found)
        if not comma:
            return moved
        spare = Step(
            "define", origin.path, origin.line, origin.column, name=f"{name}.fallback", value=default.strip("'\"")
        )
        fallback = (Outcome(Const(default.strip("'\"")), (spare,)),)
        known = not all(isinstance(o.value, Unknown) for o in moved)
        return (
            *moved,
            *weaken(fallback, "possible" if known else "likely", f"only where `{name}` is not set", dormant=known),
        )

    def _moved(self, step: Step, origin: Step) -> Step:
        if step.path == self._user.path and (step.line, step.column) == (origin.line, origin.column):
            return Step(step.kind, origin.path, origin.line, origin.column, step.name, role=step.role, value=step.value)
        return step
