"""Hydra: the configuration that a program decorated with `@hydra.main` is handed, put together as Hydra does it.

https://hydra.cc/docs/1.3/advanced/defaults_list/ and …/override_grammar/basic/: the primary configuration, the groups of its
`defaults`, and what the command line sets over both. Since Hydra 1.1 a file counts over its own defaults where `_self_` stands
nowhere.
"""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from modelguard.extract import facts as f
from modelguard.link import files, omega
from modelguard.link.access import elements, entry
from modelguard.link.frames import Frame
from modelguard.link.options import words
from modelguard.link.values import Const, FileText, Made, Mapping, Merged, Outcome, Outcomes, text_of, unknown, weaken

if TYPE_CHECKING:
    from modelguard.link.resolve import Resolver

_DECORATOR = "hydra.main()"
_MAX_FILES = 200
_OVERRIDE = re.compile(r"(\+{0,2})([\w./@-]+)=(.*)\Z")
_PACKAGE = re.compile(rb"\s*#\s*@package\s+(\S+)")
_FLAGS = {"--config-name": "name", "-cn": "name", "--config-path": "path", "-cp": "path"}


def decorated(resolver: Resolver, param: f.Param, frame: Frame) -> Outcomes:
    """The configuration, where a parameter is the first one of a function that Hydra runs; nothing for any other."""
    if not frame.scope.decorators or frame.outer is None or frame.scope.params[0] is not param:
        return ()
    for decorator in frame.scope.decorators:
        for outcome in resolver.evaluate(decorator, frame.outer):
            made = outcome.value
            if isinstance(made, Made) and made.name == _DECORATOR:
                return _configuration(resolver, made, frame)
    return ()


def _configuration(resolver: Resolver, made: Made, frame: Frame) -> Outcomes:
    def given(name: str, position: int) -> str | None:
        found = resolver.calls.argument(made.call, made.frame, name, position) or ()
        return next((t for o in found if (t := text_of(o.value)) is not None), None)

    chosen = _Chosen()
    for word in words(resolver, frame.context):
        chosen.take(word)
    name = chosen.flags.get("name") or given("config_name", 1)
    folder = chosen.flags.get("path") or given("config_path", 0)
    if name is None or folder is None:
        return ()
    root = posixpath.normpath(posixpath.join(posixpath.dirname(frame.path), folder))
    composed = _Composer(resolver, root, chosen).whole(name)
    path = _file(resolver, root, name)
    if path is None:
        return unknown(f"the configuration `{posixpath.join(root, name)}` is not in the repository")
    if composed is None:
        return unknown(f"the configuration `{path}` is no mapping, or put together from more than {_MAX_FILES} files")
    return (omega.value(resolver, composed, path, frame),)


@dataclass
class _Chosen:
    """What the command line sets: flags of Hydra itself, options of groups, values; a sweep gives several of each."""

    flags: dict[str, str] = field(default_factory=dict)
    words: list[tuple[str, str, Outcome]] = field(default_factory=list)
    _flag: str = ""

    def take(self, word: Outcome) -> None:
        text = text_of(word.value) or ""
        flag, sign, value = text.partition("=")
        if self._flag:
            self.flags[self._flag], self._flag = text, ""
        elif flag in _FLAGS and sign:
            self.flags[_FLAGS[flag]] = value
        elif flag in _FLAGS:
            self._flag = _FLAGS[flag]
        elif (match := _OVERRIDE.match(text)) is not None:
            self.words.append((match[2], match[3].strip("\"'"), word))


