"""Kustomize: each overlay that no other overlay takes in is a deployment of what its bases come to with its patches.

Resources, components, patches (merged by name, or JSON patches), generated ConfigMaps and Secrets. Prefixes of names
change them and what refers to them alike, so nothing is made of them. Source: https://kubectl.docs.kubernetes.io/references/kustomize/kustomization/.
"""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterator
from dataclasses import dataclass

from modelguard.extract import dotenv, kubernetes
from modelguard.extract import facts as f
from modelguard.extract.build import literal
from modelguard.extract.secrets import digest
from modelguard.extract.yaml_doc import DocumentError, documents, get, items, text
from modelguard.link import rendered
from modelguard.link.declared import Declared
from modelguard.link.frames import NOBODY, Frame
from modelguard.link.names import defines
from modelguard.link.placed import Place, moved, placed
from modelguard.link.program import EMPTY, Program
from modelguard.link.resolve import Resolver
from modelguard.link.values import FileText, Outcome

NAMES = ("kustomization.yaml", "kustomization.yml", "Kustomization")
_TOKEN = re.compile(r"zKUS([a-j]+)Gz")
_LITERAL = re.compile(r"\s*-\s*['\"]?([A-Za-z_][\w.-]*)=")
_LETTERS = str.maketrans("0123456789", "abcdefghij")
_LISTS = {"containers": "name", "initContainers": "name", "env": "name", "envFrom": "", "volumes": "name"}
"""Lists of an object that are merged by a key of their elements; any other list is replaced."""
_MAX_DEPTH = 20


def units(program: Program, resolver: Resolver) -> Iterator[Declared]:
    """What every outermost overlay of the tree deploys."""
    folders = {posixpath.dirname(p): p for p in sorted(program.store.paths()) if posixpath.basename(p) in NAMES}
    taken: set[str] = set()
    for folder, path in folders.items():
        taken.update(
            t
            for r in _listed(_read(program, path), "resources", "bases", "components")
            if (t := _join(folder, r)) in folders
        )
    for folder in sorted(set(folders) - taken):
        overlay = _Overlay(program, resolver, folder, folders)
        yield from overlay.units()


def built_from(program: Program) -> frozenset[str]:
    """The manifests that some kustomization takes in: they are deployed by it, not by themselves."""
    found: set[str] = set()
    for path in program.store.paths():
        if posixpath.basename(path) in NAMES:
            document = _read(program, path)
            folder = posixpath.dirname(path)
            found.update(_join(folder, r) for r in _listed(document, "resources", "patchesStrategicMerge"))
            found.update(
                _join(folder, p) for e in items(get(document, "patches")) if (p := text(get(e, "path"))) is not None
            )
    return frozenset(found)


def _join(folder: str, name: str) -> str:
    found = posixpath.normpath(posixpath.join(folder, name))
    return "" if found == "." else found


def _read(program: Program, path: str) -> f.Expr | None:
    data = program.store.data(path)
    try:
        found = documents(data) if data is not None else ()
    except DocumentError as error:
        program.store.gaps[path] = f"line {error.line}: {error.why}"
        return None
    return found[0] if found else None


def _listed(document: f.Expr | None, *keys: str) -> list[str]:
    return [t for k in keys for e in items(get(document, k)) if (t := text(e)) is not None]


@dataclass
class _Object:
    """One object on its way: which file it is from, and the document, positions as tokens of `_Overlay`."""

    path: str
    document: f.Expr


@dataclass(frozen=True, slots=True)
class _Written:
    """A value, the file that it is written in, and what it goes by there."""

    value: f.Expr
    path: str
    name: str


