"""Edits of a text, a line at a time, that give a consumer a model of its own. Each returns None where it does not fit.

They are made by the shape of the lines; whether they do what they should is proved afterwards, on the graph (split.py).
"""

from __future__ import annotations

import ast
import json
import re
import warnings
from collections.abc import Sequence


def lines_of(text: str) -> list[str]:
    """The lines with their ends."""
    return text.splitlines(keepends=True)


def copy_entry(text: str, line: int, key: str, new: str, value: str | None) -> str | None:
    """A second entry below the one in a line of YAML, TOML, dotenv or a settings class, under another name.

    `value` takes the place of the entry's; None keeps it.
    """
    lines = lines_of(text)
    if not 1 <= line <= len(lines):
        return None
    old = lines[line - 1]
    pattern = rf"(\s*(?:export\s+)?)(['\"]?){re.escape(key)}(['\"]?)(\s*[:=]\s*)(.*?)(\s+#.*)?(\r?\n|\Z)"
    match = re.fullmatch(pattern, old)
    if match is None or not match[5] or match[5][0] in "|>&*{[":
        return None
    written = match[5] if value is None else _like(match[5], value)
    end = match[7] or "\n"
    first = old if match[7] else old + "\n"
    lines[line - 1 : line] = [first, f"{match[1]}{match[2]}{new}{match[3]}{match[4]}{written}{end}"]
    return "".join(lines)


def _like(old: str, value: str) -> str:
    """A value in the quotes that the old one has."""
    if old[:1] in "\"'" and old[-1:] == old[:1]:
        return old[0] + value + old[0]
    return value


def set_attribute(text: str, line: int, key: str, value: str) -> str | None:
    """An attribute of HCL in one line, set to a literal: `LLM_MODEL = local.llm_model`."""
    lines = lines_of(text)
    if not 1 <= line <= len(lines):
        return None
    match = re.fullmatch(
        rf"(\s*\"?{re.escape(key)}\"?\s*[=:]\s*)([^#{{\[\n]+?)(\s*,?\s*(?:#.*)?(?:\r?\n|\Z))", lines[line - 1]
    )
    if match is None or "${" in value:
        return None
    lines[line - 1] = f"{match[1]}{json.dumps(value)}{match[3]}"
    return "".join(lines)


def set_environment(text: str, line: int, name: str, value: str) -> str | None:
    """An entry of a container's `env`, or of Compose's `environment`, set to a literal instead of a reference."""
    import yaml

    try:
        roots = list(yaml.compose_all(text, Loader=yaml.SafeLoader))
    except yaml.YAMLError:
        return None
    for node in _nodes(roots):
        if not isinstance(node, yaml.MappingNode):
            continue
        entries = {k.value: (k, v) for k, v in node.value if isinstance(k, yaml.ScalarNode)}
        spans = node.start_mark.line + 1 <= line <= node.end_mark.line + 1
        if spans and "valueFrom" in entries and entries.get("name", (None, None))[1] is not None:
            named = entries["name"][1]
            if isinstance(named, yaml.ScalarNode) and named.value == name:
                key, reference = entries["valueFrom"]
                end = reference.end_mark.index
                tail = text[key.start_mark.index : end]
                # A block ends at the start of what follows it: its last line break and indentation stay.
                end -= len(tail) - len(tail.rstrip())
                return f"{text[: key.start_mark.index]}value: {json.dumps(value)}{text[end:]}"
        plain = entries.get(name)
        if plain is not None and isinstance(plain[1], yaml.ScalarNode) and plain[1].start_mark.line + 1 == line:
            return f"{text[: plain[1].start_mark.index]}{json.dumps(value)}{text[plain[1].end_mark.index :]}"
    return None


def _nodes(roots: Sequence[object]) -> list[object]:
    import yaml

    found: list[object] = []
    todo: list[object] = list(roots)
    while todo and len(found) < 100_000:
        node = todo.pop()
        found.append(node)
        if isinstance(node, yaml.MappingNode):
            todo += [part for pair in node.value for part in pair]
        elif isinstance(node, yaml.SequenceNode):
            todo += node.value
    return found


# -- Python ------------------------------------------------------------------------------------------------------------


def parsed(text: str) -> ast.Module | None:
    """A Python text's tree, None where it is none."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            return ast.parse(text)
        except (SyntaxError, ValueError, RecursionError, MemoryError):
            return None


def rename_read(text: str, line: int, key: str, new: str) -> str | None:
    """The one read of a key in a line of Python, `….key`, `…["key"]` or `….get("key")`, under another name."""
    module = parsed(text)
    if module is None:
        return None
    found: list[tuple[int, int, int]] = []  # line, first and last byte
    for node in ast.walk(module):
        ends = getattr(node, "end_lineno", 0)
        if not getattr(node, "lineno", 0) <= line <= ends:
            continue
        if isinstance(node, ast.Attribute) and node.attr == key and ends == line:
            found.append((line, (node.end_col_offset or 0) - len(key), node.end_col_offset or 0))
        elif isinstance(node, ast.Constant) and node.value == key and node.lineno == ends == line:
            found.append((line, node.col_offset + 1, (node.end_col_offset or 0) - 1))
    if len(found) != 1:
        return None
    at, start, stop = found[0]
    lines = [each.encode() for each in lines_of(text)]
    if lines[at - 1][start:stop] != key.encode():
        return None
    lines[at - 1] = lines[at - 1][:start] + new.encode() + lines[at - 1][stop:]
    return b"".join(lines).decode()


def declared_at(text: str, key: str) -> int | None:
    """The line of the one class attribute of this name, `key: str`, None where there is none, or several."""
    module = parsed(text)
    if module is None:
        return None
    lines = [
        entry.lineno
        for node in ast.walk(module)
        if isinstance(node, ast.ClassDef)
        for entry in node.body
        if isinstance(entry, ast.AnnAssign)
        and isinstance(entry.target, ast.Name)
        and entry.target.id == key
        and entry.lineno == entry.end_lineno
    ]
    return lines[0] if len(lines) == 1 else None


def has_entry(text: str, name: str) -> bool:
    """Whether a text has an entry or a variable of this name already."""
    return re.search(rf"(?m)^\s*(?:export\s+)?['\"]?{re.escape(name)}['\"]?\s*[:=]", text) is not None
