"""TypeScript and JavaScript source to facts: one scope a module, class and function, as for Python.

Read with tree-sitter's grammar, which goes on past what it can't parse. What differs from Python is said in the same
words: `constructor` is `__init__`, a method's first parameter is `this`, `export default` defines `default`,
`module.exports = x` defines `=`. Types are dropped. Sources: ECMAScript 2025, TypeScript 5.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import TYPE_CHECKING

from modelguard.extract.facts import Export, Facts, Lit
from modelguard.extract.typescript_body import Body, Source, first_error

if TYPE_CHECKING:
    from tree_sitter import Parser

NAME = "typescript"
MAX_LINE = 20_000
"""A file with a longer line was made by a bundler: its source is what counts, and reading it costs the most."""
SERVER = "js.server"
"""What marks a module whose exported functions a browser calls (`"use server"`)."""
_SERVER = re.compile(rb"(?:\s|//[^\n]*\n|/\*.*?\*/)*[\"']use server[\"']", re.S)
_LONG = re.compile(rb"[^\n]{%d}" % MAX_LINE)


@lru_cache(maxsize=2)
def parser(jsx: bool = True) -> Parser:
    """The parser; with JSX, `<T>value` is no type assertion."""
    import tree_sitter
    import tree_sitter_typescript

    language = tree_sitter_typescript.language_tsx() if jsx else tree_sitter_typescript.language_typescript()
    return tree_sitter.Parser(tree_sitter.Language(language))


def extract(data: bytes) -> Facts:
    """Facts of one file. What the parser could not read is named in `problem`; the rest is there."""
    if b"\0" in data or _LONG.search(data):
        return Facts(NAME, problem="made by a bundler, or no text: not read", problem_line=1)
    tree = parser().parse(data)
    line = first_error(tree.root_node)
    if line:
        # Generic arrows and assertions without JSX; the better of the two is kept.
        plain = parser(jsx=False).parse(data)
        other = first_error(plain.root_node)
        if not other:
            tree, line = plain, 0
    source = Source.of(data)
    try:
        module = Body(source, "", "module", (1, 1), parent=None)
        module.run_block(tree.root_node)
        module.finish()
    except RecursionError:
        return Facts(NAME, problem="nested too deeply to follow", problem_line=1)
    scopes = tuple(source.scopes)
    served = (Export(SERVER, "", Lit(True, (1, 1)), (1, 1)),) if _SERVER.match(data) else ()
    problem = "part of it could not be read" if line else ""
    return Facts(NAME, scopes=scopes, exports=served, problem=problem, problem_line=line)
