"""Packing: what was put in comes out, whole and only when it is asked for."""

from __future__ import annotations

from modelguard.extract.facts import Facts
from modelguard.extract.packing import pack, unpack
from modelguard.extract.python import extract

SOURCE = b"""
import os
from shop.prices import PRICES as known, find

MODEL = "gpt-4o"
counted = 0


def choose(name, model="claude-sonnet-4-6"):
    global counted
    counted = 1
    picked = os.getenv("LLM_MODEL") or find(name)
    rows = [row for row in known if (first := row)]
    return picked


class Shop:
    @property
    def best(self):
        return choose(self.name)
"""


def test_bodies_come_back_as_they_were() -> None:
    """Every part of every scope is the same after packing."""
    before, after = extract(SOURCE), unpack(pack(extract(SOURCE)))
    assert [s.name for s in after.scopes] == ["choose", "Shop.best", "Shop", ""]
    for one, other in zip(before.scopes, after.scopes, strict=True):
        assert (one.kind, one.at, one.parent, one.owner) == (other.kind, other.at, other.parent, other.owner)
        assert one.decorators == other.decorators
        assert one.glance() == other.glance()
        assert one.params == other.params
        assert one.calls == other.calls


def test_what_is_known_from_outside() -> None:
    """Names, aliases, imports and marks are there without the body."""
    scopes = {s.name: s for s in unpack(pack(extract(SOURCE))).scopes}
    choose, top = scopes["choose"], scopes[""]
    assert {"os", "getenv", "find", "known"} <= set(choose.mentions)

    assert [i.module for i in top.imports] == ["os", "shop.prices", "shop.prices"]
    assert choose.sets_globals and choose.names_model and choose.model_text
    assert not top.sets_globals and top.names_model
    assert not scopes["Shop.best"].names_model


def test_a_glance_keeps_nothing() -> None:
    """A body that was only glanced at is unpacked again; one that was entered is kept."""
    scope = unpack(pack(extract(SOURCE))).scopes[0]
    assert scope.glance() is not scope.glance()
    assert scope.calls is scope.calls


def test_an_empty_file_and_a_problem() -> None:
    """Files without scopes pack, too."""
    facts = unpack(pack(Facts("python", problem="not valid", problem_line=3)))
    assert (facts.problem, facts.problem_line, facts.scopes) == ("not valid", 3, ())
