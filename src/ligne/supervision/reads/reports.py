"""Reports: the same figures over any period, by hour, day, week, month, queue, channel or advisor.

They read the counters, never the exchanges: what a report costs depends on half-hours, queues and advisors, not on how
many exchanges there were. Only what is not answered yet is looked up, which is little.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

from django.db.models import Sum
from django.utils import timezone

from ligne.kit import clock
from ligne.kit.errors import Forbidden, Invalid
from ligne.kit.text import N_
from ligne.kit.viewer import ADMINISTRATOR, QUALITY, SUPERVISOR, Viewer
from ligne.routing import reads as routing
from ligne.routing.models import Queue
from ligne.staff import reads as staff
from ligne.supervision.models import AdvisorCount, CountDelta
from ligne.supervision.reads.board import WEEKS, past
from ligne.supervision.reads.counts import lead, sums, together, undecided_facts
from ligne.supervision.rules import figures as rules
from ligne.supervision.rules.counting import PERSONAL
from ligne.supervision.rules.figures import Counts

LONGEST = 400  # days
HOUR, DAY, WEEK, MONTH, QUEUE, CHANNEL, ADVISOR, DETAIL = (
    *("hour", "day", "week", "month"),
    *("queue", "channel", "advisor", "detail"),
)
BY = {
    HOUR: N_("Hour of the day"),
    DAY: N_("Day"),
    WEEK: N_("Week"),
    MONTH: N_("Month"),
    QUEUE: N_("Queue"),
    CHANNEL: N_("Channel"),
    ADVISOR: N_("Advisor"),
    DETAIL: N_("Day and queue"),
}
# What the counters are grouped by for each; hours are made of half-hours, weeks and months of days.
_COLUMNS = {
    HOUR: ("slot",),
    DAY: ("day",),
    WEEK: ("day",),
    MONTH: ("day",),
    QUEUE: ("queue_id",),
    CHANNEL: ("channel",),
    DETAIL: ("day", "queue_id"),
}
_NEWEST_FIRST = (DAY, WEEK, MONTH)


@dataclass(frozen=True, slots=True)
class Line:
    """One line of a report. `key` is an hour (0 to 23), a day (the first of its week or month), a channel's name;
    `queue` the queue it is about, `name` the advisor. `usual`: arrivals that are usual in that hour of the day."""

    key: Any
    counts: Counts
    queue: Queue | None = None
    name: str = ""
    usual: float | None = None


@dataclass(frozen=True, slots=True)
class Report:
    """A report. For a single day by the hour, `usual` holds the arrivals that are usual in each hour, and `change` says
    how those of the hours that are over stand against them: 0.13 is 13 % more; None without a habit."""

    by: str
    first: date
    last: date
    lines: list[Line]
    usual: Mapping[int, float] = field(default_factory=dict)
    change: float | None = None

    @property
    def total(self) -> Counts:
        """Every line together: sums of sums, never means of means."""
        return together(line.counts for line in self.lines)


def choices(viewer: Viewer) -> dict[str, str]:
    """What the viewer may have a report by; people by name are for those who lead them (rule 63)."""
    return {key: words for key, words in BY.items() if key != ADVISOR or viewer.has_role(SUPERVISOR)}


def report(viewer: Viewer, by: str, first: date, last: date, *, queue: str = "", channel: str = "") -> Report:
    """The figures between two days included, `by` a key of `BY`, within a queue (its slug) or a channel.

    Advisors are counted over all queues, in the order of their names, never ranked. Raises `Forbidden`, or `Invalid`
    for a period that is backwards or longer than 400 days.
    """
    if not viewer.has_role(SUPERVISOR, QUALITY, ADMINISTRATOR):
        raise Forbidden
    if last < first or (last - first).days > LONGEST:
        raise Invalid(N_("Choose a period of 1 to %(days)s days."), field="first", days=LONGEST)
    if by == ADVISOR:
        return Report(by, first, last, _people(viewer, first, last, channel))
    within: dict[str, object] = {"channel": channel} if channel else {}
    if queue:
        within["queue_id__in"] = [q.pk for q in routing.visible(viewer) if q.slug == queue]
    found = _found(viewer, by, first, last, within)
    if by == HOUR:
        return _hours(viewer, first, last, found, within)
    return Report(by, first, last, _lines(viewer, by, found))


def _found(viewer: Viewer, by: str, first: date, last: date, within: dict[str, object]) -> dict[Any, Counts]:
    """The sums by key, with what is not answered yet and still in time."""
    columns, key = _COLUMNS[by], _KEYS.get(by, lambda value: value)
    found: dict[Any, Counts] = defaultdict(Counts)
    for row, counts in sums(viewer, first, last, *columns, **within).items():
        found[key(row if len(row) > 1 else row[0])] += counts
    start, end = staff.day_bounds(first)[0], staff.day_bounds(last)[1]
    waiting = undecided_facts(viewer, start, clock.now()).filter(arrived_at__lt=end, **within)
    for arrived_at, queue_id, by_channel in waiting.values_list("arrived_at", "queue_id", "channel"):
        local = timezone.localtime(arrived_at)
        facts = {
            "day": local.date(),
            "slot": local.hour * 2 + local.minute // 30,
            "queue_id": queue_id,
            "channel": by_channel,
        }
        row = tuple(facts[name] for name in columns)
        found[key(row if len(row) > 1 else row[0])] += Counts(pending=1)
    return {key: counts for key, counts in found.items() if counts.offered or counts.handled}


_KEYS: dict[str, Callable[[Any], Any]] = {
    HOUR: lambda slot: slot // 2,
    WEEK: lambda day: day - timedelta(days=day.weekday()),
    MONTH: lambda day: day.replace(day=1),
}


def _lines(viewer: Viewer, by: str, found: dict[Any, Counts]) -> list[Line]:
    if by == CHANNEL:
        return [Line(key, counts) for key, counts in sorted(found.items())]
    if by in _NEWEST_FIRST:
        return [Line(key, counts) for key, counts in sorted(found.items(), reverse=True)]
    queues = {q.pk: q for q in routing.visible(viewer)}
    if by == QUEUE:
        known = [(queues[key], counts) for key, counts in found.items() if key in queues]
        known.sort(key=lambda one: (one[0].principal.name, one[0].name))
        return [Line(queue.slug, counts, queue) for queue, counts in known]
    rows = [(day, queues[pk], counts) for (day, pk), counts in found.items() if pk in queues]
    rows.sort(key=lambda one: (-one[0].toordinal(), one[1].principal.name, one[1].name))
    return [Line(day, counts, queue) for day, queue, counts in rows]


def _hours(viewer: Viewer, first: date, last: date, found: dict[int, Counts], within: dict[str, object]) -> Report:
    """The hours of the day; of a single day, beside what is usual on that weekday."""
    usual: dict[int, float] = {}
    change = None
    if first == last:
        usual = rules.habit([_by_hour(day) for day in past(viewer, _same_weekday(first), **within)])
        now = timezone.localtime(clock.now())
        over = 24 if last < now.date() else now.hour
        expected = sum(value for hour, value in usual.items() if hour < over)
        arrived = sum(counts.offered for hour, counts in found.items() if hour < over)
        change = arrived / expected - 1 if expected else None
    keys = sorted({*found, *usual})
    lines = [Line(hour, found.get(hour, Counts()), usual=usual.get(hour) if usual else None) for hour in keys]
    return Report(HOUR, first, last, lines, usual, change)


def _same_weekday(day: date) -> list[date]:
    return [day - timedelta(weeks=weeks) for weeks in range(1, WEEKS + 1)]


def _by_hour(slots: Mapping[int, int]) -> dict[int, int]:
    hours: dict[int, int] = defaultdict(int)
    for slot, count in slots.items():
        hours[slot // 2] += count
    return hours


def _people(viewer: Viewer, first: date, last: date, channel: str) -> list[Line]:
    lead(viewer)
    found: dict[int, Counts] = defaultdict(Counts)
    for model in (AdvisorCount, CountDelta):
        rows = model.objects.filter(
            principal_id__in=viewer.principals, day__gte=first, day__lte=last, advisor__isnull=False
        )
        if channel:
            rows = rows.filter(channel=channel)
        for row in rows.order_by().values("advisor_id").annotate(**{f"sum_{m}": Sum(m) for m in PERSONAL}):
            facts: dict[str, Any] = dict(row)
            found[facts["advisor_id"]] += Counts(**{m: facts[f"sum_{m}"] for m in PERSONAL})
    names = {person.pk: person.name for person in staff.people(viewer, active=None)}
    known = [(names[pk], pk, counts) for pk, counts in found.items() if pk in names and counts.handled]
    return [Line(pk, counts, name=name) for name, pk, counts in sorted(known, key=lambda one: one[:2])]
