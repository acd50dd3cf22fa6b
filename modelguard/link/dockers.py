"""Dockerfiles of which no manifest says where they run: what each runs is a program all the same, with the image's variables."""

from __future__ import annotations

import posixpath
from collections.abc import Iterator

from modelguard.extract import facts as f
from modelguard.extract.node_modules import is_script
from modelguard.link.forward import TESTS
from modelguard.link.images import Images
from modelguard.link.program import Program
from modelguard.link.runners import Runner

PLATFORM = "docker"


def alone(program: Program, built: Images, found: list[Runner]) -> Iterator[tuple[str, f.Unit]]:
    """The units of Dockerfiles that no consumer runs, each with the path of its Dockerfile; their names are to be filled in."""
    used = {path for r in found for path, _ in (r.runs_at, *r.via)}
    for path, image in built.every():
        if path in used or not image.argv or TESTS.search(path) or path.startswith(".devcontainer/"):
            continue
        here = posixpath.dirname(path) or "."
        at = (image.line, 1)
        context = image.context or "."
        places = (("context", posixpath.relpath(context, here)), ("dockerfile", posixpath.relpath(path, context)))
        entries = tuple(f.Item(f.Lit(key, at), f.Lit(value, at), at) for key, value in places)
        yield path, f.Unit(path, PLATFORM, at, build=f.Rec(entries, at))


def named(runner: Runner, others: set[str]) -> str:
    """The program that it runs, after which the consumer is called; empty where others run that, or it runs none of the tree.
    Of an application whose routes a framework serves, each route is a program of its own, as where there is no Dockerfile."""
    paths = list(dict.fromkeys(e.path for e in runner.entries))
    if len([p for p in paths if is_script(p)]) > 1:
        return ""
    return paths[0] if paths and others.isdisjoint(paths) else ""