class _Overlay:
    """One outermost kustomization. Values keep the file that they are written in as tokens until the end."""

    def __init__(self, program: Program, resolver: Resolver, folder: str, folders: dict[str, str]) -> None:
        self._program, self._resolver = program, resolver
        self._folder, self._folders = folder, folders
        self._places: dict[str, _Written] = {}
        self._frame: Frame = resolver.keep(Frame(folders[folder], EMPTY, NOBODY, args={}))

    def units(self) -> Iterator[Declared]:
        """The units of everything that the overlay comes to."""
        objects = self._objects(self._folder, 0)
        stage = (
            posixpath.basename(self._folder) if "overlays" in self._folder.split("/") or len(self._folders) > 1 else ""
        )
        name = f"kustomize:{self._folder}"
        place = Place(lambda at: at, self._plain, _TOKEN, self._part)
        for made in objects:
            if kubernetes.recognises(made.document):
                whole = placed(made.document, place)
                yield from rendered.declare(self._program, whole, made.path, self._frame, name, stage)

    # -- values with their files -----------------------------------------------------------------------------------

    def _marked(self, value: f.Expr, path: str, keep: bool = False, name: str = "") -> f.Expr:
        """A document whose values that count are tokens, so that merging it with others loses no place."""
        if isinstance(value, f.Rec):
            target = text(get(value, "name")) or (text(get(value, "path")) or "").rsplit("/", 1)[-1]
            kept = []
            for item in value.items:
                key = str(_name(item))
                inside = keep or key in ("value", "data", "stringData")
                called = target if key == "value" and target else key
                kept.append(f.Item(item.key, self._marked(item.value, path, inside, called), item.at))
            return f.Rec(tuple(kept), value.at)
        if isinstance(value, f.Seq):
            return f.Seq(tuple(self._marked(v, path, keep, name) for v in value.items), value.at)
        if not keep or isinstance(value, f.Var):
            return value
        token = f"zKUS{str(len(self._places)).translate(_LETTERS)}Gz"
        self._places[token] = _Written(value, path, name)
        return f.Lit(token, value.at)

    def _plain(self, written: str) -> object:
        def value(match: re.Match[str]) -> str:
            found = self._places.get(match[0])
            return str(getattr(found.value, "value", "")) if found is not None else match[0]

        return _TOKEN.sub(value, written)

    def _part(self, token: str, secret: bool) -> f.Expr:
        found = self._places.get(token)
        if found is None:
            return f.Lit(token, (1, 1))
        value, path = found.value, found.path
        if secret and isinstance(value, f.Lit) and value.value:
            value = f.Redacted(digest(str(value.value)), value.at)
        where = self._program.document_frame(path)
        outcomes = self._resolver.evaluate(self._resolver.keep(value), where)
        name = token if not secret else f"secret.{token}"
        self._frame.names[name] = defines(outcomes, path, value.at, found.name)
        return f.Var(name, value.at)

    # -- what a kustomization comes to -------------------------------------------------------------------------------

    def _objects(self, folder: str, depth: int) -> list[_Object]:
        path = self._folders.get(folder)
        document = _read(self._program, path) if path is not None and depth < _MAX_DEPTH else None
        if path is None or document is None:
            return []
        found: list[_Object] = []
        for name in _listed(document, "resources", "bases"):
            target = _join(folder, name)
            found += self._objects(target, depth + 1) if target in self._folders else self._loaded(target)
        found += self._generated(document, path, folder)
        for name in _listed(document, "components"):
            self._change(found, _read(self._program, self._folders.get(_join(folder, name), "")), _join(folder, name))
        self._change(found, document, folder)
        return found

    def _change(self, found: list[_Object], document: f.Expr | None, folder: str) -> None:
        """Patches, in the order in which Kustomize applies them."""
        for name in _listed(document, "patchesStrategicMerge"):
            self._patch(found, self._patches(name, folder), None)
        for entry in items(get(document, "patches")):
            target = get(entry, "target")
            written = text(get(entry, "path"))
            inline = get(entry, "patch")
            if written is not None:
                self._patch(found, self._patches(written, folder), target)
            elif text(inline) is not None and inline is not None:
                self._patch(found, self._inline(inline, folder), target)
        self._patch_by_path(found, document, folder)
        for entry in items(get(document, "replacements")):
            written = text(get(entry, "path"))
            read = _read(self._program, _join(folder, written)) if written is not None else entry
            for replacement in items(read) or ((read,) if read is not None else ()):
                self._replace(found, replacement)

    def _patch_by_path(self, found: list[_Object], document: f.Expr | None, folder: str) -> None:
        for entry in items(get(document, "patchesJson6902")):
            written = text(get(entry, "path"))
            if written is not None:
                self._patch(found, self._patches(written, folder), get(entry, "target"))

    def _replace(self, found: list[_Object], replacement: f.Expr) -> None:
        """A value of one object, put into fields of others."""
        source = get(replacement, "source")
        path = text(get(source, "fieldPath")) or "metadata.name"
        given = [
            value
            for made in found
            if source is not None and _selected(made.document, source)
            for _, value in _at(made.document, _steps(path))
        ]
        for target in items(get(replacement, "targets")) if len(given) == 1 else ():
            select = get(target, "select")
            for made in found:
                if select is None or not _selected(made.document, select):
                    continue
                for field in items(get(target, "fieldPaths")):
                    for place, _ in _at(made.document, _steps(text(field) or "")):
                        made.document = _set(made.document, place, given[0], False)

    def _loaded(self, path: str) -> list[_Object]:
        data = self._program.store.data(path)
        try:
            read = documents(data) if data is not None else ()
        except DocumentError:
            return []
        return [_Object(path, self._marked(d, path)) for d in read if kubernetes.recognises(d)]

    def _patches(self, name: str, folder: str) -> list[f.Expr]:
        path = _join(folder, name)
        data = self._program.store.data(path)
        try:
            return [self._marked(d, path) for d in documents(data)] if data is not None else []
        except DocumentError as error:
            self._program.store.gaps[path] = f"line {error.line}: {error.why}"
            return []

    def _inline(self, patch: f.Expr, folder: str) -> list[f.Expr]:
        """A patch that is written into the kustomization as a text, its lines below the key's."""
        path = self._folders[folder]
        try:
            found = documents((text(patch) or "").encode())
        except DocumentError:
            return []
        return [self._marked(moved(d, patch.at[0]), path) for d in found]

    def _patch(self, found: list[_Object], patches: list[f.Expr], target: f.Expr | None) -> None:
        for patch in patches:
            for made in found:
                if isinstance(patch, f.Seq):
                    if target is not None and _selected(made.document, target):
                        made.document = _json_patched(made.document, patch)
                elif _selected(made.document, target if target is not None else _identity(patch)):
                    made.document = _merged(made.document, patch)

    def _generated(self, document: f.Expr, path: str, folder: str) -> list[_Object]:
        """`configMapGenerator` and `secretGenerator`: from literals, env files and files."""
        found = []
        for key, kind in (("configMapGenerator", "ConfigMap"), ("secretGenerator", "Secret")):
            for entry in items(get(document, key)):
                name = get(entry, "name")
                if name is None or text(name) is None:
                    continue
                literals = tuple(e for w in items(get(entry, "literals")) if (e := self._literal(w, path)) is not None)
                marked = self._marked(f.Rec(literals, name.at), path, keep=True)
                data = list(marked.items) if isinstance(marked, f.Rec) else []
                for written in (*items(get(entry, "envs")), *(e for e in [get(entry, "env")] if e is not None)):
                    data += self._env_file(_join(folder, text(written) or ""))
                data += [d for w in items(get(entry, "files")) for d in self._file(text(w) or "", folder, name.at)]
                made = f.Rec(
                    (
                        _item("apiVersion", f.Lit("v1", name.at)),
                        _item("kind", f.Lit(kind, name.at)),
                        _item("metadata", f.Rec((_item("name", name),), name.at)),
                        _item("data", f.Rec(tuple(data), name.at)),
                    ),
                    name.at,
                )
                found.append(_Object(path, made))
        return found

    def _literal(self, written: f.Expr, path: str) -> f.Item | None:
        """`NAME=value`; of one that was dropped as a credential, the name is looked up in the file."""
        if isinstance(written, f.Redacted):
            lines = (self._program.store.data(path) or b"").split(b"\n")
            match = (
                _LITERAL.match(lines[written.at[0] - 1].decode("utf-8", "replace"))
                if written.at[0] <= len(lines)
                else None
            )
            return f.Item(f.Lit(match[1], written.at), written, written.at) if match else None
        variable, sign, value = (text(written) or "").partition("=")
        plain = value[1:-1] if value[:1] in ("'", '"') and value[-1:] == value[:1] else value
        return f.Item(f.Lit(variable, written.at), literal(plain, written.at, variable), written.at) if sign else None

    def _file(self, written: str, folder: str, at: f.Span) -> Iterator[f.Item]:
        """A whole file as an entry: `[KEY=]path`; what reads it finds the file of the tree."""
        key, sign, path = written.partition("=")
        path = _join(folder, path if sign else key)
        if path in self._program.store:
            name = f"file.{path}"
            self._frame.names[name] = (Outcome(FileText(path)),)
            yield f.Item(f.Lit(key if sign else posixpath.basename(path), at), f.Var(name, at), at)

    def _env_file(self, path: str) -> list[f.Item]:
        data = self._program.store.data(path)
        document = dotenv.extract(data).document if data is not None else None
        marked = self._marked(document, path, keep=True) if document is not None else None
        return list(marked.items) if isinstance(marked, f.Rec) else []


