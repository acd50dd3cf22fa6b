"""The configuration: two places, never both; mistakes have a place and the nearest key."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from modelguard.errors import InputError
from modelguard.policy.rules import builtin_rules
from modelguard.policy.settings import Settings, check_levels, read_settings

YAML = b"persona: strict\nfail_on: warning\nrules: {MG101: error}\nthresholds: {dearer: 5}\n"
TOML = b"""[project]
name = "x"

[tool.modelguard]
persona = "strict"
fail_on = "warning"
rules = {MG101 = "error"}

[tool.modelguard.thresholds]
dearer = 5
"""


@pytest.mark.parametrize("found", [read_settings(YAML), read_settings(None, TOML)], ids=["yaml", "toml"])
def test_both_places_say_the_same(found: Settings) -> None:
    assert (found.persona, found.fail_on, found.levels, found.thresholds["dearer"]) == (
        "strict",
        "warning",
        {"MG101": "error"},
        5,
    )
    assert found.fails("warning")
    assert not found.fails("note")
    assert not found.fails("warning", "error")


def test_both_at_once_is_an_error_and_neither_is_the_default() -> None:
    with pytest.raises(InputError, match=r"modelguard.yaml:1: .*both here and in \[tool.modelguard\]"):
        read_settings(YAML, TOML)
    assert read_settings(None, b"[project]\nname = 'modelguard-x'\n") == read_settings(None)
    assert read_settings(None, b"broken = [ modelguard") == Settings()


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"personna: strict", 'modelguard.yaml:1:1: unknown key "personna"; did you mean "persona"?'),
        (b"\npersona: strikt", 'modelguard.yaml:2:10: this must be one of default, strict; did you mean "strict"?'),
        (b"thresholds:\n  dearest: 3", 'modelguard.yaml:2:3: unknown key "dearest"; did you mean "dearer"?'),
        (b"rules: {MG101: fatal}", "modelguard.yaml:1:16: this must be one of error, warning, note, off"),
        (b"quotas:\n  - requests_per_minute: 3", 'modelguard.yaml:2:5: "model" is missing here'),
        (b"prices: {x: {input: 1, ouput: 2}}", 'unknown key "ouput"; did you mean "output"?'),
        (b"ledger: elsewhere.yaml", "modelguard.yaml:1:9: this must be one of head, base"),
        (b"a: [", "modelguard.yaml:2:1: did not find"),
    ],
)
def test_mistakes_in_yaml(data: bytes, message: str) -> None:
    with pytest.raises(InputError) as raised:
        read_settings(data)
    assert message in str(raised.value)


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b'[tool.modelguard]\npersonna = "strict"', 'pyproject.toml:2:1: unknown key "personna"; did you mean "persona"?'),
        (b"[a]\nb = 1\n[tool.modelguard.thresholds]\ndearest = 3", 'pyproject.toml:4:1: unknown key "dearest"'),
        (b'[tool.modelguard]\npersona = "x"', "pyproject.toml:2:1: this must be one of default, strict"),
        (b"[tool.modelguard]\nx = " + b"9" * 5_000, "pyproject.toml: not TOML that can be read"),
        (b"[tool.modelguard]\npersona = ]", "pyproject.toml:2:11: not TOML"),
    ],
)  # fmt: skip
def test_mistakes_in_toml(data: bytes, message: str) -> None:
    with pytest.raises(InputError) as raised:
        read_settings(None, data)
    assert message in str(raised.value)


@pytest.mark.parametrize("word", [b"off", b"'off'", b"false", b"Off"])
def test_off_is_off_however_yaml_reads_it(word: bytes) -> None:
    assert read_settings(b"rules: {MG101: " + word + b"}").levels == {"MG101": "off"}


def test_a_level_for_no_rule() -> None:
    data = b"rules:\n  MG101: error\n  MG1O1: error\n"
    with pytest.raises(InputError, match=r'modelguard.yaml:3:3: there is no rule "MG1O1"; did you mean "MG\d\d1"\?'):
        check_levels(read_settings(data), builtin_rules(), data)


@given(st.binary(max_size=100), st.binary(max_size=100))
def test_any_bytes_are_a_configuration_or_a_message(config: bytes, toml: bytes) -> None:
    for arguments in ((config, None), (None, b"[tool.modelguard]\n" + toml)):
        try:
            read_settings(*arguments)
        except InputError as error:
            assert error.path in ("modelguard.yaml", "pyproject.toml")
