"""Applications of JavaScript that no command starts: pages of a browser, its extensions, desktop and mobile applications.

What they enter is said by `index.html` (`<script src>`, which bundlers such as Vite follow to the source), by an extension's
manifest.json, and by package.json: `main` of Electron and of editors' extensions, Expo and React Native by convention. All
that lies in one package is one consumer. Sources: https://vite.dev/guide/#index-html-and-project-root,
https://create-react-app.dev/docs/folder-structure, https://developer.chrome.com/docs/extensions/reference/manifest,
https://www.electronjs.org/docs/latest/tutorial/tutorial-first-app,
https://code.visualstudio.com/api/get-started/extension-anatomy, https://docs.expo.dev/router/introduction.
"""

from __future__ import annotations

import json
import posixpath
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from modelguard.extract.node_modules import is_script
from modelguard.link.forward import TESTS
from modelguard.link.frames import Context
from modelguard.link.program import Program
from modelguard.link.runners import Entry, Runner

PLATFORMS = frozenset({"browser", "extension", "electron", "vscode", "mobile"})
_SCRIPT = re.compile(r"""<script\b[^>]*?\bsrc\s*=\s*["']([^"'{}<>]+)["']""", re.I)
_NOT_OURS = re.compile(r"(?:^|/)(?:node_modules|bower_components|vendor|dist|build|coverage|\.next)/")
_MAX_HTML = 500_000
"""Bytes; larger pages are reports that a program wrote."""
_MAIN = ("src/index", "src/main", "index")
_APP = ("index", "App", "src/App", "src/index")


@dataclass
class _App:
    """An application: the file that declares it, and where it enters the code."""

    name: str
    platform: str
    path: str
    entries: list[Entry] = field(default_factory=list)


def runners(program: Program, entered: Iterable[str]) -> list[Runner]:
    """The applications of a tree that have code which was read, without those whose files something `entered` already."""
    scripts = _scripts(program)
    if not scripts:
        return []
    taken = frozenset(entered)
    found: dict[str, _App] = {}
    for app in (*_packages(program), *_extensions(program), *_pages(program)):
        entries = [e for e in app.entries if e.path in scripts and e.path not in taken]
        folder = _root(program, app.path)
        first = found.setdefault(folder, _App(app.name, app.platform, app.path))
        first.entries += [e for e in entries if e not in first.entries]
    return [
        Runner(a.name, a.platform, a.path, 1, Context(a.name), entries=tuple(a.entries), via=((a.path, 1),))
        for _, a in sorted(found.items())
        if a.entries
    ]


def served_by(program: Program, folder: str) -> list[Entry]:
    """Where the page of the package in a folder enters the code, which a command such as `vite` serves or builds."""
    return [e for path in _html(program) if _root(program, path) == folder for e in _of_page(program, path)]


def _root(program: Program, path: str) -> str:
    """The folder of the package that a file belongs to, or of an extension's manifest, or its own."""
    own = posixpath.dirname(path)
    folder, data = program.nearest_package(path)
    inside = own.removeprefix(folder).strip("/")
    if data and (inside in ("", "public", "src") or _electron(data)):
        return folder
    above = own
    while above:
        if posixpath.join(above, "manifest.json") in program.store:
            return above
        above = posixpath.dirname(above)
    return posixpath.dirname(own) if posixpath.basename(own) == "public" else own


def _name(program: Program, folder: str, path: str) -> str:
    data = program.store.node_modules.package(folder) or {}
    named = data.get("name")
    return named if isinstance(named, str) and named else posixpath.basename(folder) or path


# -- pages ---------------------------------------------------------------------------------------------------------------


def _html(program: Program) -> list[str]:
    """The pages of a tree beside which code lies that was read: below their folder, or the one above."""
    beside: set[str] = set()
    for path in _scripts(program):
        while path and posixpath.dirname(path) not in beside:
            path = posixpath.dirname(path)  # noqa: PLW2901
            beside.add(path)
    return sorted(
        p
        for p in program.store.paths()
        if p.endswith(".html") and not _NOT_OURS.search(p) and not TESTS.search(p)
        if not beside.isdisjoint((posixpath.dirname(p), posixpath.dirname(posixpath.dirname(p))))
    )


def _scripts(program: Program) -> set[str]:
    return {p for p, scope in program.code() if scope.name == "" and is_script(p)}


def _pages(program: Program) -> Iterator[_App]:
    for path in _html(program):
        entries = _of_page(program, path)
        if entries:
            yield _App(_name(program, _root(program, path), path), "browser", path, entries)