def _item(key: str, value: f.Expr) -> f.Item:
    return f.Item(f.Lit(key, value.at), value, value.at)


def _name(item: f.Item) -> object:
    return item.key.value if isinstance(item.key, f.Lit) else None


def _identity(patch: f.Expr) -> f.Expr:
    at = patch.at
    kind, name = get(patch, "kind"), get(patch, "metadata", "name")
    return f.Rec(tuple(_item(k, v) for k, v in (("kind", kind), ("name", name)) if v is not None), at)


def _selected(document: f.Expr, target: f.Expr) -> bool:
    """Whether a target's kind and name (a pattern that must match the whole) fit an object."""
    kind, name = text(get(target, "kind")), text(get(target, "name"))
    own = text(get(document, "metadata", "name")) or ""
    if kind is not None and kind != text(get(document, "kind")):
        return False
    if name is None or name == own:
        return True
    return len(name) < 200 and not re.search(r"[(){}]|[*+]{2}", name) and re.fullmatch(name, own) is not None


def _merged(below: f.Expr, above: f.Expr, key: str = "", depth: int = 0) -> f.Expr:
    """A strategic merge: mappings by key, known lists by their elements' names, anything else replaced."""
    if depth > 80:
        return above
    if isinstance(below, f.Rec) and isinstance(above, f.Rec):
        result = {_name(i): i for i in below.items}
        for item in above.items:
            name = _name(item)
            if isinstance(item.value, f.Lit) and item.value.value is None:
                result.pop(name, None)
            elif name in result:
                inner = _merged(result[name].value, item.value, str(name), depth + 1)
                result[name] = f.Item(item.key, inner, item.at)
            else:
                result[name] = item
        return f.Rec(tuple(result.values()), below.at)
    if isinstance(below, f.Seq) and isinstance(above, f.Seq) and key in _LISTS:
        by = _LISTS[key]
        if not by:
            return f.Seq((*below.items, *above.items), below.at)
        merged = {text(get(v, by)): v for v in below.items}
        for value in above.items:
            name = text(get(value, by))
            if text(get(value, "$patch")) == "delete":
                merged.pop(name, None)
            else:
                merged[name] = _merged(merged[name], value, "", depth + 1) if name in merged else value
        return f.Seq(tuple(merged.values()), below.at)
    return above


