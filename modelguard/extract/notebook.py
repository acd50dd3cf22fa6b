"""Jupyter notebooks: their code cells in order, as one module whose lines are the lines of the file.

Format: https://nbformat.readthedocs.io/en/latest/format_description.html (version 4; `source` is a text or its lines).
Outputs are not looked at. Commands of the shell and magics of IPython are no Python and are left out.
"""

from __future__ import annotations

import ast
import json
import re
from collections.abc import Iterator

from modelguard.extract.facts import Facts
from modelguard.extract.python import parsed, scopes_of

NAME = "notebook"
MAX_BYTES = 20_000_000
_WIDTH = 1_000
"""Wider than a line of code."""
_MOST_MISSED = 20
"""Texts that were not found as they are usually written, after which no more are looked for: they stand where the last did."""
_MAGIC = re.compile(r"^\s*(?:%|!|\?|[\w.]+\?\s*$)")
_WHOLE_CELL = re.compile(r"^\s*%%(?!time\b|timeit\b|capture\b)")
"""Cells in another language (`%%bash`, `%%sql`, `%%writefile`)."""


def extract(data: bytes) -> Facts:
    """Facts of one notebook. A cell that does not parse is left out and told; the others are kept."""
    if len(data) > MAX_BYTES:
        return Facts(NAME, problem=f"a notebook of more than {MAX_BYTES // 1_000_000} MB", problem_line=1)
    try:
        text = data.decode("utf-8", "strict")
        whole = json.loads(text)
    except (ValueError, RecursionError) as error:
        return Facts(NAME, problem="not valid JSON", problem_line=getattr(error, "lineno", 1))
    cells = whole.get("cells") if isinstance(whole, dict) else None
    if not isinstance(cells, list):
        return Facts(NAME, problem="not a notebook of version 4: it has no `cells`", problem_line=1)
    if not _is_python(whole):
        return Facts(NAME)
    code: list[tuple[int, str]] = []
    problem, problem_line = "", 0
    for cell in _placed(text, cells):
        found = _readable(cell)
        if isinstance(found, Facts):
            problem, problem_line = problem or f"a cell: {found.problem}", problem_line or cell[0][0]
        else:
            code += found
    tree = parsed("\n".join(line for _, line in code).encode("utf-8", "replace"))
    if isinstance(tree, Facts):
        return Facts(NAME, problem=tree.problem, problem_line=1)
    _put_back(tree, [number for number, _ in code])
    return Facts(NAME, scopes=scopes_of(tree, b""), problem=problem, problem_line=problem_line)


def _put_back(tree: ast.Module, lines: list[int]) -> None:
    """Give every part the line of the file that it stands in; `lines` has it for each line of the code.

    Lines of a cell that the file has on one line are told apart by their columns.
    """
    first: dict[int, int] = {}
    for index, number in enumerate(lines):
        first.setdefault(number, index)
    for node in ast.walk(tree):
        index = getattr(node, "lineno", 0) - 1
        if index >= 0:
            number = lines[min(index, len(lines) - 1)]
            node.col_offset += _WIDTH * (index - first[number])  # type: ignore[attr-defined]
            node.lineno = node.end_lineno = number  # type: ignore[attr-defined]


def _is_python(whole: dict[str, object]) -> bool:
    metadata = whole.get("metadata")
    kernel = metadata.get("kernelspec") if isinstance(metadata, dict) else None
    language = kernel.get("language", "python") if isinstance(kernel, dict) else "python"
    return str(language).lower() in ("python", "ipython", "")


def _placed(text: str, cells: list[object]) -> Iterator[list[tuple[int, str]]]:
    """The code of each cell, line by line, with the line of the file that has it."""
    place, number, missed = 0, 1, 0
    for cell in cells:
        if not isinstance(cell, dict) or cell.get("cell_type") != "code":
            continue
        source = cell.get("source", "")
        parts = source if isinstance(source, list) else [source]
        found: list[tuple[int, str]] = []
        for part in parts:
            if not isinstance(part, str):
                continue
            before, found_at = place, _place_of(text, part, place) if missed < _MOST_MISSED else None
            missed += found_at is None
            place = found_at if found_at is not None else place
            number += text.count("\n", before, place)
            found += [(number, line) for line in part.removesuffix("\n").split("\n")]
        if found:
            yield found


def _place_of(text: str, part: str, start: int) -> int | None:
    """Where a text stands in the file, written in either way of JSON."""
    for ascii_only in (False, True):
        found = text.find(json.dumps(part, ensure_ascii=ascii_only), start)
        if found >= 0:
            return found
    return None


def _readable(cell: list[tuple[int, str]]) -> list[tuple[int, str]] | Facts:
    """The Python of a cell; facts that say why it can't be read, where it can't."""
    if _WHOLE_CELL.match(cell[0][1]):
        return []
    kept = [(number, "" if _MAGIC.match(line) else line) for number, line in cell]
    tree = parsed("\n".join(line for _, line in kept).encode("utf-8", "replace"))
    return tree if isinstance(tree, Facts) else kept