def _of_page(program: Program, path: str) -> list[Entry]:
    data = program.store.data(path)
    if data is None or len(data) > _MAX_HTML:
        return []
    folder = posixpath.dirname(path)
    found = [s for m in _SCRIPT.finditer(data.decode("utf-8", "replace")) if (s := _source(program, folder, m[1]))]
    package, described = program.nearest_package(path)
    if not found and "react-scripts" in depends(described) and folder == posixpath.join(package, "public"):
        found = [s for stem in _MAIN if (s := program.code_file(posixpath.join(package, stem)))][:1]
    return [Entry(p, main=True, why=f"the script of {path}") for p in dict.fromkeys(found)]


def _source(program: Program, folder: str, written: str) -> str | None:
    """The file of the tree that a page's script is: from its folder, from the package's, or its source."""
    plain = re.sub(r"^%\w+%", "", written.split("?", 1)[0].split("#", 1)[0])
    if "//" in plain:
        return None
    above = posixpath.dirname(folder)
    for base in (folder, above, posixpath.join(folder, "public"), posixpath.join(above, "static")):
        found = program.source_of(posixpath.normpath(posixpath.join(base, plain.lstrip("/"))))
        if found is not None:
            return found
    return None


# -- extensions of browsers ----------------------------------------------------------------------------------------------


def _extensions(program: Program) -> Iterator[_App]:
    for path in sorted(p for p in program.store.paths() if posixpath.basename(p) == "manifest.json"):
        data = _json(program, path) if not _NOT_OURS.search(path) else {}
        if "manifest_version" not in data:
            continue
        folder = posixpath.dirname(path)
        entries = [
            Entry(p, main=True, why=f"a script of {path}")
            for text in _texts([data.get(k) for k in ("background", "content_scripts", "service_worker")])
            if (p := program.source_of(posixpath.normpath(posixpath.join(folder, text.lstrip("/"))))) and is_script(p)
        ]
        yield _App(_name(program, folder, path), "extension", path, entries)


def _json(program: Program, path: str) -> Mapping[str, object]:
    try:
        found = json.loads(program.store.data(path) or b"")
    except (ValueError, RecursionError):
        return {}
    return found if isinstance(found, dict) else {}


def _texts(value: object) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, (list, dict)):
        for inner in value.values() if isinstance(value, dict) else value:
            yield from _texts(inner)


# -- packages --------------------------------------------------------------------------------------------------------------


def _packages(program: Program) -> Iterator[_App]:
    for path in sorted(p for p in program.store.paths() if posixpath.basename(p) == "package.json"):
        folder = posixpath.dirname(path)
        data = program.store.node_modules.package(folder) if not _NOT_OURS.search(path) else None
        if data is None:
            continue
        engines = data.get("engines")
        if isinstance(engines, dict) and "vscode" in engines:
            main = _main(program, folder, data)
            entries = [Entry(main, "activate", why=f"the editor calls activate of {path}")] if main else []
            yield _App(_name(program, folder, path), "vscode", path, entries)
        elif _electron(data):
            main = _main(program, folder, data)
            yield _App(
                _name(program, folder, path),
                "electron",
                path,
                [Entry(main, main=True, why=f"main of {path}")] if main else [],
            )
        elif not {"expo", "react-native"}.isdisjoint(depends(data)):
            yield _App(_name(program, folder, path), "mobile", path, list(_mobile(program, folder, data, path)))


def _mobile(program: Program, folder: str, data: Mapping[str, object], path: str) -> Iterator[Entry]:
    """The root component, or with expo-router each file of the folder `app`, which is a screen."""
    if "expo-router" in depends(data):
        for base in ("app", "src/app"):
            inside = posixpath.join(folder, base) + "/"
            screens = [p for p, s in program.code() if s.name == "" and is_script(p) and p.startswith(inside)]
            yield from (Entry(p, "default", main=True, why=f"a screen of {path}") for p in screens)
    written = data.get("main")
    own = [posixpath.splitext(written)[0]] if isinstance(written, str) else []
    for stem in (*own, *_APP):
        found = program.code_file(posixpath.normpath(posixpath.join(folder, stem)))
        if found is not None:
            yield Entry(found, "default", main=True, why=f"the root of {path}")


def _main(program: Program, folder: str, data: Mapping[str, object]) -> str | None:
    """The source of a package's `main`."""
    written = data.get("main")
    plain = posixpath.normpath(posixpath.join(folder, written)) if isinstance(written, str) else ""
    found = program.source_of(plain) or program.source_of(f"{plain}.js") if plain else None
    return found or program.store.node_modules.program(folder)


def _electron(data: Mapping[str, object]) -> bool:
    return "electron" in depends(data)


def depends(data: Mapping[str, object]) -> frozenset[str]:
    """The packages that a package.json names, those for its development too."""
    tables = [data.get(k) for k in ("dependencies", "devDependencies")]
    return frozenset(name for t in tables if isinstance(t, dict) for name in t)
