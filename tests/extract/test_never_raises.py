"""Extractors: whatever a file holds, there are facts or a problem with a line, never an exception, and no secret."""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from modelguard.extract.packing import unpack
from modelguard.extract.reading import extracted
from modelguard.extract.registry import FORMATS, Format, format_of
from modelguard.extract.secrets import masked

PIECES = """model : = { } [ ] ( ) - " ' ${ resource "aws_lambda_function" def@f class@A return lambda@x: *a &b <<: x gpt-4o for
in if else import@os from@.@import@x await % # yield @d \\ é --- kind:@Secret data: !!python/object:os.system | > ?"""
WORDS = st.sampled_from([*(piece.replace("@", " ") for piece in PIECES.split()), "\n", "\t", "\x00", " ", "\n  "])
TEXTS = st.lists(WORDS, max_size=40).map("".join).map(lambda t: t.encode())


@pytest.mark.parametrize("known", FORMATS, ids=lambda f: f.name)
@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(data=TEXTS | st.binary(max_size=300))
def test_any_bytes(known: Format, data: bytes) -> None:
    assert all(scope.glance() is not None for scope in unpack(extracted(known.name, data)).scopes)


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("python", r'x = "\ud83d"' + "\n" + r'y = {"\ud800": 1, "a": f"\udfff{x}"}' + "\n" + r'f(**{"\udc00": 2})'),
        ("yaml", r'{"a": "\ud800", "\udfff": 1}'),
        ("terraform", r'locals { a = "\ud800" }'),
    ],
)
def test_half_characters(name: str, text: str) -> None:
    assert extracted(name, text.encode())


@pytest.mark.parametrize(
    "number", ["9" * 30, "-" + "9" * 30, "9" * 5_000, str(2**63), str(-(2**63) - 1), str(2**64), "1e999", "-1e999"]
)
@pytest.mark.parametrize("known", FORMATS, ids=lambda f: f.name)
def test_numbers_that_no_machine_holds(known: Format, number: str) -> None:
    for text in (
        "{}",
        "x = {}",
        "x: {}",
        '{{"x": {}}}',
        "f(x={})",
        "locals {{\n  x = {}\n}}",
        "const x = {};",
        "x[{}]",
    ):
        assert unpack(extracted(known.name, text.format(number).encode())).format


@pytest.mark.parametrize("opening", [b"[", b"{a: ", b"(", b"f(", b"x = [", b"not ", b"-", b"a.b", b"${", b"lambda:"])
@pytest.mark.parametrize("known", FORMATS, ids=lambda f: f.name)
def test_deep_nesting(known: Format, opening: bytes) -> None:
    assert extracted(known.name, opening * 20_000)


@pytest.mark.parametrize(
    "piece",
    [
        *(b"a", b" ", b"cat <<A\nA\n", b"python -c ''\n", b"A=1 ", b"$X"),
        *(
            b"//",
            b"/**/",
            b", /**/",
            b'"',
            b"'a/",
            b"`",
            b"export {",
            b"require(",
            b"[a](",
            b"#{",
            b"f'{",
            b"@x\n",
            b"type A[T] = ",
        ),
    ],
)
@pytest.mark.parametrize("known", FORMATS, ids=lambda f: f.name)
def test_a_long_file_is_gone_through_once(known: Format, piece: bytes) -> None:
    # Where a pattern starts anew at every character, this takes minutes.
    assert extracted(known.name, piece * (120_000 // len(piece)))


@pytest.mark.parametrize(
    ("path", "text"),
    [
        ("a.py", 'client = OpenAI(api_key="{}")'),
        ("a.yaml", "litellm:\n  api_key: {}\n"),
        ("a.tf", 'locals {{\n  api_key = "{}"\n}}\n'),
        (".env", "OPENAI_API_KEY={}\n"),
        ("s.yaml", "apiVersion: v1\nkind: Secret\nmetadata: {{name: x}}\nstringData:\n  whatever: {}\n"),
        ("cm.yaml", "kind: ConfigMap\napiVersion: v1\ndata:\n  app.yaml: |\n    model: gpt-4o\n    api_key: {}\n"),
        (
            "w.yaml",
            "jobs:\n  a:\n    steps:\n      - run: |\n          cd app\n          OPENAI_API_KEY={} python app.py\n",
        ),
        (
            "p.json",
            '{{"format_version": "1.2", "variables": {{"openai_api_key": {{"value": "{}"}}}},'
            ' "planned_values": {{"root_module": {{}}}}}}',
        ),
        ("a.sh", "export OPENAI_API_KEY={}\npython run.py\n"),
        (
            "b.sh",
            "MODEL=gpt-4o python run.py --api-key {}\ncurl -H 'Authorization: Bearer {}' x\n".replace("{}", "{0}"),
        ),
        ("c.sh", "python - <<'EOF'\nclient = OpenAI(api_key=\"{}\")\nEOF\n"),
        (
            "n.ipynb",
            '{{"cells": [{{"cell_type": "code", "source": ["client = OpenAI(api_key=\\"{}\\")\\n"]}}], "metadata": {{}}}}',
        ),
        ("a.json", '{{"headers": {{"Authorization": "Bearer {}"}}}}'),
    ],
)
def test_a_secret_is_not_in_the_facts_that_are_cached(path: str, text: str) -> None:
    secret = "sk-proj-q8Zt3LmX0vB6nR2yKp5W"
    known = format_of(path)
    assert known is not None
    facts = unpack(extracted(known.name, text.format(secret).encode()))
    kept = repr([facts, *((s.name, s.decorators, s.imports, s.glance(), s.mentioned()) for s in facts.scopes)])
    assert "q8Zt3LmX0vB6nR2yKp5W" not in kept
    assert facts.scopes or facts.document is not None or facts.units or facts.exports


@pytest.mark.parametrize(
    "line",
    [
        'api_key = "abcdefgh1234"',
        "token: abcdefgh1234",
        "x = 'sk-proj-abcdefgh1234'",
        'headers={"Authorization": "abcdefgh1234"}',
    ],
)
def test_lines_are_masked_before_they_are_shown(line: str) -> None:
    assert "abcdefgh1234" not in masked(line)
