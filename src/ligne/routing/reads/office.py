"""Queues as the office lists them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.db.models import Count

from ligne.kit import clock
from ligne.kit.errors import NotFound
from ligne.kit.prepared import Prepared
from ligne.kit.viewer import Viewer
from ligne.routing.models import Queue
from ligne.routing.reads.opening import hours_of
from ligne.routing.rules import hours

_CALLED = Prepared(lambda slug: Queue.objects.select_related("principal").filter(slug=slug))


@dataclass(frozen=True, slots=True)
class OfficeQueue:
    """A queue in the office's list."""

    queue: Queue
    members: int
    always: bool
    open: bool
    opens_at: datetime | None


def office_queues(viewer: Viewer) -> list[OfficeQueue]:
    """Every queue of the viewer's principals, also those out of service, with what their hours say now."""
    found = Queue.objects.filter(principal_id__in=viewer.principals).select_related("principal")
    now = clock.now()
    rows = []
    for line in found.annotate(people=Count("members")):
        opening = hours_of(line)
        is_open = hours.is_open(opening, now)
        people: int = line.people
        opens_at = None if is_open else hours.next_opening(opening, now)
        rows.append(OfficeQueue(line, people, opening.always, is_open, opens_at))
    return rows


def office_queue(viewer: Viewer, slug: str) -> Queue:
    """One queue, also out of service. Raises `NotFound`."""
    found = Queue.objects.filter(principal_id__in=viewer.principals, slug=slug)
    queue = found.select_related("principal", "overflow_to").first()
    if queue is None:
        raise NotFound
    return queue


def queue_called(slug: str) -> Queue | None:
    """The queue with this short name, of any principal, for the floor's counting."""
    return _CALLED.one(slug=slug)
