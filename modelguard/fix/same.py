"""Whether two texts of a file say the same, comments apart: the proof that an annotation changed nothing else.

Each format is read by its own parser, the old text and the new, and what the parser saw is compared without places.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

Seen = Any
"""What a parser saw of a text: equal for texts that say the same. None where it can't read it."""


def kind_of(path: str) -> str | None:
    """The format in which a comment can be kept in this file, or None."""
    from modelguard.extract.registry import format_of

    found = format_of(path)
    name = found.name if found is not None else None
    if name == "yaml" and not path.endswith((".yaml", ".yml")):
        return None
    return name if name in _READERS else None


def says(kind: str, text: str) -> Seen:
    """What a text of this kind says; None where it can't be read, so that nothing in it is to be touched."""
    try:
        return _READERS[kind](text)
    except (ValueError, SyntaxError, RecursionError, MemoryError):
        return None


def _python(text: str) -> Seen:
    import ast
    import warnings

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return ast.dump(ast.parse(text))


def _yaml(text: str) -> Seen:
    import yaml

    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    events = []
    try:
        for event in yaml.parse(text, Loader=loader):
            facts = {k: v for k, v in vars(event).items() if k not in ("start_mark", "end_mark")}
            events.append((type(event).__name__, facts))
    except yaml.YAMLError as error:
        raise ValueError("not YAML") from error
    return events


def _toml(text: str) -> Seen:
    import tomllib

    return repr(tomllib.loads(text))


def _hcl(text: str) -> Seen:
    from tree_sitter import Language, Parser
    from tree_sitter_hcl import language

    root = Parser(Language(language())).parse(text.encode()).root_node
    if root.has_error:
        raise ValueError("not HCL")
    found: list[tuple[str, bytes]] = []
    todo = [root]
    while todo:
        node = todo.pop()
        if node.type == "comment":
            continue
        if node.child_count:
            todo.extend(reversed(node.children))
        else:
            found.append((node.type, node.text or b""))
    return found


def _dotenv(text: str) -> Seen:
    """Lines that are no comment. A quoted value over several lines has no place for one, so such a file is left alone."""
    lines = [line for line in text.splitlines() if not line.lstrip().startswith("#")]
    for line in lines:
        value = line.partition("=")[2].strip()
        if value[:1] in ("'", '"') and value.find(value[0], 1) < 0:
            raise ValueError("a value over several lines")
    return lines


_READERS: dict[str, Callable[[str], Seen]] = {
    "python": _python,
    "yaml": _yaml,
    "toml": _toml,
    "terraform": _hcl,
    "tfvars": _hcl,
    "dotenv": _dotenv,
}
