"""Opening hours: local spans, holidays, changes of clocks, deadlines counted in opening time."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ligne.kit.errors import Invalid
from ligne.routing.rules import hours

WEEKDAYS = {day: [["09:00", "12:30"], ["13:30", "19:00"]] for day in ("mon", "tue", "wed", "thu", "fri")}
HOUSE = hours.read(WEEKDAYS)
ALWAYS = hours.read({})


def paris(text: str) -> datetime:
    """A local instant of 2026, written with its offset: "11-23 09:00+01:00"."""
    return datetime.fromisoformat(f"2026-{text}")


@pytest.mark.parametrize(
    ("at", "is_open"),
    [
        ("11-23 08:59+01:00", False),
        ("11-23 09:00+01:00", True),
        ("11-23 12:30+01:00", False),
        ("11-23 13:30+01:00", True),
        ("11-23 19:00+01:00", False),
        ("11-22 10:00+01:00", False),  # Sunday
        ("12-25 10:00+01:00", False),  # Christmas, a Friday
        ("07-14 10:00+02:00", False),  # a Tuesday in summer time
        ("07-15 10:00+02:00", True),
    ],
)
def test_open_and_closed(at: str, is_open: bool) -> None:
    assert hours.is_open(HOUSE, paris(at)) is is_open
    assert hours.is_open(ALWAYS, paris(at))


def test_holidays_are_working_days_when_the_house_says_so() -> None:
    assert hours.is_open(hours.read(WEEKDAYS, country=""), paris("12-25 10:00+01:00"))


@pytest.mark.parametrize(
    ("at", "opens"),
    [
        ("11-23 10:00+01:00", "11-23 10:00+01:00"),
        ("11-23 12:45+01:00", "11-23 13:30+01:00"),
        ("11-27 19:30+01:00", "11-30 09:00+01:00"),
        ("12-24 19:00+01:00", "12-28 09:00+01:00"),  # Christmas Friday, then the weekend
    ],
)
def test_the_next_opening(at: str, opens: str) -> None:
    assert hours.next_opening(HOUSE, paris(at)) == paris(opens)


def test_hours_that_never_open_have_no_next_opening_but_a_deadline() -> None:
    never = hours.read({"mon": []})
    now = paris("11-23 10:00+01:00")
    assert hours.next_opening(never, now) is None
    assert not hours.is_open(never, now)
    assert hours.add_open_time(never, now, 3600) == now + timedelta(hours=1)


@pytest.mark.parametrize(
    ("start", "seconds", "due"),
    [
        ("11-23 09:00+01:00", 3600, "11-23 10:00+01:00"),
        ("11-23 12:00+01:00", 3600, "11-23 14:00+01:00"),
        ("11-23 18:30+01:00", 3600, "11-24 09:30+01:00"),
        ("11-21 15:00+01:00", 4 * 3600, "11-23 14:00+01:00"),  # a Saturday
        ("12-24 18:00+01:00", 2 * 3600, "12-28 10:00+01:00"),
    ],
)
def test_deadlines_count_opening_time(start: str, seconds: int, due: str) -> None:
    assert hours.add_open_time(HOUSE, paris(start), seconds) == paris(due)


def test_days_of_23_and_25_hours() -> None:
    night = hours.read({day: [["00:00", "24:00"]] for day in hours.DAYS}, country="")
    short, long = paris("03-29 00:00+01:00"), paris("10-25 00:00+02:00")
    for start, length in ((short, 23), (long, 25)):
        (span,) = hours.spans_of(night, start.date())
        assert span[1] - span[0] == timedelta(hours=length)
    # an opening that the change of clocks turns round is none
    assert hours.spans_of(hours.read({"sun": [["02:30", "03:10"]]}, country=""), short.date()) == []
    assert hours.is_open(night, paris("03-29 02:30+01:00"))


@pytest.mark.parametrize(
    "week",
    [
        {"lundi": [["09:00", "12:00"]]},
        {"mon": "09:00-12:00"},
        {"mon": [["09:00"]]},
        {"mon": [["12:00", "09:00"]]},
        {"mon": [["09:00", "09:00"]]},
        {"mon": [["09:00", "25:00"]]},
        {"mon": [["24:00", "24:00"]]},
        {"mon": [["09:00", "12:00"], ["11:00", "13:00"]]},
        {"mon": [["09:00", "24:00"], ["10:00", "11:00"]]},
        {"mon": [[None, 3]]},
    ],
)
def test_hours_that_do_not_fit_name_the_field(week: dict[str, object]) -> None:
    with pytest.raises(Invalid) as refused:
        hours.read(week)
    assert refused.value.field == "hours"


@pytest.mark.parametrize("zone", ["Europe/Atlantis", "", "../etc/passwd"])
def test_an_unknown_zone(zone: str) -> None:
    with pytest.raises(Invalid):
        hours.read({}, zone)


def test_slots_lie_within_opening_hours_and_leave_time_to_prepare() -> None:
    now = paris("11-23 11:20+01:00")
    found = hours.slots(HOUSE, now, days=2)
    assert (found[0].start, found[0].end) == (paris("11-23 13:30+01:00"), paris("11-23 14:30+01:00"))
    assert all(hours.is_open(HOUSE, s.start) and s.end - s.start == timedelta(hours=1) for s in found)
    assert found == sorted(found, key=lambda s: s.start)
    assert hours.slots(ALWAYS, paris("11-23 22:00+01:00"))[0].start == paris("11-24 08:00+01:00")


instants = st.datetimes(datetime(2024, 1, 1), datetime(2030, 1, 1)).map(lambda d: d.replace(tzinfo=UTC))


@given(instants, st.integers(1, 200_000))
def test_a_deadline_is_always_reached_within_opening_time(start: datetime, seconds: int) -> None:
    due = hours.add_open_time(HOUSE, start, seconds)
    assert due > start
    assert hours.is_open(HOUSE, due - timedelta(microseconds=1))
    spent = sum(
        ((min(closes, due) - opens) for opens, closes in hours.spans_from(HOUSE, start) if opens < due), timedelta()
    )
    assert spent == timedelta(seconds=seconds)


@given(instants)
def test_the_next_opening_is_open_and_nothing_before_it_is(start: datetime) -> None:
    opens = hours.next_opening(HOUSE, start)
    assert opens is not None
    assert hours.is_open(HOUSE, opens)
    if opens > start:
        assert not hours.is_open(HOUSE, start)
        assert not hours.is_open(HOUSE, start + (opens - start) / 2)
