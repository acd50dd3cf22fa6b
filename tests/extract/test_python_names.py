"""Names that statements bind: the quick way finds what going through every node finds."""

from __future__ import annotations

import ast

import pytest

from modelguard.extract.python_names import FUNCTIONS, Inner, Names, updated

SOURCES = [
    "a = b = 1\na, (c, *d) = x\na.b = 1\nx[0] = 1\nx.y[(z := 1)] = 2\n",
    "for i in range(3):\n  t = [j for j in i]\nelse:\n  u = 1\nwhile (n := f()):\n  pass\n",
    "with a as b, c() as (d, e):\n  import os.path, sys as s\n  from x import y as z\n",
    "try:\n  a = 1\nexcept E as e:\n  b = 2\nexcept* F:\n  pass\n".replace("except* F:\n  pass\n", "")
    + "else:\n  c = 3\nfinally:\n  d = 4\n",
    "def f(x):\n  inner = 1\nclass C:\n  attribute = 2\nasync def g(): pass\n",
    "match x:\n  case [a, *b] if (c := a): d = 1\n  case {'k': v, **rest} as whole: pass\n",
    "kwargs.update(a=1)\nkwargs['m'] = 2\nkwargs.setdefault('k', 1)\nx = 1\nx['y'] += 1\n",
    "a: int = 1\nb: int\nb += 2\ndel c\nglobal d\nreturn_ = lambda q: (w := q)\nassert (r := 1)\nraise (e2 := E)\n",
    "f(\n  1,\n  [k for k in\n   (m := 1,)],\n)\n@(dec := d)\ndef h(): pass\n",
    '"""a text\nfor all := \n"""\r\nvalue = [\r\n one for one in two]\r\n',
]


def every(statements: list[ast.stmt]) -> tuple[dict[str, int], dict[str, int]]:
    """Names bound and filled, by every node of the tree."""
    bound: dict[str, int] = {}
    filled: dict[str, int] = {}
    todo: list[ast.AST] = list(statements)
    while todo:
        node = todo.pop()
        names: list[str] = []
        base: ast.expr | None = None
        if isinstance(node, (*FUNCTIONS, ast.ClassDef)):
            names = [node.name]
            todo.extend(node.decorator_list)
        elif isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            names = [node.id]
        elif isinstance(node, (ast.Import, ast.ImportFrom)):
            names = [(alias.asname or alias.name).split(".")[0] for alias in node.names]
        elif isinstance(node, (ast.ExceptHandler, ast.MatchAs, ast.MatchStar)) and node.name:
            names = [node.name]
        if isinstance(node, ast.Subscript) and isinstance(node.ctx, ast.Store):
            base = node.value
        elif isinstance(node, ast.Expr):
            base = updated(node.value)
        if isinstance(base, ast.Name):
            filled[base.id] = filled.get(base.id, 0) + 1
        if not isinstance(node, (*FUNCTIONS, ast.ClassDef, ast.Lambda)):
            todo.extend(ast.iter_child_nodes(node))
        for name in names:
            bound[name] = bound.get(name, 0) + 1
    return bound, filled


@pytest.mark.parametrize("source", SOURCES)
def test_the_quick_way_finds_the_same(source: str) -> None:
    """Statements, and expressions on the lines that may bind, have all names there are."""
    tree = ast.parse(source)
    names = Names.of(tree.body, Inner.of(source.encode()))
    assert (names.assigned, names.filled) == every(tree.body)


def test_lines_that_may_bind() -> None:
    """Line numbers are the parser's, whatever ends the lines."""
    assert Inner.of(b"a\r\nfor x in y: pass\rb := 1\nforce = 1\n").lines == [2, 3]
