"""Paths and files as code uses them: put together, opened, parsed into the document that the tree has there."""

from __future__ import annotations

import posixpath
from collections.abc import Iterator
from typing import TYPE_CHECKING

from modelguard.extract import facts as f
from modelguard.extract.yaml_doc import DocumentError, documents
from modelguard.link.access import entry, repo_path
from modelguard.link.frames import NOBODY, Frame
from modelguard.link.placed import moved
from modelguard.link.values import (
    Const,
    Credential,
    Elements,
    FileText,
    Listing,
    Mapping,
    Merged,
    Outcome,
    Outcomes,
    Pieces,
    RepoPath,
    Step,
    Unknown,
    text_of,
    unknown,
)

if TYPE_CHECKING:
    from modelguard.link.resolve import Resolver


def first(resolver: Resolver, call: f.Call, frame: Frame, *names: str) -> Outcomes:
    """The first argument, by position or one of these keywords."""
    for name in names or ("",):
        found = resolver.calls.argument(call, frame, name, 0)
        if found is not None:
            return found
    return ()


def same(resolver: Resolver, call: f.Call, frame: Frame) -> Outcomes:
    """The first argument as it is."""
    return first(resolver, call, frame, "", "s", "fp", "stream", "obj") or unknown("called without an argument")


def path(resolver: Resolver, call: f.Call, frame: Frame) -> Outcomes:
    """`Path(a, b)` and `os.path.join(a, b)`: put together where every part is known."""
    current: Outcomes = (Outcome(RepoPath("")),)
    for position in range(len([a for a in call.args if a.name == ""])):
        parts = resolver.calls.argument(call, frame, "", position) or ()
        current = tuple(joined(left, right, position) for left in current for right in parts)
    return current if call.args else (Outcome(RepoPath(frame.context.workdir)),)


def joined(left: Outcome, right: Outcome, position: int) -> Outcome:
    """A path with one more part; at position 0 the part itself."""
    if position == 0:
        return right
    base, name = text_of(left.value), text_of(right.value)
    if base is None or name is None:
        return Outcome(Unknown("a path that is not known"), right.trail)
    if isinstance(left.value, RepoPath):
        return Outcome(repo_path(base, name), right.trail)
    return Outcome(Const(f"{base.rstrip('/')}/{name}"), right.trail)


def folder(resolver: Resolver, call: f.Call, frame: Frame) -> Outcomes:
    """The folder of a path."""
    return tuple(_parent(o) for o in first(resolver, call, frame))


def _parent(outcome: Outcome) -> Outcome:
    text = text_of(outcome.value)
    if text is None:
        return Outcome(Unknown("the folder of an unknown path"))
    above = posixpath.dirname(text)
    return Outcome(RepoPath(above) if isinstance(outcome.value, RepoPath) else Const(above), outcome.trail)


def opened(resolver: Resolver, call: f.Call, frame: Frame) -> Outcomes:
    """The text of the file that a call opens."""
    return tuple(text_file(resolver, o, frame) for o in first(resolver, call, frame, "file", "path"))


def text_file(resolver: Resolver, path: Outcome, frame: Frame) -> Outcome:
    """The text of a file of the tree. A relative name is looked for where the consumer runs, at the root, nearby."""
    text = text_of(path.value)
    if text is None:
        why = path.value.why if isinstance(path.value, (Unknown, Pieces)) else "a file whose name is not known"
        return Outcome(Unknown(why), path.trail)
    candidates = [text]
    if not isinstance(path.value, RepoPath):
        mounted = _mounted(resolver, text, frame)
        if mounted is not None:
            return mounted
        if text.startswith("/"):
            return _in_container(resolver, text)
        here = posixpath.dirname(frame.path)
        candidates = [posixpath.normpath(posixpath.join(d, text)) for d in (frame.context.workdir, "", here)]
    for candidate in candidates:
        if candidate in resolver.program.store:
            return Outcome(FileText(candidate))
    for candidate in candidates:
        shown = next((p for p in examples(candidate) if p in resolver.program.store), None)
        if shown is not None:
            why = f"as {shown} shows it: `{text}` is not in the repository"
            return Outcome(FileText(shown), (Step("pass", shown, 1, 1, certainty="likely", why=why),))
    return Outcome(Unknown(f"the file `{text}` is not in the repository"), path.trail)


_SHOWN = ("example", "sample", "template", "dist", "default")


