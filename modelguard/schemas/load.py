"""JSON Schemas of every document we write or read, and validation of users' YAML with the place of what is wrong."""

from __future__ import annotations

import difflib
import json
from collections.abc import Callable, Sequence
from importlib.resources import files
from typing import Any

from modelguard.errors import InputError

NAMES = (
    "activity",
    "attribution",
    "baseline",
    "budgets",
    "clients",
    "config",
    "cost",
    "enforce",
    "graph",
    "iam",
    "iam-plan",
    "keys",
    "keys-plan",
    "keys-requests",
    "reconciliation",
    "report",
    "review",
    "reviews",
    "rotate",
    "rules",
    "usage",
    "usage-summary",
)
MAX_NODES = 200_000
"""Most values in one of a user's files, anchors counted each time they are used."""


def schema(name: str) -> dict[str, Any]:
    """The JSON Schema of this name. Raises InputError for an unknown one, listing those there are."""
    if name not in NAMES:
        raise InputError(f'there is no schema "{name}"', hint=f"there are: {', '.join(NAMES)}")
    found: dict[str, Any] = json.loads(files("modelguard.schemas").joinpath(f"{name}.schema.json").read_text("utf-8"))
    return found


def read_yaml(data: bytes, path: str, name: str) -> tuple[Any, Any]:
    """A user's YAML file, valid by the schema called `name`: (values, the YAML nodes they come from).

    Raises InputError with path, line and column for text that is no YAML and for the first thing that is not valid.
    """
    import yaml

    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    try:
        node = yaml.compose(data.decode("utf-8-sig"), Loader=loader)
    except UnicodeDecodeError as error:
        raise InputError("not UTF-8", path=path) from error
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark
        line, column = (mark.line + 1, mark.column + 1) if mark is not None else (None, None)
        raise InputError(error.problem or "not YAML", path=path, line=line, column=column) from error
    except (yaml.YAMLError, RecursionError) as error:
        raise InputError("not YAML that can be read", path=path) from error
    if node is None:
        return {}, None
    values = _Values(path).of(node)

    def place(steps: Sequence[Any], key: str | None) -> tuple[int, int]:
        return _place(node, steps, key)

    validate(values, name, path, place)
    return values, node


Place = Callable[[Sequence[Any], str | None], tuple[int, int]]
"""The line and column of what stands at a path of keys and indexes, or of a key there."""


def validate(values: Any, name: str, path: str, place: Place) -> None:
    """Check values by the schema called `name`. Raises InputError for the first thing that is not valid, at its place."""
    from jsonschema import Draft202012Validator

    errors = sorted(
        Draft202012Validator(schema(name)).iter_errors(values),
        # A mistyped key also makes the right one missing: the typing error is what to tell.
        key=lambda e: (list(map(str, e.absolute_path)), e.validator != "additionalProperties"),
    )
    if errors:
        raise _located(errors[0], path, place)


def _place(root: Any, steps: Sequence[Any], key: str | None) -> tuple[int, int]:
    node = node_at(root, list(steps))
    if key is not None:
        node = next((k for k, _ in node.value if k.value == key), node)
    return node.start_mark.line + 1, node.start_mark.column + 1


class _Values:
    """YAML nodes as plain values: numbers and dates as YAML reads them, at most MAX_NODES of them."""

    def __init__(self, path: str) -> None:
        self._path = path
        self._left = MAX_NODES

    def of(self, node: Any, depth: int = 0) -> Any:
        import yaml

        self._left -= 1
        if self._left < 0 or depth > 50:
            raise InputError("nested too deeply or expands to too much", path=self._path, line=node.start_mark.line + 1)
        if isinstance(node, yaml.MappingNode):
            result: dict[str, Any] = {}
            for key, value in node.value:
                if str(key.value) in result:
                    raise _at(f'the key "{key.value}" is there twice', key, self._path)
                result[str(key.value)] = self.of(value, depth + 1)
            return result
        if isinstance(node, yaml.SequenceNode):
            return [self.of(item, depth + 1) for item in node.value]
        return _scalar(node)


def _scalar(node: Any) -> Any:
    import yaml

    try:
        return yaml.SafeLoader("").construct_object(node) if not node.tag.endswith("timestamp") else str(node.value)
    except (yaml.YAMLError, ValueError):
        return str(node.value)


def node_at(node: Any, steps: list[Any]) -> Any:
    """The YAML node at a path of keys and indexes; the nearest above it where it is missing."""
    import yaml

    for step in steps:
        if isinstance(node, yaml.MappingNode):
            inner = next((v for k, v in node.value if k.value == step), None)
        else:
            inner = node.value[step] if isinstance(node, yaml.SequenceNode) and step < len(node.value) else None
        if inner is None:
            return node
        node = inner
    return node


def suggestion(name: str, known: Sequence[str], otherwise: str) -> str:
    """`; did you mean "…"?` where a known name is near, else what helps otherwise."""
    close = difflib.get_close_matches(name, known, 1)
    return f'; did you mean "{close[0]}"?' if close else f"; {otherwise}"


def _located(error: Any, path: str, place: Place) -> InputError:
    """jsonschema's complaint in words, at its place."""
    steps = list(error.absolute_path)

    def at(what: str, key: str | None = None) -> InputError:
        line, column = place(steps, key)
        return InputError(what, path=path, line=line, column=column)

    if error.validator == "additionalProperties" and isinstance(error.instance, dict):
        allowed = list(error.schema.get("properties", {}))
        for key in error.instance:
            if key not in allowed:
                more = suggestion(key, allowed, f"known are {', '.join(allowed)}")
                return at(f'unknown key "{key[:60]}"{more}', key)
    if error.validator == "required":
        missing = [k for k in error.validator_value if k not in error.instance]
        return at(f'"{missing[0]}" is missing here')
    if error.validator == "type":
        return at(f"this must be {_types(error.validator_value)}")
    if error.validator == "enum":
        allowed = [str(value) for value in error.validator_value if not isinstance(value, bool)]
        close = difflib.get_close_matches(str(error.instance), allowed, 1)
        more = f'; did you mean "{close[0]}"?' if close else ""
        return at(f"this must be one of {', '.join(allowed)}{more}")
    hint = error.schema.get("description", "")
    return at(error.message[:200] + (f" ({hint})" if hint else ""))


def _types(wanted: Any) -> str:
    return " or ".join(wanted) if isinstance(wanted, list) else f"a {wanted}"


def _at(what: str, node: Any, path: str) -> InputError:
    return InputError(what, path=path, line=node.start_mark.line + 1, column=node.start_mark.column + 1)
