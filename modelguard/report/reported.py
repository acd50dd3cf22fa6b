"""A modelguard.report/1 document, read back: what the formats for other tools are made from.

They are made from the document and from nothing else, so that a report which another job computed (of a fork's pull
request, say) gives the same comment, whoever renders it. What is read was checked against the schema and is still
not to be believed: every renderer escapes every value. Amounts are USD; None is unknown.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from modelguard.errors import InputError

Place = tuple[str, int]


@dataclass(frozen=True, slots=True)
class Amounts:
    """USD a day: what is expected, between the ends of a 90 % interval."""

    low: Decimal | None = None
    expected: Decimal | None = None
    high: Decimal | None = None


@dataclass(frozen=True, slots=True)
class Cost:
    """A consumer's costs, or a change's known totals."""

    source: str = "unknown"
    before_per_day: Amounts = Amounts()
    steady_per_day: Amounts = Amounts()
    first_day: Amounts = Amounts()
    why: str = ""


@dataclass(frozen=True, slots=True)
class Budget:
    """What the ledger says to a consumer."""

    verdict: str
    allocated_per_day: Decimal | None = None
    needed_per_day: Decimal | None = None
    owner: str | None = None
    why: str = ""


@dataclass(frozen=True, slots=True)
class Reader:
    """A consumer that a change moves to another model. `runs_as` is what it is, in words."""

    name: str
    instances: int
    certainty: str
    via: tuple[Place, ...]
    cost: Cost | None = None
    budget: Budget | None = None
    why: str = ""
    runs_as: str = ""

    @property
    def first_day(self) -> Decimal | None:
        """What it costs on the first day; None where that is unknown."""
        return self.cost.first_day.expected if self.cost else None


@dataclass(frozen=True, slots=True)
class Moved:
    """A change of models and whom it reaches; `from_` is null for what is new, `to` for what is gone."""

    field: str
    path: str
    line: int
    from_: str | None
    to: str | None
    consumers: tuple[Reader, ...]
    name: str = ""
    billed_by: str = ""
    total: Cost | None = None
    why: str = ""
    unreached: tuple[Place, ...] = ()
    suggest: str = ""

    @property
    def dearest(self) -> tuple[Reader, ...]:
        """The consumers, the dearest first, then those whose cost is unknown, by name."""
        return tuple(sorted(self.consumers, key=lambda r: (r.first_day is None, -(r.first_day or Decimal(0)), r.name)))


@dataclass(frozen=True, slots=True)
class Trail:
    """How a consumer comes to what a finding is about."""

    consumer: str
    via: tuple[Place, ...]


@dataclass(frozen=True, slots=True)
class Primary:
    """Where tools that comment on changed lines shall show a finding, and GitHub's fingerprint of that line."""

    path: str
    line: int
    line_hash: str | None = None


@dataclass(frozen=True, slots=True)
class Suppression:
    """That a finding was accepted."""

    reason: str
    expires: str | None = None


@dataclass(frozen=True, slots=True)
class Found:
    """One finding."""

    rule: str
    level: str
    message: str
    help: str
    path: str | None
    line: int | None
    column: int | None
    consumers: tuple[str, ...]
    fingerprint: str
    suppressed: Suppression | None = None
    name: str = ""
    why: str = ""
    evidence: tuple[Trail, ...] = ()
    primary: Primary | None = None


@dataclass(frozen=True, slots=True)
class Unread:
    """A file that could not be read, and why."""

    path: str
    why: str


@dataclass(frozen=True, slots=True)
class Looked:
    """What was looked at."""

    files: int = 0
    parsed: int = 0
    failed: tuple[Unread, ...] = ()
    calls: int = 0
    calls_resolved: int = 0


@dataclass(frozen=True, slots=True)
class Audit:
    """That a person let a failing change pass: who, by what, when, for which commit, and what failed."""

    by: str
    label: str
    at: str
    head: str
    passed_over: str


@dataclass(frozen=True, slots=True)
class Reported:
    """The whole report. `root` is the analysed folder within its repository, "" for the top or "a/folder/"."""

    verdict: str
    base: str | None
    head: str | None
    changes: tuple[Moved, ...]
    findings: tuple[Found, ...]
    coverage: Looked
    base_name: str = ""
    head_name: str = ""
    root: str = ""
    audit: tuple[Audit, ...] = ()

    @property
    def moved(self) -> tuple[Moved, ...]:
        """Changes that reach a consumer."""
        return tuple(c for c in self.changes if c.consumers)

    def open(self, *levels: str) -> tuple[Found, ...]:
        """Findings that nobody accepted, of these levels, or all."""
        return tuple(f for f in self.findings if f.suppressed is None and (not levels or f.level in levels))


def read(document: Mapping[str, Any]) -> Reported:
    """A document of our own as records. Raises InputError where one does not fit them."""
    import msgspec

    try:
        return msgspec.convert(_renamed(document), type=Reported)
    except (msgspec.ValidationError, KeyError, TypeError) as error:
        raise InputError(f"this is no modelguard.report/1: {error}") from error


def read_foreign(document: object) -> Reported:
    """A document from elsewhere as records. Raises InputError where it does not fit the schema modelguard.report/1."""
    from jsonschema import Draft202012Validator

    from modelguard.schemas.load import schema

    problem = next(iter(Draft202012Validator(schema("report")).iter_errors(document)), None)
    if problem is not None or not isinstance(document, Mapping):
        where = f"{problem.json_path}: {problem.message[:200]}" if problem else "no object"
        raise InputError(f"this is no modelguard.report/1: {where}")
    return read(document)


def _renamed(document: Mapping[str, Any]) -> dict[str, Any]:
    """`from` is a word of Python."""
    changes = [{**change, "from_": change["from"]} for change in document["changes"]]
    return {**document, "changes": changes}
