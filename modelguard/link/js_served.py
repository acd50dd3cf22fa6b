"""What a web framework of JavaScript serves where a command starts it: the functions of the files that it finds by their place.

A command may be the framework's own (`next start`), or what its build wrote: `server.js` of Next.js's standalone output,
`.output/server/index.mjs` of Nuxt, `build/index.js` of SvelteKit and Remix, `dist/server/entry.mjs` of Astro. Sources:
https://nextjs.org/docs/app/api-reference/config/next-config-js/output, https://nuxt.com/docs/getting-started/deployment,
https://svelte.dev/docs/kit/adapter-node, https://reactrouter.com/deploying, https://docs.astro.build/en/guides/integrations-guide/node.
"""

from __future__ import annotations

import re

from modelguard.link import pages, routes
from modelguard.link.program import Program
from modelguard.link.runners import EVENT, Entry
from modelguard.link.values import External, Outcome, Outcomes

_SVELTE = re.compile(r"(?:^|/)\+(?:server|page\.server|layout\.server)\.[jt]s$")
_PAGES = re.compile(r"(?:^|/)functions/")
_BUILT: tuple[tuple[re.Pattern[str], frozenset[str]], ...] = (
    (re.compile(r"(?:^|/)server\.js$"), frozenset({"next"})),
    (re.compile(r"(?:^|/)\.output/server/index\.mjs$"), frozenset({"nuxt", "nitropack", "@tanstack/react-start"})),
    (re.compile(r"(?:^|/)build(?:/index\.js)?/?$"), frozenset({"@sveltejs/kit"})),
    (re.compile(r"(?:^|/)build/(?:server/)?index\.js$"), frozenset({"@remix-run/node", "@react-router/node"})),
    (re.compile(r"(?:^|/)dist/server/entry\.mjs$"), frozenset({"astro"})),
)
"""What a build writes that serves an application, and the packages of which one is then depended on."""
TOOLS = frozenset({"next", "nuxt", "nuxi", "remix-serve", "react-router-serve", "astro", "wrangler"})
"""Commands that serve such an application by themselves."""


def entries(program: Program, folder: str, why: str) -> list[Entry]:
    """Everything that is called for a request to the application of a folder: its routes, then what its page loads."""
    found: list[Entry] = []
    for path in routes.under(program, folder):
        found += [Entry(path, why=why), *called(program, path, f"{why}: ")]
    return found + [
        Entry(e.path, e.function, e.main, why=f"{why}, as {e.why}") for e in pages.served_by(program, folder)
    ]


def called(program: Program, path: str, why: str) -> list[Entry]:
    """The functions of a file that a framework calls for a request, with what it gives them."""
    return [Entry(path, name, why=f"{why}{name}", given=_given(path, name)) for name in routes.exports(program, path)]


def _given(path: str, name: str) -> tuple[tuple[str, Outcomes], ...]:
    """What a handler's first argument is, where the platform's variables are in it."""
    kind = ""
    if _SVELTE.search(path):
        kind = "npm:@sveltejs/kit.RequestEvent"
    elif _PAGES.search(path) and name.startswith("onRequest"):
        kind = "npm:@cloudflare/workers-types.EventContext"
    return ((EVENT, (Outcome(External(kind)),)),) if kind else ()


def of_build(program: Program, path: str, file: str) -> list[Entry]:
    """What a program that a framework's build wrote serves, for a command in the file `path`; nothing for any other file."""
    fitting = [packages for pattern, packages in _BUILT if pattern.search(file)]
    folder, data = program.nearest_package(path) if fitting else ("", {})
    depends = pages.depends(data)
    if not any(packages & depends for packages in fitting):
        return []
    return entries(program, folder, f"{file} serves it, which a build writes")
