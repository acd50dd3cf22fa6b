"""Shell scripts: the programs that they run, the variables that they set, and the Python that is written inside them.

Nothing is run or expanded by a shell. The document has `script` (the text without what is fed to programs), `env` (what
is exported to them) and `variables` (what else is assigned). Python between the quotes of `python -c` and in here-documents
becomes a module of its own, at the lines where it stands.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TypeVar

from modelguard.extract.build import literal
from modelguard.extract.facts import Expr, Facts, Item, Lit, OneOf, Op, Opaque, Rec, Scope, Seq, Span
from modelguard.extract.python import parsed, scopes_of
from modelguard.extract.secrets import MAX_LINES_TEXT, concealed
from modelguard.extract.words import split

NAME = "shell"
_Node = TypeVar("_Node", bound=ast.AST)
MAX_BYTES = 400_000
"""Larger files are self-extracting archives and generated installers."""
_OS = "__shell_os"
"""The name under which the module of a script's Python has `os`, for the shell's variables in it."""

_QUOTED = re.compile(r"(?<![\w-])python[\d.]*(?:[ \t]+-[A-Za-bd-z]+)*[ \t]+-[A-Za-bd-z]*c[ \t]+(?P<quote>[\"'])")
_HEREDOC = re.compile(r"<<(?P<dash>-?)[ \t]*(?P<quote>[\"']?)(?P<end>\w+)(?P=quote)[^\n]*\n")
_PYTHON = re.compile(r"(?:^|[\s;&|/])(?:python|pypy)[\d.]*(?:[ \t]+-[A-Za-z]*)*[ \t]*$")
_LONGEST_COMMAND = 300
"""Characters before a here-document that are looked at for what it is fed to."""
_DECLARED = re.compile(r"[ \t]*(?P<how>(?:export|readonly|local|declare|typeset)[ \t]+(?:-\w+[ \t]+)*)?")
_ASSIGNED = re.compile(
    r"[ \t]*(?P<name>[A-Za-z_]\w*)=(?P<value>\"(?:[^\"\\]|\\.)*\"|'[^']*'|[^\s;&|()\"']*)(?=[\s;&|#]|$)"
)
_VARIABLE = re.compile(r"\$(?:\{(?P<braced>\w+)(?::?[-=](?P<default>[^{}]*))?\}|(?P<plain>[A-Za-z_]\w*|\d))")
_ESCAPED = re.compile(r"\\([\"\\$`])")


@dataclass(frozen=True, slots=True)
class _Snippet:
    """Python inside a script: the line where its first line stands, and whether the shell puts variables into it."""

    code: str
    line: int
    expanded: bool


@dataclass(frozen=True, slots=True)
class _Assignment:
    """`NAME=value`: the value without its quotes, whether the shell expands it, and whether it is indented: written
    inside of something that may not be run."""

    name: str
    value: str
    at: Span
    exported: bool
    expanded: bool
    inside: bool


def extract(data: bytes) -> Facts:
    """Facts of one shell script. Python in it that can't be read is a `problem`; the rest is kept."""
    if len(data) > MAX_BYTES:
        return Facts(NAME, problem=f"a script of more than {MAX_BYTES // 1000} kB", problem_line=1)
    text = data.decode("utf-8", "replace").replace("\r\n", "\n")
    snippets, rest = _taken_apart(text)
    assigned = list(_assignments(rest))
    scopes, problem, line = _python(snippets, assigned, text.count("\n") + 1)
    return Facts(NAME, document=_document(rest, assigned), scopes=scopes, problem=problem, problem_line=line)


# -- taking a script apart ---------------------------------------------------------------------------------------------


def _taken_apart(text: str) -> tuple[list[_Snippet], str]:
    """The Python in a script, and the script with it and every other here-document blanked out."""
    snippets: list[_Snippet] = []
    kept: list[str] = []
    place, number = 0, 1
    quoted, heredoc = _QUOTED.search(text), _HEREDOC.search(text)
    while quoted is not None or heredoc is not None:
        if heredoc is not None and (quoted is None or heredoc.end() <= quoted.start()):
            start, (code, end), expanded = heredoc.end(), _heredoc(text, heredoc), not heredoc["quote"]
            line_start = max(text.rfind("\n", 0, heredoc.start()) + 1, place, heredoc.start() - _LONGEST_COMMAND)
            python = _PYTHON.search(text[line_start : heredoc.start()]) is not None
        else:
            assert quoted is not None
            start, end, expanded = quoted.end(), _closing(text, quoted.end(), quoted["quote"]), quoted["quote"] == '"'
            code, python = text[start:end], True
        number += text.count("\n", place, start)
        if python:
            snippets.append(_Snippet(code, number, expanded))
        lines = text.count("\n", start, end)
        kept += [text[place:start], "\n" * lines]
        place, number = end, number + lines
        # Each is looked for from where it was not found yet, so that a script is gone through once.
        quoted = _QUOTED.search(text, place) if quoted is not None and quoted.start() < place else quoted
        heredoc = _HEREDOC.search(text, place) if heredoc is not None and heredoc.start() < place else heredoc
    kept.append(text[place:])
    return snippets, "".join(kept)