class _Composer:
    """Puts the files of one folder together."""

    def __init__(self, resolver: Resolver, root: str, chosen: _Chosen) -> None:
        self._resolver, self._root = resolver, root
        self._options: dict[str, list[str]] = {}
        self._values: list[tuple[str, Outcomes]] = []
        self._read = 0
        folders = resolver.program.store.folders()
        for key, value, word in chosen.words:
            if posixpath.join(root, key.split("@", 1)[0]) in folders:
                self._options.setdefault(key.split("@", 1)[0], []).extend(value.split(","))
            else:
                each = value.split(",") if not value.startswith(("[", "{")) else [value]
                trail = tuple(replace(step, value=value) for step in word.trail)
                self._values.append((key, tuple(Outcome(Const(v), trail) for v in each)))

    def whole(self, name: str) -> omega.Tree | None:
        """The configuration of this name, with all that is set over it; None where there is no such file."""
        found: omega.Tree | None = None
        for _ in range(3):  # a file may override the group of one that was read before it
            before = {key: list(options) for key, options in self._options.items()}
            self._read = 0
            found = self._composed(name, "", "")
            if self._options == before:
                break
        if found is None or self._read > _MAX_FILES:
            return None
        for group, options in sorted(self._options.items()):
            if group not in self._seen(name):
                for option in options:
                    omega.merge(found, self._composed(posixpath.join(group, option), group, _package(group)) or {})
        for key, outcomes in self._values:
            several = weaken(outcomes, "possible", "one of several that the command sweeps over")
            omega.place(found, key.replace("/", "."), several if len(outcomes) > 1 else outcomes)
        return found

    def _seen(self, name: str) -> set[str]:
        """The groups that the primary configuration has an option of."""
        return {group for group, _, _ in self._defaults(name, "")}

    def _document(self, name: str) -> Outcomes:
        path = _file(self._resolver, self._root, name)
        return files.document(self._resolver, Outcome(FileText(path))) if path is not None else ()

    def _defaults(self, name: str, group: str) -> Iterator[tuple[str, str, Outcome]]:
        """The entries of a file's defaults: the group ("" for `_self_` and files of the same folder), how it is written,
        and the option."""
        for base in self._document(name):
            for listed in entry(self._resolver, base, "defaults"):
                for item in elements(self._resolver, listed) or ():
                    if isinstance(item.value, (Mapping, Merged)):
                        for key, options in (omega.tree(self._resolver, item) or {}).items():
                            words = key.split()
                            plain = words[-1].split("@", 1)[0]
                            there = plain.lstrip("/") if plain.startswith("/") else posixpath.join(group, plain)
                            for option in options if isinstance(options, tuple) else ():
                                yield there, key, option
                    elif text_of(item.value) is not None:
                        yield "", str(text_of(item.value)), item

    def _composed(self, name: str, group: str, package: str) -> omega.Tree | None:
        """A file with its defaults, at the place in the whole where it belongs."""
        self._read += 1
        documents = self._document(name)
        own = omega.tree(self._resolver, documents[0]) if len(documents) == 1 else None
        if own is None or self._read > _MAX_FILES:
            return None
        own.pop("defaults", None)
        package = self._declared(name) if self._declared(name) is not None else package  # type: ignore[assignment]
        found: omega.Tree = {}
        placed = False
        for there, written, option in self._defaults(name, group):
            if written == "_self_":
                _laid(found, package, own)
                placed = True
            else:
                self._add(found, there, written, option, group, package)
        if not placed:
            _laid(found, package, own)
        return found

    def _add(self, found: omega.Tree, there: str, written: str, option: Outcome, group: str, package: str) -> None:
        """One entry of a defaults list."""
        if not there:  # another file of the same folder
            omega.merge(found, self._composed(posixpath.join(group, written), group, package) or {})
            return
        if written.startswith("override "):
            for name in _options(self._resolver, option):
                self._options.setdefault(there, [name])
            return
        into = written.rsplit("@", 1)[1] if "@" in written else _package(there)
        options = self._options.get(there) or _options(self._resolver, option)
        trees = [self._composed(posixpath.join(there, name), there, into) for name in options]
        for tree in trees:
            omega.merge(found, tree or {})

    def _declared(self, name: str) -> str | None:
        """The package that a file says that it belongs to, by `# @package _global_` in its first lines."""
        path = _file(self._resolver, self._root, name)
        data = self._resolver.program.store.data(path) if path is not None else None
        match = next((m for line in (data or b"").split(b"\n")[:5] if (m := _PACKAGE.match(line)) is not None), None)
        if match is None:
            return None
        written = match[1].decode("utf-8", "replace")
        return "" if written == "_global_" else written


def _laid(found: omega.Tree, package: str, own: omega.Tree) -> None:
    if package:
        omega.place(found, package, own)
    else:
        omega.merge(found, own)


def _options(resolver: Resolver, option: Outcome) -> list[str]:
    """The options that an entry of a defaults list names."""
    listed = elements(resolver, option) if not isinstance(option.value, Const) else None
    return [t for o in listed or (option,) if (t := text_of(o.value)) is not None]


def _package(group: str) -> str:
    """Where the files of a group belong, where nothing says otherwise."""
    return group.replace("/", ".")


def _file(resolver: Resolver, root: str, name: str) -> str | None:
    stem = posixpath.join(root, name.removesuffix(".yaml").removesuffix(".yml"))
    return next((p for p in (f"{stem}.yaml", f"{stem}.yml") if p in resolver.program.store), None)
