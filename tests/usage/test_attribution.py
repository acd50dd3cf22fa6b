"""Attribution: generated days with known truth, regimes, exact identities, what is left, pictures."""

from __future__ import annotations

import sys
import xml.etree.ElementTree as ET
from decimal import Decimal
from pathlib import Path

import numpy as np
import pytest

from modelguard.errors import InputError
from modelguard.usage.attribution.days import CALLERS, UNEXPLAINED, attribute, rows_with, shared_names
from modelguard.usage.attribution.picture import blocks, svg
from modelguard.usage.attribution.split import Shared, split
from modelguard.usage.rollup import Hours, Rollup, Row
from modelguard.usage.signals import Signal, Signals

sys.path.insert(0, str(Path(__file__).parents[2] / "bench"))
NIGHT = [0.0] * 3 + [30.0, 60.0, 30.0] + [0.0] * 18
OFFICE = [0.0] * 8 + [20.0, 40.0, 60.0, 60.0, 40.0, 30.0, 20.0, 10.0] + [0.0] * 8
DAYS = tuple(f"2026-03-{d:02d}" for d in range(2, 10))


def test_generated_days() -> None:
    from attribution import measure

    found = measure(100, 2)
    assert found["said where true"] >= 0.95
    assert found["said where not"] <= 0.05
    assert found["median error"] < 0.05
    assert found["within 10 %"] > 0.85
    assert found["within 10 %, of identifiable"] > 0.93
    assert 0.85 <= found["90 % intervals that hold"] <= 0.95


def test_hours_in_which_one_is_alone_are_its() -> None:
    calls = tuple(2 * n + 5 * o for n, o in zip(NIGHT, OFFICE, strict=True))
    found = split(Shared(("2026-03-02",), calls), {("train", "run minutes"): NIGHT, ("api", "log lines"): OFFICE})
    shares = {s.consumer: s for s in found.shares}
    assert shares["train"].calls == pytest.approx(240)
    assert shares["api"].calls == pytest.approx(1400)
    assert shares["train"].anchors == 3
    assert not found.alike
    for share in found.shares:
        assert share.low <= share.calls <= share.high
        assert sum(share.hours) == pytest.approx(share.calls)


def test_rates_are_fitted_anew_where_the_cache_goes_cold() -> None:
    """Eight days; on the fifth every answer is cold: 20 times the calls by the same activity."""
    calls: list[float] = []
    for day in range(8):
        factor = 20 if day == 4 else 1
        calls += [factor * (0.5 * n + 0.25 * o) for n, o in zip(NIGHT, OFFICE, strict=True)]
    signals = {("train", "run minutes"): NIGHT * 8, ("api", "log lines"): OFFICE * 8}
    found = split(Shared(DAYS, tuple(calls)), signals)
    rates = {(s.day, s.consumer): s.rate for s in found.shares}
    assert rates[DAYS[4], "train"] == pytest.approx(10, rel=0.05)
    assert rates[DAYS[0], "train"] == rates[DAYS[3], "train"] == pytest.approx(0.5, rel=0.05)
    assert rates[DAYS[7], "api"] == pytest.approx(0.25, rel=0.05)


def test_two_that_rise_and_fall_together_are_not_told_apart() -> None:
    other = [3 * o for o in OFFICE]
    calls = tuple(5 * o + n for o, n in zip(OFFICE, NIGHT, strict=True))
    signals = {("api", "log lines"): OFFICE, ("worker", "log lines"): other, ("train", "run minutes"): NIGHT}
    found = split(Shared(("2026-03-02",), calls), signals)
    (said,) = found.alike
    assert said.consumers == ("api", "worker")
    assert "a key of its own" in said.why
    shares = {s.consumer: s for s in found.shares}
    assert shares["train"].calls == pytest.approx(120)
    for name in ("api", "worker"):
        # Either may have made all of them, and the interval says so.
        assert shares[name].low == 0
        assert shares[name].high >= 1400


def hours(of: dict[int, float | None]) -> list[float | None]:
    return [of.get(hour, 0.0) for hour in range(24)]