def examples(path: str) -> Iterator[str]:
    """What a file may be called that shows how another one, kept out of the repository, is to look."""
    folder, name = posixpath.split(path)
    stem, ending = posixpath.splitext(name)
    for word in _SHOWN:
        names = [f"{stem}{mark}{word}{ending}" for mark in ".-_"] + [f"{word}{mark}{name}" for mark in ".-_"]
        yield from (posixpath.join(folder, n) for n in (*names, f"{name}.{word}"))


def _mounted(resolver: Resolver, text: str, frame: Frame) -> Outcome | None:
    """A file that is put into the consumer's container: an entry of a ConfigMap, a Secret, a file of the tree."""
    context = frame.context
    for item in context.unit.mounts if context.unit is not None and context.unit_frame is not None else ():
        assert context.unit_frame is not None
        place = (resolver.text(item.key, context.unit_frame) or "").rstrip("/")
        if not place or (text != place and not text.startswith(place + "/")):
            continue
        rest = text[len(place) :].strip("/")
        for outcome in resolver.evaluate(item.value, context.unit_frame):
            if isinstance(outcome.value, RepoPath):
                path = posixpath.normpath(posixpath.join(outcome.value.path, rest))
                if path in resolver.program.store:
                    return Outcome(FileText(path), outcome.trail)
                continue
            found = entry(resolver, outcome, rest) if rest else (outcome,)
            if found:
                return found[0]
    return None


def _in_container(resolver: Resolver, text: str) -> Outcome:
    """An absolute path inside an image: `/app/config/x.yaml` is the tree's only file that ends so."""
    parts = text.strip("/").split("/")
    for start in range(1, len(parts)):
        candidate = "/".join(parts[start:])
        if candidate in resolver.program.store:
            return Outcome(FileText(candidate))
    return Outcome(Unknown(f"the file `{text}` is not in the repository"))


def parsed(resolver: Resolver, call: f.Call, frame: Frame) -> Outcomes:
    """yaml.safe_load, json.load, tomllib.load …: the document in the file."""
    return tuple(d for o in same(resolver, call, frame) for d in document(resolver, o))


def beside(resolver: Resolver, name: str | None, frame: Frame) -> Outcomes:
    """The document that a file of configuration takes in by its name, seen from its own folder."""
    path = posixpath.normpath(posixpath.join(posixpath.dirname(frame.path), name)) if name is not None else None
    if path is None or path not in resolver.program.store:
        return unknown(f"the file `{name}` is not in the repository")
    return document(resolver, Outcome(FileText(path)))


def document(resolver: Resolver, source: Outcome) -> Outcomes:
    """A file's text as the document it is; text made elsewhere is unknown, a credential stays one."""
    value = source.value
    if isinstance(value, RepoPath):
        value = FileText(value.path)
    if isinstance(value, FileText):
        facts = resolver.program.store.facts(value.path)
        if facts is None or facts.document is None:
            why = facts.problem if facts is not None and facts.problem else "a format that is not read"
            return unknown(f"`{value.path}` could not be read: {why}")
        found = resolver.evaluate(facts.document, resolver.program.document_frame(value.path))
        doubt = tuple(s for s in source.trail if s.certainty != "certain")
        return tuple(Outcome(o.value, (*doubt, *o.trail)) for o in found) if doubt else found
    if isinstance(value, (Credential, Mapping, Listing, Elements, Merged, Unknown)):
        return (source,)
    if isinstance(value, Const) and isinstance(value.value, str) and value.value.lstrip()[:1] and source.trail:
        inline = _inline(resolver, value.value, source.trail[-1])
        if inline:
            return inline
    return unknown("data that is parsed when the program runs", source.trail)


def _inline(resolver: Resolver, text: str, step: Step) -> Outcomes:
    """A document that is written into another as a text: of several lines, or JSON. Its lines follow the key's."""
    if "\n" not in text and text.lstrip()[0] not in "{[":
        return ()
    try:
        found = documents(text.encode("utf-8", "replace"))
    except DocumentError:
        return ()
    if len(found) != 1 or not isinstance(found[0], (f.Rec, f.Seq)):
        return ()
    below = step.line if "\n" in text else step.line - 1
    whole = resolver.keep(moved(found[0], below))
    return resolver.evaluate(
        whole, resolver.keep(Frame(step.path, f.Scope("", "document", (1, 1)), NOBODY, args={}, format="yaml"))
    )
