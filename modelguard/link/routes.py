"""Files that web frameworks of JavaScript find by where they lie: what they export is called for each request.

Next.js (app and pages router), Nuxt and Nitro, SvelteKit, Remix, Astro; functions of Vercel, Netlify, Cloudflare and
Supabase. Source: each framework's documentation on file-based routing.
"""

from __future__ import annotations

import re

from modelguard.extract.facts import Closure, Scope, Var
from modelguard.extract.node_modules import is_script
from modelguard.extract.typescript import SERVER
from modelguard.link.program import Program

_ROUTES = re.compile(
    r"(?:^|/)app/(?:.*/)?(?:route|page|layout|default|loading|error)\.[jt]sx?$|(?:^|/)pages/.*\.[jt]sx?$|(?:^|/)middleware\.[jt]s$"
    r"|(?:^|/)server/(?:api|routes|middleware)/.*\.[jt]s$|\+(?:server|page|layout)(?:\.server)?\.[jt]s$|(?:^|/)app/routes/.*\.[jt]sx?$"
    r"|(?:^|/)(?:netlify/)?functions/.*\.m?[jt]s$|(?:^|/)(?:src/)?(?:worker|index)\.m?[jt]s$"
)
_FUNCTIONS = re.compile(r"(?:^|/)api/.*\.m?[jt]s$")
"""Vercel's functions. Below `app/` only files of the router's names are served, whatever else is kept there
(https://nextjs.org/docs/14/app/building-your-application/routing/colocation)."""
_ROUTER = re.compile(r"(?:^|/)app/")
_HANDLES = re.compile(r"(?:^|/)app/(?!routes/)(?:.*/)?route\.[jt]sx?$")
_METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "DELETE", "PATCH", "OPTIONS"})
"""What of a route file of Next.js is called (https://nextjs.org/docs/13/app/api-reference/file-conventions/route)."""
_ACTIONS = re.compile(r"(?:^|/)actions(?:/.*)?\.[jt]sx?$|(?:^|/)actions/")
SERVES = re.compile(
    r"\b(?:next|nuxt|nitro|remix|remix-serve|react-router-serve|astro|vite|svelte-kit|vercel|netlify|wrangler)\b"
)
"""Commands that serve such files."""


def is_server(program: Program, path: str) -> bool:
    """Whether a module says `"use server"`: each function that it exports is an endpoint of its own."""
    return any(p == path for p, _ in program.exports.get((SERVER, ""), ()))


def is_part(top: Scope) -> bool:
    """Whether a module says that it is a part of what a server renders (`import "server-only"`), which a route imports."""
    return any(found.module == "server-only" for found in top.imports)


def exports(program: Program, path: str) -> tuple[str, ...]:
    """The exported functions of a file that a framework finds by its place; nothing for any other file."""
    if not is_script(path) or not (_is_served(path) or _ACTIONS.search(path) or is_server(program, path)):
        return ()
    top = program.scopes(path).get("")
    if top is None:
        return ()
    found = tuple(
        b.name
        for b in top.binds
        if ("#" not in b.name and isinstance(b.value, (Closure, Var)))
        or b.name == "default"
        or (b.name == "actions" and "+page.server" in path)
    )
    written = exported(program, path)
    found = tuple(name for name in found if name == "default" or name in written)
    return tuple(name for name in found if name in _METHODS) if _HANDLES.search(path) else found


def exported(program: Program, path: str) -> frozenset[str]:
    """The names that a module exports, as it is written: what it keeps to itself no framework calls."""
    if path not in program.exported_names:
        text = (program.store.data(path) or b"").decode("utf-8", "replace")
        names = {m["name"] or m["set"] for m in _EXPORT.finditer(text)}
        listed = (m[0] for m in _LISTED.finditer(text))
        names |= {n for found in listed if "{" not in found or found[-1] == "}" for n in re.findall(r"[\w$]+", found)}
        program.exported_names[path] = frozenset(names)
    return program.exported_names[path]


_EXPORT = re.compile(
    r"\bexport\s+(?:abstract\s+|async\s+)*(?:const|let|var|class|function\s*\*?)\s*(?P<name>[\w$]+)"
    r"|\bexports\.(?P<set>[\w$]+)\s*="
)
# A list that never ends goes to the end of the file, so that it is gone through once.
_LISTED = re.compile(r"\bexport\s*\{[^}]*\}?|\bmodule\.exports\s*=\s*(?:\{[^}]*\}?|[\w$]+)")


def _is_served(path: str) -> bool:
    function = _FUNCTIONS.search(path) is not None and _ROUTER.search(path) is None
    return function or _ROUTES.search(path) is not None


def under(program: Program, folder: str) -> list[str]:
    """The files of a folder that a framework finds by their place, of those that were read."""
    prefix = f"{folder}/" if folder else ""
    return [p for p, scope in program.code() if scope.name == "" and p.startswith(prefix) and exports(program, p)]