def _heredoc(text: str, opening: re.Match[str]) -> tuple[str, int]:
    """The lines of a here-document and where it ends; one that is never closed goes to the end of the file."""
    tabs = "\t*" if opening["dash"] else ""
    closing = re.compile(rf"(?m)^{tabs}{re.escape(opening['end'])}[ \t]*$").search(text, opening.end())
    body = text[opening.end() : closing.start() if closing else len(text)]
    body = re.sub(r"(?m)^\t+", "", body) if tabs else body
    return body, closing.end() if closing else len(text)


def _closing(text: str, start: int, quote: str) -> int:
    """Where a quoted word ends."""
    place = start
    while place < len(text) and text[place] != quote:
        place += 2 if quote == '"' and text[place] == "\\" else 1
    return min(place, len(text))


def _assignments(text: str) -> Iterator[_Assignment]:
    """What the lines of a script assign: to its own variables, or before a command to that command's environment."""
    for number, line in enumerate(text.split("\n"), 1):
        declared = _DECLARED.match(line)
        assert declared is not None
        found: list[re.Match[str]] = []
        place = declared.end()
        while (match := _ASSIGNED.match(line, place)) is not None:
            found.append(match)
            place = match.end()
        before_command = line[place:].strip()[:1] not in ("", ";", "#", "&", "|")
        for match in found:
            value = match["value"]
            quote = value[:1] if value[:1] in ("'", '"') else ""
            exported = before_command or (declared["how"] or "").startswith("export")
            at = (number, match.start("name") + 1)
            inside = line[:1] in (" ", "\t")
            yield _Assignment(match["name"], value.strip(quote) if quote else value, at, exported, quote != "'", inside)


# -- variables ---------------------------------------------------------------------------------------------------------


def _document(text: str, assigned: list[_Assignment]) -> Rec:
    values: dict[str, Expr] = {}
    exported: dict[str, Item] = {}
    marked = {name for line in re.findall(r"(?m)^[ \t]*export[ \t]+([^=\n]+)$", text) for name in line.split()}
    for one in assigned:
        value = _value(one, values)
        # What is assigned inside of an `if`, a `case` or a loop may be assigned or not.
        before = values.get(one.name) if one.inside else None
        values[one.name] = OneOf((before, value), one.at, "a script's branches") if before is not None else value
        if one.exported or one.name in marked:
            exported[one.name] = Item(Lit(one.name, one.at), value, one.at)
    values |= dict(_several(text))
    at = (1, 1)
    script: Expr = Opaque("a very long script", at)
    if len(text) <= MAX_LINES_TEXT:
        script = Lit(concealed(text), at)
    variables = Rec(tuple(Item(Lit(n, v.at), v, v.at) for n, v in values.items()), at)
    parts = {"script": script, "env": Rec(tuple(exported.values()), at), "variables": variables}
    return Rec(tuple(Item(Lit(k, at), v, at) for k, v in parts.items()), at)


_ARRAY = re.compile(r"(?m)^[ \t]*(?:(?:export|local|declare|readonly)[ \t]+(?:-\w+[ \t]+)*)?(\w+)=\(([^()]*)\)")
_LOOP = re.compile(r"(?m)^[ \t]*for[ \t]+(\w+)[ \t]+in[ \t]+([^;\n]+)")
_WHOLE_ARRAY = re.compile(r"\$\{(\w+)\[[@*]\]\}")


def _several(text: str) -> Iterator[tuple[str, Expr]]:
    """Arrays, and the variables of loops over words or an array: any of their elements."""
    arrays: dict[str, tuple[Expr, ...]] = {}
    for match in _ARRAY.finditer(text):
        arrays[match[1]] = tuple(_elements(match[2], text.count("\n", 0, match.start(2)) + 1))
        line = text.count("\n", 0, match.start(1)) + 1
        yield match[1], Seq(arrays[match[1]], (line, 1))
    for match in _LOOP.finditer(text):
        line = text.count("\n", 0, match.start()) + 1
        whole = _WHOLE_ARRAY.fullmatch(match[2].strip().strip('"'))
        options = arrays.get(whole[1], ()) if whole is not None else tuple(_elements(match[2], line))
        if options:
            yield match[1], OneOf(options, (line, 1), "each turn of a loop")
        else:
            yield match[1], Opaque("set by a loop", (line, 1))


def _elements(written: str, line: int) -> Iterator[Expr]:
    """The words of a list, each at its line; one with a variable in it is open."""
    for number, words in enumerate(written.split("\n"), line):
        for count, word in enumerate(split(words, comments=True), 1):
            at = (number, count)
            yield Opaque("put together by a shell", at) if set(word) & set("$`*") else literal(word, at)


