"""What a queue's hours mean for its deadlines."""

from __future__ import annotations

from datetime import datetime, timedelta

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