def said_alike(one: list[float | None], two: list[float | None], rates: tuple[float, float] = (3.0, 2.0)) -> bool:
    """Whether two signals are said to be of no use, beside a third consumer; calls are of what is known of both."""
    calls = [rates[0] * (a or 0) + rates[1] * (b or 0) + o for a, b, o in zip(one, two, OFFICE, strict=True)]
    found = split(
        Shared(("2026-03-02",), tuple(calls)),
        {("a", "log lines"): one, ("b", "log lines"): two, ("c", "log lines"): OFFICE},
    )
    return ("a", "b") in {each.consumers for each in found.alike}


def test_jobs_in_proportion_of_which_clocks_cut_some_at_the_edge_of_an_hour() -> None:
    """Each of the second one's runs has 0.4 times what the first one's has; its clock is some minutes behind."""
    one = hours({2: 50, 3: 45, 5: 60, 6: 61, 9: 73, 10: 10, 14: 80, 18: 20, 19: 60, 22: 14, 23: 135})
    two = hours({2: 20, 3: 18, 5: 24, 6: 24, 9: 13, 10: 20, 14: 24, 15: 8, 18: 16, 19: 16, 22: 10, 23: 50})
    assert said_alike(one, two)
    # The same amounts, but at other hours, are somebody else's.
    assert not said_alike(one, two[-3:] + two[:-3])


def test_hours_that_signals_lack_make_nobody_alike() -> None:
    """One ran in the only hour of which nothing is known of the other; that was active elsewhere, when the one was not."""
    one = hours({3: 60, 9: 55, 15: 65, 12: None, 21: 62})
    assert not said_alike(one, hours({12: 70}))
    # And what is in proportion elsewhere stays so.
    assert said_alike(one, hours({3: 30, 9: 27, 15: 33, 12: 28, 21: 31}))


def test_an_hour_of_which_the_calls_were_lost_bends_no_rate() -> None:
    calls = [2 * n + 5 * o for n, o in zip(NIGHT, OFFICE, strict=True)]
    calls[10] = calls[11] = 0.0
    found = split(
        Shared(("2026-03-02",), tuple(calls)), {("train", "run minutes"): NIGHT, ("api", "log lines"): OFFICE}
    )
    rates = {share.consumer: share.rate for share in found.shares}
    assert rates["api"] == pytest.approx(5, rel=0.01)
    assert rates["train"] == pytest.approx(2, rel=0.01)


def test_a_clock_that_is_off_leaves_a_steady_stream_as_it_is() -> None:
    from modelguard.usage.attribution.fit import moved

    assert moved(np.full(24, 10.0), 0.15) == pytest.approx(np.full(24, 10.0))
    assert moved(np.full(24, 10.0), -0.15) == pytest.approx(np.full(24, 10.0))


def test_calls_that_nobodys_activity_explains_are_left() -> None:
    calls = [5 * o for o in OFFICE]
    calls[2] = 300.0
    found = split(Shared(("2026-03-02",), tuple(calls)), {("api", "log lines"): OFFICE})
    assert found.shares[0].calls == pytest.approx(1400)
    assert found.unexplained["2026-03-02"][2] == 300


def test_missing_hours_of_a_signal() -> None:
    calls = tuple(2 * n + 5 * o for n, o in zip(NIGHT, OFFICE, strict=True))
    gaps: list[float | None] = list(OFFICE)
    gaps[10] = None
    found = split(Shared(("2026-03-02",), calls), {("train", "run minutes"): NIGHT, ("api", "log lines"): gaps})
    shares = {s.consumer: s.calls for s in found.shares}
    assert shares["api"] == pytest.approx(1400, rel=0.02)


def test_a_job_whose_log_lacks_an_hour_in_which_it_ran() -> None:
    """The hours beside it say nothing, its other hours say that it ran or did not, and the calls say which; of both signals
    the hour is missing, so that neither tells the other's.
    """
    job = [100.0 if hour % 4 == 1 else 0.0 for hour in range(24)]
    calls = tuple(3 * j + 5 * o for j, o in zip(job, OFFICE, strict=True))
    seen: list[float | None] = list(job)
    other: list[float | None] = list(OFFICE)
    seen[9] = other[9] = seen[14] = other[14] = None
    found = split(Shared(("2026-03-02",), calls), {("job", "log lines"): seen, ("api", "log lines"): other})
    (share,) = (s for s in found.shares if s.consumer == "job")
    assert share.calls == pytest.approx(1800, rel=0.08)
    assert share.hours[9] > 250
    assert share.hours[14] < 100


