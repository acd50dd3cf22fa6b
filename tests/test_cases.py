"""Every folder of tests/cases: the graph is the expected one, valid, the same twice, and free of secrets."""

from __future__ import annotations

import json
import shutil
from functools import cache
from pathlib import Path

import pytest
from caselib import CASES, Case, analysed, compare, draft, load, names, resolve
from jsonschema import Draft202012Validator


@cache
def schema() -> Draft202012Validator:
    path = Path(__file__).parent.parent / "modelguard" / "schemas" / "graph.schema.json"
    return Draft202012Validator(json.loads(path.read_text(encoding="utf-8")))


@pytest.mark.parametrize("name", names())
def test_case(name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]) -> None:
    case = load(CASES / name)
    # Copied, so that neither this project's git nor where it lies can show in the result.
    monkeypatch.setenv("MODELGUARD_CACHE_DIR", str(tmp_path / "cache"))
    texts = []
    for run in ("cold", "warm"):
        shutil.copytree(case.repo, tmp_path / run / "repo", symlinks=True)
        texts.append(json.dumps(analysed(tmp_path / run / "repo"), ensure_ascii=False, indent=1))
    document = json.loads(texts[0])

    problems = compare(case, document)
    about = case.expected.get("about", "")
    assert not problems, "\n".join(["", about, *(f"  - {p}" for p in problems), "the graph was:", draft(document)])
    invalid = [f"{error.json_path}: {error.message[:200]}" for error in schema().iter_errors(document)]
    assert not invalid, "\n".join(invalid)
    assert texts[0] == texts[1], "two runs, in other folders and with a warm cache, differ"
    printed = capfd.readouterr()
    for secret in case.expected.get("secrets") or []:
        assert secret not in texts[0] + printed.out + printed.err, f"secret {secret[:4]}... in an output"


@pytest.mark.parametrize("name", names())
def test_expectation_can_be_read(name: str) -> None:
    case: Case = load(CASES / name)
    assert case.expected.get("about"), "say in a sentence what the case is about"
    assert case.repo.is_dir()
    for section in ("fields", "tokens", "consumers", "unresolved"):
        for entry in case.expected.get(section) or []:
            anchors = [entry[key] for key in ("at",) if key in entry]
            for key in ("derives", "through", "reads", "calls"):
                anchors += entry.get(key) or []
            for anchor in anchors:
                path, line = resolve(case.repo, anchor)
                assert line <= len((case.repo / path).read_bytes().split(b"\n")), anchor
