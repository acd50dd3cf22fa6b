"""A Helm template put together from values, as a text whose every line knows the template line it was written on.

A safe interpreter of a subset: no file, network or cluster is asked, and steps, depth and size are limited.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from modelguard.extract.gotemplate import Node, Pipeline, TemplateError, Term, parse
from modelguard.link.helm_functions import Value, apply, text, truth
from modelguard.link.helm_values import Leaf, Leaves

MAX_STEPS = 200_000
MAX_DEPTH = 40
MAX_TEXT = 2_000_000
_CONSTANTS: dict[str, object] = {"true": True, "false": False, "nil": None}


@dataclass
class Rendered:
    """The text, the template line of each of its lines, and conditions that were taken to hold though they need not."""

    text: str
    lines: list[int]
    switches: list[tuple[int, int, str]] = field(default_factory=list)


@dataclass
class _Scope:
    dot: Value
    root: Value
    variables: dict[str, Value]


class Renderer:
    """Renders the templates of one chart. `defined` has what `define` names, from all its files."""

    def __init__(self, leaves: Leaves, defined: dict[str, list[Node]]) -> None:
        self._leaves = leaves
        self._defined = defined
        self._steps = 0
        self._depth = 0
        self._out: list[tuple[str, int]] = []
        self._switches: list[tuple[int, int, str]] = []
        self._path = ""

    def render(self, nodes: list[Node], root: Value, path: str) -> Rendered:
        """One template. Raises TemplateError where a limit is hit."""
        self._out, self._switches, self._path, self._depth = [], [], path, 0
        self._run(nodes, _Scope(root, root, {}))
        lines: list[int] = []
        current = 0
        for written, line in self._out:
            for index, part in enumerate(written.split("\n")):
                if index:
                    lines.append(current or line)
                    current = 0
                if part.strip() and not current:
                    current = line + index
        lines.append(current or 1)
        return Rendered("".join(t for t, _ in self._out), lines, self._switches)

    # -- nodes -----------------------------------------------------------------------------------------------------

    def _run(self, nodes: list[Node], scope: _Scope) -> None:
        for node in nodes:
            self._steps += 1
            if self._steps > MAX_STEPS:
                raise TemplateError("takes too many steps", node.line)
            if node.kind == "text":
                self._emit(node.text, node.line)
            elif node.kind in ("value", "template"):
                value = self._include(node, scope) if node.kind == "template" else self._pipeline(node, scope)
                if node.kind == "template" or (node.pipeline is not None and not node.pipeline.names):
                    self._emit(text(value), node.line, one_line=True)
            elif node.kind == "if":
                self._if(node, scope)
            elif node.kind == "with":
                self._with(node, scope)
            elif node.kind == "range":
                self._range(node, scope)

    def _emit(self, written: str, line: int, one_line: bool = False) -> None:
        if sum(len(t) for t, _ in self._out[-1:]) + len(written) > MAX_TEXT:
            raise TemplateError("makes too long a text", line)
        if one_line and "\n" in written:
            for index, part in enumerate(written.split("\n")):
                self._out.append(("\n" + part if index else part, line - 1 if index else line))
            return
        self._out.append((written, line))

    def _if(self, node: Node, scope: _Scope) -> None:
        value = self._pipeline(node, scope)
        if truth(self._leaves, value):
            self._run(node.body, scope)
        elif node.other:
            self._run(node.other, scope)
        elif isinstance(value, Leaf) and value.value is False:
            # A switch that is off in this values file: what it would deploy is there to be switched on.
            start = len("".join(t for t, _ in self._out).split("\n"))
            self._run(node.body, scope)
            end = len("".join(t for t, _ in self._out).split("\n"))
            self._switches.append((start, end, node.text))

    def _with(self, node: Node, scope: _Scope) -> None:
        value = self._pipeline(node, scope)
        if truth(self._leaves, value):
            self._run(node.body, _Scope(value, scope.root, scope.variables))
        else:
            self._run(node.other, scope)

    def _range(self, node: Node, scope: _Scope) -> None:
        value = self._pipeline(node, scope)
        pairs: list[tuple[Value, Value]] = []
        if isinstance(value, dict):
            pairs = sorted(value.items())
        elif isinstance(value, list):
            pairs = list(enumerate(value))
        if not pairs:
            self._run(node.other, scope)
        names = node.pipeline.names if node.pipeline is not None else ()
        for key, item in pairs[:1000]:
            variables = dict(scope.variables)
            if len(names) == 2:
                variables[names[0]] = key
            if names:
                variables[names[-1]] = item
            self._run(node.body, _Scope(item, scope.root, variables))

    # -- expressions -----------------------------------------------------------------------------------------------

    def _pipeline(self, node: Node, scope: _Scope) -> Value:
        assert node.pipeline is not None
        value = self._value(node.pipeline, scope, node.line)
        if node.kind not in ("range",):
            for name in node.pipeline.names:
                scope.variables[name] = value
        return value

    def _value(self, pipeline: Pipeline, scope: _Scope, line: int) -> Value:
        value: Value = None
        for position, command in enumerate(pipeline.commands):
            value = self._command(command, scope, line, [value] if position else [])
        return value

    def _command(self, command: tuple[Term, ...], scope: _Scope, line: int, piped: list[Value]) -> Value:
        first, *rest = command
        if first.kind == "word" and first.text not in _CONSTANTS:
            args = [self._term(t, scope, line) for t in rest] + piped
            return self._call(first.text, args, scope, line)
        value = self._term(first, scope, line)
        if callable(value):
            return value(*[self._term(t, scope, line) for t in rest], *piped)
        return value

    def _term(self, term: Term, scope: _Scope, line: int) -> Value:
        if term.kind == "text":
            return term.text[1:-1] if term.text[0] == "`" else _unescaped(term.text[1:-1])
        if term.kind == "number":
            return float(term.text) if "." in term.text else int(term.text)
        if term.kind == "group" and term.group is not None:
            return self._fields(self._value(term.group, scope, line), term.fields, line)
        if term.kind == "field":
            return self._fields(scope.dot, tuple(term.text[1:].split(".")) if term.text != "." else (), line)
        if term.kind == "variable":
            name, _, rest = term.text.partition(".")
            base = scope.root if name == "$" else scope.variables.get(name)
            return self._fields(base, tuple(rest.split(".")) if rest else (), line)
        return _CONSTANTS.get(
            term.text, self._call(term.text, [], scope, line) if term.text not in _CONSTANTS else None
        )

    def _fields(self, value: Value, names: tuple[str, ...], line: int) -> Value:
        for name in names:
            if isinstance(value, dict):
                value = value.get(name)
            elif isinstance(value, Leaf) and value.outcome.trail == ():
                return value
            else:
                return None
        return value

    def _call(self, name: str, args: list[Value], scope: _Scope, line: int) -> Value:
        if name in ("include", "tpl") and not args:
            raise TemplateError(f"gives `{name}` nothing", line)
        if name == "include":
            return self._text_of(str(self._leaves.plain(args[0])), args[1] if len(args) > 1 else scope.dot, scope, line)
        if name == "tpl":
            return self._inline(args[0], args[1] if len(args) > 1 else scope.dot, scope, line)
        try:
            return apply(self._leaves, name, args)
        except (KeyError, TypeError, ValueError, IndexError, AttributeError):
            return self._leaves.unknown(f"what `{name}` gives in a template", self._path, line)

    def _include(self, node: Node, scope: _Scope) -> Value:
        assert node.pipeline is not None
        if not node.pipeline.commands:
            raise TemplateError("names no template", node.line)
        terms = node.pipeline.commands[0]
        values = [self._term(t, scope, node.line) for t in terms]
        return self._text_of(str(values[0]), values[1] if len(values) > 1 else None, scope, node.line)

    def _text_of(self, name: str, dot: Value, scope: _Scope, line: int) -> str:
        nodes = self._defined.get(name)
        return self._apart(nodes, dot, scope, line) if nodes is not None else ""

    def _inline(self, template: Value, dot: Value, scope: _Scope, line: int) -> Value:
        """`tpl`: a text of the values that is a template itself."""
        plain = self._leaves.plain(template)
        if not isinstance(plain, str) or "{{" not in plain:
            return template
        try:
            return self._apart(parse(plain), dot, scope, line)
        except TemplateError:
            return self._leaves.unknown("a template in a value that is not understood", self._path, line)

    def _apart(self, nodes: list[Node], dot: Value, scope: _Scope, line: int) -> str:
        if self._depth > MAX_DEPTH:
            raise TemplateError("templates include each other too deeply", line)
        self._depth += 1
        kept, self._out = self._out, []
        try:
            root = dot if isinstance(dot, dict) and "Values" in dot else scope.root
            self._run(nodes, _Scope(dot, root, {}))
            return "".join(t for t, _ in self._out)
        finally:
            self._out = kept
            self._depth -= 1


def _unescaped(written: str) -> str:
    return written.replace('\\"', '"').replace("\\n", "\n").replace("\\t", "\t").replace("\\\\", "\\")
