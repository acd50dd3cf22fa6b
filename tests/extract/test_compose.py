"""Compose: interpolation, and what a service takes over."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from modelguard.extract.compose import interpolated, recognises, units
from modelguard.extract.facts import Expr, Join, Lit, Op, Opaque
from modelguard.extract.yaml_doc import documents, get

AT = (1, 1)


def op(name: str, *default: Expr) -> Op:
    return Op("interpolated", (Lit(name, AT), *default), AT)


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ("plain", Lit("plain", AT)),
        ("${A}", op("A")),
        ("$A", op("A")),
        ("${A:-x}", op("A", Lit("x", AT))),
        ("${A-}", op("A", Lit("", AT))),
        ("${A:?set A}", op("A")),
        ("${A:-${B:-y}}", op("A", op("B", Lit("y", AT)))),
        ("a-${A}", Join((Lit("a-", AT), op("A")), AT)),
        ("$$A", Join((Lit("$", AT), Lit("A", AT)), AT)),
        ("${A:+x}", Opaque("depends on whether `A` is set", AT)),
    ],
)
def test_interpolation(written: str, expected: Expr) -> None:
    assert interpolated(Lit(written, AT)) == expected


@given(st.text(alphabet="${}:-+?AB x", max_size=60))
def test_any_text_is_interpolated(text: str) -> None:
    assert interpolated(Lit(text, AT)) is not None


def test_extends_lays_the_environment_over_the_base() -> None:
    (document,) = documents(
        b"services:\n  base:\n    image: x\n    environment: {A: one, B: two}\n"
        b"  api:\n    extends: base\n    environment: [B=three]\n"
    )
    assert recognises(document)
    api = next(u for u in units(document) if u.name == "api")
    assert api.image == Lit("x", (3, 12))
    assert api.env is not None and get(document, "services", "api") is not None


def test_a_service_that_extends_itself_ends() -> None:
    (document,) = documents(b"services:\n  a:\n    extends: a\n    image: x\n")
    assert [u.name for u in units(document)] == ["a"]


def test_other_documents_with_services_are_none() -> None:
    (document,) = documents(b"services:\n  a: {port: 1}\n")
    assert not recognises(document)