def test_days_of_jobs() -> None:
    """Another generator than the estimator was made with: minutes, heavy tails, up to eight consumers."""
    from attribution import measure, of_jobs

    found = measure(100, 7, of_jobs)
    assert found["within 10 %, of identifiable"] >= 0.7
    assert found["within 10 %, of these"] >= 0.85
    assert 0.85 <= found["90 % intervals that hold"] <= 0.95
    assert found["said where true"] >= 0.92
    assert found["said where not"] <= 0.05


def test_days_as_an_outsider_would_write_them() -> None:
    from attribution import measure, plain

    found = measure(60, 8, plain)
    assert found["said where true"] >= 0.95
    assert found["said where not"] <= 0.05
    assert found["within 10 %, of identifiable"] >= 0.9
    assert 0.85 <= found["90 % intervals that hold"] <= 0.95


def rollup(*rows: Row) -> Rollup:
    return Rollup("x", "2026-03-02", "2026-03-02", rows)


def row(consumer: str, calls: list[float], model: str = "claude-opus-4-6", **more: object) -> Row:
    return Row("2026-03-02", consumer, model, calls=sum(calls), hours=Hours(calls=tuple(calls)), **more)  # type: ignore[arg-type]


def signals(**hours: list[float]) -> Signals:
    return Signals(tuple(Signal("2026-03-02", name, "log lines", tuple(values)) for name, values in hours.items()))


def test_exact_calls_win_over_inferred_ones() -> None:
    total = [2 * n + 5 * o for n, o in zip(NIGHT, OFFICE, strict=True)]
    both = rollup(
        row(CALLERS, total, cost=Decimal("16.40"), origin="cloudwatch"),
        row("train", [2 * n for n in NIGHT], cost=Decimal("2.40"), origin="bedrock-logs"),
    )
    assert shared_names(both, ["train", "api"]) == [CALLERS]
    found = attribute(both, signals(train=OFFICE, api=OFFICE), [CALLERS], lambda raw: None, ["train", "api", "quiet"])
    parts = {p.share.consumer: p for p in found.parts}
    assert (parts["train"].share.exact, parts["train"].share.calls) == (True, 240)
    assert parts["api"].share.calls == pytest.approx(1400)
    assert parts["api"].cost == pytest.approx(Decimal("14.00"))
    assert found.silent == ("quiet",)
    added = rows_with(both, found)
    assert [(r.consumer, r.source) for r in added] == [
        (CALLERS, "measured"),
        ("train", "measured"),
        ("api", "attributed"),
    ]
    assert rows_with(Rollup("x", "", "", added), found) == added


def test_at_a_switch_activity_before_it_was_for_the_old_model() -> None:
    calls = [5 * o for o in OFFICE]
    old = [c if h < 11 else 0 for h, c in enumerate(calls)]
    new = [20 * c if h >= 11 else 0 for h, c in enumerate(calls)]
    found = attribute(
        rollup(row(CALLERS, old, "claude-sonnet-4-6"), row(CALLERS, new)),
        signals(api=OFFICE),
        [CALLERS],
        lambda raw: None,
    )
    rates = {p.model: p.share.rate for p in found.parts if p.share.consumer == "api"}
    assert rates["claude-sonnet-4-6"] == pytest.approx(5, rel=0.02)
    assert rates["claude-opus-4-6"] == pytest.approx(100, rel=0.02)
    assert not any(p.share.consumer == UNEXPLAINED for p in found.parts)


def test_days_without_hours_are_refused() -> None:
    with pytest.raises(InputError, match="by hour"):
        attribute(rollup(Row("2026-03-02", CALLERS, "m", calls=5)), signals(a=OFFICE), [CALLERS], lambda raw: None)


def test_pictures() -> None:
    lines = blocks({"api": OFFICE, "train": NIGHT, "idle": [0.0] * 24})
    assert max(map(len, lines)) <= 80
    assert "█ api" in lines[-1]
    assert "idle" not in lines[-1]
    assert blocks({"a": [0.0] * 24}) == ["no calls"]
    drawn = svg({"api<script>": OFFICE, "train": NIGHT}, 'Calls & "more"')
    root = ET.fromstring(drawn)
    assert "<script" not in drawn
    bars = [
        e
        for e in root.iter("{http://www.w3.org/2000/svg}rect")
        if e.find("{http://www.w3.org/2000/svg}title") is not None
    ]
    assert len(bars) == sum(v > 0 for v in (*OFFICE, *NIGHT))
