"""Opening hours of a queue: weekly spans in its principal's zone, closed on public holidays. Pure.

Hours are written as {"mon": [["09:00", "12:30"], ["13:30", "19:00"]], ...}; a day that is missing is closed, no day at
all means always open, and "24:00" ends a day. Spans are local times: on the days when clocks change they follow the
wall clock, and lengths are counted in real seconds.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from ligne.kit.errors import Invalid
from ligne.kit.text import N_

DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
# How far the next opening is looked for: further than any closure a house announces.
HORIZON_DAYS = 60

Spans = tuple[tuple[time, time | None], ...]


@dataclass(frozen=True, slots=True)
class Hours:
    """Weekly opening spans by day, in `zone`; `holidays` is a country code ("FR"), "" to open on holidays."""

    week: Mapping[str, Spans] = field(default_factory=dict)
    zone: str = "Europe/Paris"
    holidays: str = "FR"

    @property
    def always(self) -> bool:
        """Whether it never closes."""
        return not self.week


def read(week: Mapping[str, object], zone: str = "Europe/Paris", country: str = "FR") -> Hours:
    """Hours as stored, checked. Raises `Invalid` naming the field: unknown day, malformed or overlapping spans."""
    try:
        ZoneInfo(zone)
    except (ZoneInfoNotFoundError, ValueError):
        raise Invalid(N_("There is no time zone called “%(zone)s”."), field="zone", zone=zone) from None
    spans: dict[str, Spans] = {}
    for day, given in week.items():
        if day not in DAYS or not isinstance(given, (list, tuple)):
            raise Invalid(N_("“%(day)s” is not a day of opening hours."), field="hours", day=day)
        spans[day] = _day(given)
    return Hours(spans, zone, country)


def _day(given: list[object] | tuple[object, ...]) -> Spans:
    spans: list[tuple[time, time | None]] = []
    last = time.min
    for pair in given:
        if not isinstance(pair, (list, tuple)) or len(pair) != 2:
            raise _odd(pair)
        start, end = _moment(pair[0]), _moment(pair[1])
        if start is None or (end is not None and end <= start) or (spans and (spans[-1][1] is None or start < last)):
            raise _odd(pair)
        spans.append((start, end))
        last = end or time.max
    return tuple(spans)


def _moment(text: object) -> time | None:
    """A local time; None for the end of the day, "24:00"."""
    if text == "24:00":
        return None
    try:
        return time.fromisoformat(str(text))
    except ValueError:
        raise _odd(text) from None


def _odd(what: object) -> Invalid:
    return Invalid(
        N_("“%(what)s” is not a span of opening hours: write 09:00-12:30, in order, without overlap."),
        field="hours",
        what=str(what),
    )


@lru_cache(maxsize=64)
def _days_off(country: str, year: int) -> frozenset[date]:
    import holidays  # slow to import, and a queue that opens on holidays never asks

    return frozenset(holidays.country_holidays(country, years=year)) if country else frozenset()


def is_holiday(hours: Hours, day: date) -> bool:
    """Whether `day` is a public holiday on which these hours close."""
    return day in _days_off(hours.holidays, day.year)


def spans_of(hours: Hours, day: date) -> list[tuple[datetime, datetime]]:
    """The opening spans of one local day, as UTC instants, in order."""
    zone = ZoneInfo(hours.zone)
    if is_holiday(hours, day):
        return []
    found = []
    for start, end in hours.week.get(DAYS[day.weekday()], ()):
        opens = datetime.combine(day, start, zone).astimezone(UTC)
        last_day = day + timedelta(days=1) if end is None else day
        closes = datetime.combine(last_day, end or time.min, zone).astimezone(UTC)
        if closes > opens:  # an hour that the clocks skipped is no opening
            found.append((opens, closes))
    return found


def spans_from(hours: Hours, start: datetime, days: int = HORIZON_DAYS) -> Iterator[tuple[datetime, datetime]]:
    """Opening spans that end after `start`, the first one cut at `start`; up to `days` ahead."""
    today = start.astimezone(ZoneInfo(hours.zone)).date()
    for offset in range(days + 1):
        for opens, closes in spans_of(hours, today + timedelta(days=offset)):
            if closes > start:
                yield max(opens, start), closes


def is_open(hours: Hours, now: datetime) -> bool:
    """Whether the queue is open at `now`; a span holds its start and not its end."""
    return hours.always or any(opens <= now for opens, _ in spans_from(hours, now, 0))


def next_opening(hours: Hours, now: datetime) -> datetime | None:
    """When it opens next: `now` itself when it is open, None when it does not within the horizon."""
    if hours.always:
        return now
    return next((opens for opens, _ in spans_from(hours, now)), None)


def add_open_time(hours: Hours, start: datetime, seconds: float) -> datetime:
    """The instant by which `seconds` of opening time have passed since `start`.

    Hours that never open within the horizon count as always open, so that a deadline always exists.
    """
    if hours.always:
        return start + timedelta(seconds=seconds)
    left = timedelta(seconds=seconds)
    for opens, closes in spans_from(hours, start):
        if closes - opens >= left:
            return opens + left
        left -= closes - opens
    return start + timedelta(seconds=seconds)


@dataclass(frozen=True, slots=True)
class Slot:
    """A window that a customer may choose, [`start`, `end`)."""

    start: datetime
    end: datetime


def slots(
    hours: Hours, now: datetime, *, length_s: int = 3600, lead_s: int = 900, days: int = 5, limit: int = 40
) -> list[Slot]:
    """Windows of `length_s` within opening hours, from `lead_s` ahead of `now`, on whole steps of the local clock.

    Queues that never close still offer windows by day only: 8 to 20 o'clock, from Monday to Saturday.
    """
    by_day = hours
    if hours.always:
        office: Spans = ((time(8), time(20)),)
        by_day = Hours(dict.fromkeys(DAYS[:6], office), hours.zone, hours.holidays)
    earliest = now + timedelta(seconds=lead_s)
    step = timedelta(seconds=length_s)
    found: list[Slot] = []
    today = now.astimezone(ZoneInfo(hours.zone)).date()
    for offset in range(days):
        for opens, closes in spans_of(by_day, today + timedelta(days=offset)):
            start = opens
            while start + step <= closes and len(found) < limit:
                if start >= earliest:
                    found.append(Slot(start, start + step))
                start += step
    return found