def _value(one: _Assignment, before: dict[str, Expr]) -> Expr:
    """What a variable is given: a text, another's value, a default."""
    if not one.expanded or ("$" not in one.value and "`" not in one.value):
        return literal(one.value, one.at, one.name)
    whole = _VARIABLE.fullmatch(one.value)
    if whole is None:
        return Opaque("put together by a shell", one.at)
    name, default = whole["braced"] or whole["plain"], whole["default"]
    if default is not None and "$" not in default:
        given = literal(default.strip("\"'"), one.at, one.name)
        if name == one.name:
            return given  # what is set for the script itself comes first: it is looked up before this
        why = f"the script's argument {name}" if name.isdigit() else f"`{name}`"
        return Op("likely", (given, Lit(f"the default of {why}, which may be set where it runs", one.at)), one.at)
    why = f"the script's argument {name}" if name.isdigit() else f"`{name}`"
    return before.get(name) or Opaque(f"{why}, set where the script runs", one.at)


# -- Python ------------------------------------------------------------------------------------------------------------


def _python(snippets: list[_Snippet], assigned: list[_Assignment], lines: int) -> tuple[tuple[Scope, ...], str, int]:
    """The scopes of all Python of a script as one module; the first snippet that can't be read is told."""
    body: list[ast.stmt] = []
    source = [""] * lines
    problem, problem_line = "", 0
    used: set[str] = set()
    reads = False
    for snippet in snippets:
        code = _ESCAPED.sub(r"\1", snippet.code) if snippet.expanded else snippet.code
        tree = parsed(code.encode("utf-8", "replace"))
        if isinstance(tree, Facts):
            problem = problem or f"Python in it: {tree.problem}"
            problem_line = problem_line or tree.problem_line + snippet.line - 1
            continue
        ast.increment_lineno(tree, snippet.line - 1)
        if snippet.expanded:
            expander = _Expander(frozenset(a.name for a in assigned))
            tree = expander.visit(tree)
            used |= expander.names
            reads = reads or expander.expanded
        body += tree.body
        for number, line in enumerate(code.split("\n"), snippet.line):
            source[min(number, lines) - 1] = line
    if not body:
        return (), problem, problem_line
    before = _preamble([a for a in assigned if a.name in used]) if reads else []
    module = ast.Module([*before, *body], [])
    return scopes_of(module, "\n".join(source).encode("utf-8", "replace")), problem, problem_line


def _preamble(assigned: list[_Assignment]) -> list[ast.stmt]:
    """`os`, and the script's own variables as assignments of its Python."""
    found: list[ast.stmt] = [_at(ast.Import([ast.alias("os", _OS)]), (1, 1))]
    for one in assigned:
        whole = _VARIABLE.fullmatch(one.value) if one.expanded else None
        value: ast.expr
        if whole is not None:
            value = _environment(whole["braced"] or whole["plain"], whole["default"])
        elif one.expanded and "$" in one.value:
            value = _environment(f"{one.name} of the script", None)
        else:
            value = ast.Constant(one.value)
        found.append(_at(ast.Assign([ast.Name(one.name, ast.Store())], value), one.at))
    return found


def _environment(name: str, default: str | None) -> ast.expr:
    """`os.environ.get("NAME", "default")`."""
    environ = ast.Attribute(ast.Name(_OS, ast.Load()), "environ", ast.Load())
    args: list[ast.expr] = [ast.Constant(name), *([ast.Constant(default.strip("\"'"))] if default else [])]
    return ast.Call(ast.Attribute(environ, "get", ast.Load()), args, [])


def _at(node: _Node, at: Span) -> _Node:
    for inner in ast.walk(node):
        if isinstance(inner, (ast.stmt, ast.expr)):
            inner.lineno = inner.end_lineno = at[0]
            inner.col_offset = inner.end_col_offset = at[1] - 1
    return node


class _Expander(ast.NodeTransformer):
    """Puts the shell's variables into Python's texts: `'${MODEL}'` becomes the variable, a part of a text a part."""

    def __init__(self, assigned: frozenset[str]) -> None:
        self.assigned = assigned
        self.names: set[str] = set()
        self.expanded = False

    def visit_JoinedStr(self, node: ast.JoinedStr) -> ast.AST:
        """An f-string is left alone: its parts are no texts of their own."""
        return node

    def visit_Constant(self, node: ast.Constant) -> ast.AST:
        """A text with variables of the shell in it."""
        if not isinstance(node.value, str) or not _VARIABLE.search(node.value):
            return node
        parts: list[ast.expr] = []
        end = 0
        for match in _VARIABLE.finditer(node.value):
            if match.start() > end:
                parts.append(ast.copy_location(ast.Constant(node.value[end : match.start()]), node))
            name = match["braced"] or match["plain"]
            known = name in self.assigned
            self.names |= {name} if known else set()
            self.expanded = True
            variable = ast.Name(name, ast.Load()) if known else _environment(name, match["default"])
            at = (node.lineno, node.col_offset + 1)
            parts.append(_at(ast.FormattedValue(variable, -1, None), at))
            end = match.end()
        if end < len(node.value):
            parts.append(ast.copy_location(ast.Constant(node.value[end:]), node))
        only = parts[0]
        if len(parts) == 1 and isinstance(only, ast.FormattedValue):
            return only.value
        return ast.copy_location(ast.JoinedStr(parts), node)
