"""What a queue's hours mean for its deadlines."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from ligne.kit import sql
from ligne.routing.models import Queue
from ligne.routing.rules import hours


def hours_of(queue: Queue) -> hours.Hours:
    """The queue's opening hours, in its principal's zone."""
    return hours.read(queue.hours, queue.principal.zone, queue.holidays)


def deadline(queue: Queue, start: datetime, *, is_live: bool) -> datetime:
    """When the queue's target is missed: in plain seconds for who waits now, in opening time for deferred work."""
    if is_live:
        return start + timedelta(seconds=queue.target_s)
    return hours.add_open_time(hours_of(queue), start, queue.target_s)


class Line(NamedTuple):
    """A queue as those see it who place or count many exchanges at once."""

    id: int
    slug: str
    channels: tuple[str, ...]
    fallback: bool
    target_s: int
    hours: Mapping[str, Any]
    zone: str
    holidays: str

    def deadline(self, start: datetime, *, is_live: bool) -> datetime:
        """As `deadline`."""
        if is_live:
            return start + timedelta(seconds=self.target_s)
        opening = hours.read(self.hours, self.zone, self.holidays)
        return hours.add_open_time(opening, start, self.target_s)


_LINES = """
SELECT queue.id, queue.slug, queue.channels::text, queue.fallback, queue.target_s, queue.hours::text, principal.zone,
       queue.holidays
  FROM routing_queue AS queue JOIN staff_principal AS principal ON principal.id = queue.principal_id
"""


def lines_in_use(principal_id: int) -> list[Line]:
    """A principal's queues that are in use, the oldest first."""
    mine = f"{_LINES} WHERE queue.principal_id = %(principal)s AND queue.active ORDER BY queue.id"
    return [_line(row) for row in sql.rows(mine, {"principal": principal_id})]


def lines_called(slugs: Iterable[str]) -> dict[str, Line]:
    """Queues by their slugs, of any principal and also out of use; those there are not are left out."""
    rows = sql.rows(f"{_LINES} WHERE queue.slug = ANY (%(slugs)s)", {"slugs": list(set(slugs))})
    return {row[1]: _line(row) for row in rows}


def _line(row: tuple[Any, ...]) -> Line:
    number, slug, channels, fallback, target_s, opening, zone, holidays = row
    return Line(number, slug, tuple(json.loads(channels)), fallback, target_s, json.loads(opening), zone, holidays)
