"""Go templates as a tree: text, actions and blocks. Read, never executed by Go; see link/helm.py for what they come to.

Grammar: https://pkg.go.dev/text/template. A template that can't be parsed raises TemplateError with its line.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field

MAX_NODES = 50_000
_INSIDE = re.compile(r"""/\*|"(?:\\.|[^"\\\n])*"|`[^`]*`|'(?:\\.|[^'\\\n])*'|\}\}|["`']""", re.S)
_TOKEN = re.compile(
    r"""\s*(?:(?P<text>"(?:\\.|[^"\\])*"|`[^`]*`)|(?P<number>[+-]?\d+(?:\.\d+)?\b)|(?P<assign>:=|=(?!=))|(?P<symbol>[|(),])"""
    r"""|(?P<variable>\$\w*(?:\.\w+)*)|(?P<field>\.(?:\w+(?:\.\w+)*)?)|(?P<word>\w+))"""
)


class TemplateError(Exception):
    """A template that is not valid; says where."""

    def __init__(self, why: str, line: int) -> None:
        self.why, self.line = why, line
        super().__init__(why)


@dataclass(frozen=True, slots=True)
class Term:
    """One operand: kind is text, number, field (`.a.b`), variable (`$x.a`), word (a function or constant) or group."""

    kind: str
    text: str = ""
    group: Pipeline | None = None
    fields: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Pipeline:
    """Commands joined by `|`; each is its operands. `names` are the variables that it is assigned to."""

    commands: tuple[tuple[Term, ...], ...]
    names: tuple[str, ...] = ()


@dataclass(slots=True)
class Node:
    """A piece of a template. `kind` is text, value, if, with, range, define, template or block."""

    kind: str
    line: int
    text: str = ""
    pipeline: Pipeline | None = None
    body: list[Node] = field(default_factory=list)
    other: list[Node] = field(default_factory=list)


def parse(source: str) -> list[Node]:
    """The nodes of a template. Raises TemplateError."""
    root: list[Node] = []
    stack: list[tuple[Node, list[Node]]] = []
    current = root
    position, line, trim = 0, 1, False
    for _ in range(MAX_NODES):
        start = source.find("{{", position)
        if start < 0:
            break
        end = _end(source, start, line + source.count("\n", position, start))
        code = source[start + 2 : end]
        written = source[position:start]
        text = written.lstrip() if trim else written
        text_line = line + written[: len(written) - len(text)].count("\n")
        trims = code[:1] == "-" and (code[1:2].isspace() or len(code) == 1)
        if text:
            current.append(Node("text", text_line, text.rstrip() if trims else text))
        line += written.count("\n")
        trim = code[-1:] == "-" and code[-2:-1].isspace()
        current = _action(code[trims : len(code) - trim].strip(), line, current, stack)
        line += code.count("\n")
        position = end + 2
    else:
        raise TemplateError("more actions than are read", line)
    rest = source[position:]
    current.append(Node("text", line, rest.lstrip() if trim else rest))
    if stack:
        raise TemplateError(f"`{stack[-1][0].kind}` has no end", stack[-1][0].line)
    return root


def _end(source: str, start: int, line: int) -> int:
    """Where the action that opens at `start` closes; texts and comments may have braces of their own."""
    position = start + 2
    while (match := _INSIDE.search(source, position)) is not None:
        if match[0] == "}}":
            return match.start()
        if len(match[0]) == 1:
            break
        position = source.find("*/", match.end()) + 2 if match[0] == "/*" else match.end()
        if position < match.end():
            break
    raise TemplateError("an action that is not closed", line)


def _action(code: str, line: int, current: list[Node], stack: list[tuple[Node, list[Node]]]) -> list[Node]:
    """Take one action; gives the list that what follows goes to."""
    if not code or code.startswith("/*"):
        return current
    word, _, rest = code.partition(" ")
    if word in ("if", "with", "range", "define", "block"):
        node = Node(word, line, text=rest.strip(), pipeline=None if word == "define" else pipeline(rest, line))
        current.append(node)
        stack.append((node, current))
        return node.body
    if word == "else":
        if not stack:
            raise TemplateError("`else` outside a block", line)
        node = stack[-1][0]
        if rest.strip():
            inner = Node(rest.split(None, 1)[0], line, pipeline=pipeline(rest.split(None, 1)[1], line))
            node.other.append(inner)
            stack[-1] = (inner, stack[-1][1])
            return inner.body
        return node.other
    if word == "end":
        if not stack:
            raise TemplateError("`end` outside a block", line)
        return stack.pop()[1]
    if word in ("break", "continue"):
        return current
    kind = "template" if word == "template" else "value"
    current.append(Node(kind, line, pipeline=pipeline(rest if kind == "template" else code, line)))
    return current


def pipeline(code: str, line: int) -> Pipeline:
    """`$x := a b | c (d e)` as commands of operands. Raises TemplateError."""
    tokens: list[tuple[str, str, bool]] = []
    position = 0
    while position < len(code.rstrip()):
        match = _TOKEN.match(code, position)
        if match is None or match.lastgroup is None:
            raise TemplateError(f"`{code[position : position + 20]}` is not understood", line)
        spaced = code[position : position + 1].isspace()
        tokens.append((match.lastgroup, match[match.lastgroup], spaced))
        position = match.end()
    assigns = [i for i, t in enumerate(tokens) if t[0] == "assign"]
    names: tuple[str, ...] = ()
    if assigns:
        names = tuple(t[1] for t in tokens[: assigns[0]] if t[0] == "variable")
        tokens = tokens[assigns[0] + 1 :]
    parsed, end = _commands(tokens, 0, line, 0)
    if end != len(tokens):
        raise TemplateError("unbalanced parentheses", line)
    return Pipeline(parsed, names)


def _commands(
    tokens: list[tuple[str, str, bool]], position: int, line: int, depth: int
) -> tuple[tuple[tuple[Term, ...], ...], int]:
    if depth > 50:
        raise TemplateError("nested too deeply", line)
    commands: list[tuple[Term, ...]] = []
    terms: list[Term] = []
    while position < len(tokens):
        kind, text, spaced = tokens[position]
        if text == "|" and kind == "symbol":
            commands.append(tuple(terms))
            terms = []
        elif text == "(" and kind == "symbol":
            inner, position = _commands(tokens, position + 1, line, depth + 1)
            terms.append(Term("group", group=Pipeline(inner)))
        elif text == ")" and kind == "symbol":
            break
        elif kind == "field" and terms and not spaced and terms[-1].kind == "group" and text != ".":
            last = terms.pop()
            terms.append(Term("group", group=last.group, fields=tuple(text[1:].split("."))))
        elif kind != "symbol":
            terms.append(Term(kind, text))
        position += 1
    commands.append(tuple(terms))
    return tuple(c for c in commands if c), position