def _json_patched(document: f.Expr, patch: f.Seq) -> f.Expr:
    """RFC 6902 `add`, `replace` and `remove`."""
    for operation in patch.items:
        path, kind, value = text(get(operation, "path")), text(get(operation, "op")), get(operation, "value")
        if path is not None and kind in ("add", "replace", "remove"):
            steps = [s.replace("~1", "/").replace("~0", "~") for s in path.split("/")[1:]]
            document = _set(document, steps, value if kind != "remove" else None, kind == "add")
    return document


def _steps(path: str) -> list[str]:
    """The steps of a field path: `spec.containers.[name=api].env.0.value`, with `\\.` for a dot in a key."""
    return [s.replace("\\.", ".") for s in re.split(r"(?<!\\)\.", path) if s]


def _at(value: f.Expr, steps: list[str], depth: int = 0) -> Iterator[tuple[list[str], f.Expr]]:
    """The places that a field path means, each as steps with plain indexes, and what is there."""
    if not steps:
        yield [], value
        return
    step, *rest = steps
    if isinstance(value, f.Seq):
        key, _, wanted = step.strip("[]").partition("=")
        for index, element in enumerate(value.items):
            if step == "*" or step == str(index) or (step.startswith("[") and text(get(element, key)) == wanted):
                for place, found in _at(element, rest, depth + 1):
                    yield [str(index), *place], found
    elif (inner := get(value, step)) is not None:
        for place, found in _at(inner, rest, depth + 1):
            yield [step, *place], found


def _set(value: f.Expr, steps: list[str], new: f.Expr | None, add: bool) -> f.Expr:
    if not steps:
        return new if new is not None else value
    step, *rest = steps
    if isinstance(value, f.Rec):
        kept = [i for i in value.items if _name(i) != step]
        old = next((i for i in value.items if _name(i) == step), None)
        if not rest:
            return f.Rec((*kept, _item(step, new)) if new is not None else tuple(kept), value.at)
        if old is None:
            return value
        return f.Rec(
            tuple(f.Item(i.key, _set(i.value, rest, new, add), i.at) if i is old else i for i in value.items), value.at
        )
    if isinstance(value, f.Seq):
        if step == "-" and new is not None and not rest:
            return f.Seq((*value.items, new), value.at)
        if step.isdecimal() and int(step) <= len(value.items):
            index, listed = int(step), list(value.items)
            if rest and index < len(listed):
                listed[index] = _set(listed[index], rest, new, add)
            elif not rest and add and new is not None:
                listed.insert(index, new)
            elif not rest and index < len(listed):
                listed[index : index + 1] = [new] if new is not None else []
            return f.Seq(tuple(listed), value.at)
    return value
