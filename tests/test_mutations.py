"""Half-written files: whatever is done to the files of a case, there is a graph and nothing raises or runs away."""

from __future__ import annotations

import shutil
import sys
import tempfile
import tracemalloc
from pathlib import Path

import caselib
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from modelguard.extract.packing import unpack
from modelguard.extract.reading import extracted
from modelguard.extract.registry import format_of
from modelguard.graph.build import analyse
from modelguard.workspace import open_working

sys.setrecursionlimit(20_000)  # as the resolver does, or Hypothesis warns that it changed in the middle of a test

FILES = sorted(
    path
    for case in caselib.names()
    for path in (caselib.CASES / case / "repo").rglob("*")
    if path.is_file() and path.stat().st_size and format_of(path.name) is not None
)
EDITS = st.lists(
    st.tuples(st.sampled_from(["cut", "repeat", "byte", "line", "end"]), st.floats(0, 1), st.integers(1, 60)),
    min_size=1,
    max_size=4,
)


def mutated(data: bytes, edits: list[tuple[str, float, int]]) -> bytes:
    for kind, where, size in edits:
        at = int(where * len(data))
        if kind == "cut":
            data = data[:at] + data[at + size :]
        elif kind == "repeat":
            data = data[:at] + data[at : at + size] * 3 + data[at + size :]
        elif kind == "byte":
            data = data[:at] + bytes([size * 4 % 256]) + data[at + 1 :]
        elif kind == "line":
            lines = data.split(b"\n")
            data = b"\n".join(
                [*lines[: size % len(lines)], lines[int(where * (len(lines) - 1))], *lines[size % len(lines) :]]
            )
        else:
            data = data[:at]
    return data


@settings(max_examples=600, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(path=st.sampled_from(FILES), edits=EDITS)
def test_an_extractor_reads_what_it_can(path: Path, edits: list[tuple[str, float, int]]) -> None:
    known = format_of(path.name)
    assert known is not None
    facts = unpack(extracted(known.name, mutated(path.read_bytes(), edits)))
    assert all(scope.glance() is not None for scope in facts.scopes)


@pytest.mark.slow
@settings(max_examples=300, deadline=None, suppress_health_check=list(HealthCheck))
@given(path=st.sampled_from(FILES), edits=EDITS)
def test_a_broken_file_loses_nothing_else(path: Path, edits: list[tuple[str, float, int]]) -> None:
    case = caselib.CASES / path.relative_to(caselib.CASES).parts[0] / "repo"
    with tempfile.TemporaryDirectory() as folder:
        copy = Path(folder) / "repo"
        shutil.copytree(case, copy)
        (copy / path.relative_to(case)).write_bytes(mutated(path.read_bytes(), edits))
        (copy / "zz_other.py").write_text(
            'import openai\n\nopenai.OpenAI().responses.create(model="o3-mini", input="x")\n'
        )
        graph = analyse(open_working(copy))
    assert any(getattr(n, "path", "") == "zz_other.py" for n in graph.nodes)


@pytest.mark.parametrize("suffix", [".py", ".ts", ".yaml", ".json", ".tf", ".tfvars", ".toml", ".env"])
def test_memory_is_a_small_multiple_of_the_file(suffix: str) -> None:
    path = next(p for p in FILES if p.name.endswith(suffix) and p.stat().st_size > 20)
    known, data = format_of(path.name), path.read_bytes()
    assert known is not None
    whole = (
        (data + b"\n") * (300_000 // len(data))
        if suffix != ".json"
        else b"[" + b",".join([data] * (300_000 // len(data))) + b"]"
    )
    extracted(known.name, data)
    tracemalloc.start()
    extracted(known.name, whole)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 150 * len(whole)
