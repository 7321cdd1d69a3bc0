"""Counting and figures, without a database."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ligne.supervision.rules import counting, figures
from ligne.supervision.rules.figures import Counts

PARIS = ZoneInfo("Europe/Paris")
NOON = datetime(2026, 11, 23, 11, 10, tzinfo=UTC)  # 12 h 10 in Paris: half-hour 24
TODAY = date(2026, 11, 23)
SLOT = counting.Slot(7, "voice", 0, TODAY, 24)  # where the arrival counts: nobody's doing
DONE = counting.Slot(7, "voice", 5, TODAY, 24)  # where the handling counts: advisor 5's
CALL = counting.Exchange(
    queue_id=7,
    channel="voice",
    direction="in",
    live=True,
    outcome="",
    arrived_at=NOON,
    due_at=NOON + timedelta(seconds=20),
    advisor_id=5,
)


def _after(**seconds: float) -> dict[str, Any]:
    return {name: NOON + timedelta(seconds=value) for name, value in seconds.items()}


@pytest.mark.parametrize(
    ("exchange", "expected"),
    [
        (CALL, {"offered": 1}),
        (replace(CALL, **_after(accepted_at=20)), {"offered": 1, "answered": 1, "wait_s": 20, "in_target": 1}),
        (replace(CALL, **_after(accepted_at=21)), {"offered": 1, "answered": 1, "wait_s": 21}),
        (
            replace(CALL, outcome="abandoned", **_after(wrapped_up_at=10)),
            {"offered": 1, "abandoned": 1, "abandoned_in_target": 1},
        ),
        (replace(CALL, outcome="abandoned", **_after(wrapped_up_at=30)), {"offered": 1, "abandoned": 1}),
        (
            replace(CALL, outcome="resolved", **_after(accepted_at=5, wrapped_up_at=305)),
            {"offered": 1, "answered": 1, "wait_s": 5, "in_target": 1},
        ),
        (replace(CALL, outcome="spam", **_after(accepted_at=5, wrapped_up_at=9)), None),
        (replace(CALL, direction="out"), None),
    ],
)
def test_what_an_exchange_adds(exchange: counting.Exchange, expected: dict[str, int] | None) -> None:
    found = counting.contributions(exchange, PARIS)
    found.pop(DONE, None)
    assert found == ({SLOT: expected} if expected else {})


@pytest.mark.parametrize(("outcome", "resolved"), [("resolved", {"resolved": 1}), ("escalated", {})])
def test_what_was_handled_is_told_of_who_did_it(outcome: str, resolved: dict[str, int]) -> None:
    done = replace(CALL, outcome=outcome, **_after(accepted_at=5, wrapped_up_at=305))
    assert counting.contributions(done, PARIS)[DONE] == {"handled": 1, "handle_s": 300} | resolved
    nobody = counting.contributions(replace(done, advisor_id=None), PARIS)
    assert nobody[SLOT]["handled"] == 1


def test_deferred_work_is_answered_by_the_reply_not_by_taking_it() -> None:
    mail = replace(CALL, live=False, due_at=NOON + timedelta(hours=4), **_after(accepted_at=60))
    assert counting.answered_at(mail) is None
    replied = replace(mail, **_after(first_reply_at=600))
    assert counting.contributions(replied, PARIS)[SLOT]["wait_s"] == 600
    silent = replace(mail, outcome="resolved", **_after(wrapped_up_at=900))
    assert counting.answered_at(silent) == NOON + timedelta(seconds=900)


def test_handling_counts_when_it_was_done() -> None:
    tomorrow = replace(CALL, outcome="resolved", **_after(accepted_at=10, wrapped_up_at=86400))
    found = counting.contributions(tomorrow, PARIS)
    assert found[DONE._replace(day=date(2026, 11, 24))] == {"handled": 1, "handle_s": 86390, "resolved": 1}
    assert "handled" not in found[SLOT]


moments = st.none() | st.integers(0, 200_000).map(lambda s: NOON + timedelta(seconds=s))
exchanges = st.builds(
    counting.Exchange,
    queue_id=st.integers(1, 3),
    channel=st.sampled_from(["chat", "email"]),
    advisor_id=st.none() | st.integers(1, 2),
    direction=st.sampled_from(["in", "out"]),
    live=st.booleans(),
    outcome=st.sampled_from(["", "resolved", "abandoned", "spam"]),
    arrived_at=st.just(NOON),
    due_at=st.integers(0, 20_000).map(lambda s: NOON + timedelta(seconds=s)),
    accepted_at=moments,
    first_reply_at=moments,
    wrapped_up_at=moments,
)


@given(st.lists(exchanges, max_size=6))
def test_steps_add_up_to_the_last_state(steps: list[counting.Exchange]) -> None:
    total: dict[counting.Slot, dict[str, int]] = {}
    before: dict[counting.Slot, counting.Sums] = {}
    for step in steps:
        after = counting.contributions(step, PARIS)
        for slot, sums in counting.difference(before, after):
            for measure, value in sums.items():
                kept = total.setdefault(slot, {})
                kept[measure] = kept.get(measure, 0) + value
        before = after
    left = {slot: {m: v for m, v in sums.items() if v} for slot, sums in total.items()}
    expected = {slot: {m: v for m, v in sums.items() if v} for slot, sums in before.items()}
    assert {s: v for s, v in left.items() if v} == {s: v for s, v in expected.items() if v}


def test_service_level_leaves_out_who_gave_up_in_time_and_who_may_still_be_answered() -> None:
    counts = Counts(offered=12, answered=8, in_target=7, abandoned=2, abandoned_in_target=1, pending=1)
    assert counts.service_level == 0.7
    assert counts.abandonment == pytest.approx(2 / 12)


def test_zero_offered_is_no_value() -> None:
    nothing = Counts()
    assert (nothing.service_level, nothing.abandonment, nothing.mean_wait_s, nothing.mean_handle_s) == (None,) * 4
    assert Counts(offered=1, pending=1).service_level is None
    assert figures.tone(None, 80) == "mute"


@pytest.mark.parametrize(("level", "tone"), [(0.80, "ok"), (0.79, "warn"), (0.75, "warn"), (0.74, "bad"), (0.0, "bad")])
def test_tones(level: float, tone: str) -> None:
    assert figures.tone(level, 80) == tone


def test_habit_is_the_median_of_days_that_worked() -> None:
    assert figures.habit([{20: 4, 21: 1}, {20: 6}, {}, {20: 5}]) == {20: 5.0, 21: 0.0}
    assert figures.habit([{}, {}]) == {}


def test_a_line_fits_its_box() -> None:
    drawn = figures.line({16: 0, 17: 5, 18: 10}, first=16, last=20, highest=10, width=400, height=100)
    assert drawn.points == "0.0,100.0 100.0,50.0 200.0,0.0"
    assert drawn.last == (200.0, 0.0)
    assert figures.line({}, first=16, last=16, highest=0, width=1, height=1).last is None
