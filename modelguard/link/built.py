"""What a build makes of the sources of a package: the source of `packages/x/dist/index.mjs`.

By the compiler's layout (`dist/a.js` of `src/a.ts`), else by what the package's build says it bundles: the files that are
named in the scripts of package.json, or in the program of the tree that such a script runs (`node scripts/build.mjs`).
"""

from __future__ import annotations

import posixpath
import re

from modelguard.extract.node_modules import BUILT, is_script
from modelguard.extract.words import split
from modelguard.link.program import Program

_NAMED = re.compile(r"""["'`]([\w@./-]+\.[cm]?[jt]sx?)["'`]""")
_CONFIGURED = {
    "webpack": ("webpack.config.js", "webpack.config.ts", "webpack.config.cjs", "webpack.config.mjs"),
    "rollup": ("rollup.config.js", "rollup.config.mjs", "rollup.config.ts"),
    "tsup": ("tsup.config.ts", "tsup.config.js"),
}
"""Bundlers that find what to build in a file of their own."""
_MAX_BUILD = 100_000
"""Bytes of a build's program that is looked at."""


def is_built(folder: str) -> bool:
    """Whether a folder is one that a build writes to."""
    return BUILT.search(f"{folder}/") is not None


def source(program: Program, stem: str, function: str) -> str | None:
    """The source of a built file, given without its ending, that defines a function; None where none is told."""
    direct = program.by_layout(stem)
    if direct is not None:
        return direct
    package = package_of(program, stem)
    if package is None:
        return None
    bundled = [p for p in _bundled(program, package) if defines(program, p, function)]
    if not bundled:
        own = program.store.node_modules.program(package) if _is_main(program, package, stem) else None
        return own if own is not None and defines(program, own, function) else None
    named = [p for p in bundled if posixpath.splitext(posixpath.basename(p))[0] == posixpath.basename(stem)]
    found = named or bundled
    return found[0] if len(found) == 1 else None


def _is_main(program: Program, package: str, stem: str) -> bool:
    """Whether a built file is what a package's `main` names."""
    main = str((program.store.node_modules.package(package) or {}).get("main") or "index.js")
    return posixpath.splitext(posixpath.normpath(posixpath.join(package, main)))[0] == stem


def package_of(program: Program, path: str) -> str | None:
    """The folder of the nearest package.json upwards; None where there is none."""
    folder, data = program.nearest_package(path)
    return folder if data else None


def defines(program: Program, path: str, name: str) -> bool:
    """Whether a module has a top-level name."""
    top = program.scopes(path).get("")
    return top is not None and any(b.name.split("#", 1)[0] == name for b in top.binds)


def _bundled(program: Program, package: str) -> list[str]:
    """The files of a package that its build names."""
    data = program.store.node_modules.package(package) or {}
    scripts = data.get("scripts")
    found: list[str] = []
    for command in scripts.values() if isinstance(scripts, dict) else ():
        words = split(str(command))
        for word in (*words, *(c for w in words for c in _CONFIGURED.get(w, ()))):
            path = posixpath.normpath(posixpath.join(package, word))
            if not is_script(path) or path not in program.store:
                continue
            inside = _read_by(program, package, path)
            found += inside or [path]
    return list(dict.fromkeys(found))


def _read_by(program: Program, package: str, build: str) -> list[str]:
    """The scripts of the tree that a build's program names: as seen from the package, or from where it lies."""
    data = program.store.data(build)
    if data is None or len(data) > _MAX_BUILD:
        return []
    texts = _NAMED.findall(data.decode("utf-8", "replace"))
    seen = [posixpath.normpath(posixpath.join(f, t)) for t in texts for f in (package, posixpath.dirname(build))]
    return [p for p in seen if p in program.store and p != build]
