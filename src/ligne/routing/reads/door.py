"""What anybody at the door may know of a queue and of their place in it; no viewer."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Q

from ligne.kit import clock
from ligne.kit.errors import NotFound
from ligne.kit.prepared import Prepared
from ligne.routing.models import Offer, Queue, WorkItem
from ligne.routing.reads.facing import waiting_in_order
from ligne.routing.reads.lines import people
from ligne.routing.reads.opening import hours_of
from ligne.routing.rules import hours
from ligne.routing.rules.facts import DEFERRED, LIVE, TAKES


@dataclass(frozen=True, slots=True)
class Front:
    """What anybody may know of a queue before they get in touch."""

    id: int
    slug: str
    name: str
    principal_id: int
    principal_name: str
    colour: str
    zone: str
    open: bool
    opens_at: datetime | None


_OPEN_TO_ALL = Prepared(
    lambda slug: Queue.objects.filter(slug=slug, active=True, principal__active=True).select_related("principal")
)


def front(slug: str) -> Front:
    """A queue as its customers see it. Raises `NotFound` for one that does not exist or is closed for good."""
    found = _OPEN_TO_ALL.one(slug=slug)
    if found is None:
        raise NotFound
    now = clock.now()
    opening = hours_of(found)
    is_open = hours.is_open(opening, now)
    return Front(
        id=found.pk,
        slug=found.slug,
        name=found.name,
        principal_id=found.principal_id,
        principal_name=found.principal.name,
        colour=found.principal.colour,
        zone=found.principal.zone,
        open=is_open,
        opens_at=None if is_open else hours.next_opening(opening, now),
    )


@dataclass(frozen=True, slots=True)
class Place:
    """Somebody's place in a line: `number` from 1, `wait_s` what those before them took lately (None: unknown),
    `staffed` whether anybody of the queue is at work, `free` whether somebody could take it at once."""

    number: int
    wait_s: int | None
    staffed: bool
    free: bool


def place(contact_id: int) -> Place | None:
    """Where a waiting contact stands in its line; None when it does not wait."""
    item = WorkItem.objects.filter(contact_id=contact_id).exclude(state=WorkItem.State.TAKEN).first()
    if item is None:
        return None
    now = clock.now()
    before = (
        waiting_in_order(item.queue_id, now)
        .filter(live=item.live)
        .filter(Q(priority__gt=item.priority) | Q(priority=item.priority, entered_at__lt=item.entered_at))
    )
    states = people([item.queue_id], now).get(item.queue_id, {})
    at_work = sum(count for state, count in states.items() if state not in {"offline", "not_answering"})
    return Place(
        number=before.count() + 1,
        wait_s=_usual_wait(item.queue_id, now),
        staffed=at_work > 0,
        free=sum(states.get(s, 0) for s in TAKES[LIVE if item.live else DEFERRED]) > 0,
    )


def _usual_wait(queue_id: int, now: datetime) -> int | None:
    """The median wait of the last half-hour's acceptances."""
    recent = Offer.objects.filter(
        queue_id=queue_id,
        outcome=Offer.Outcome.ACCEPTED,
        ended_at__gte=now - timedelta(minutes=30),
        contact__isnull=False,
    ).values_list("contact__arrived_at", "ended_at")[:200]
    waits = sorted((ended - arrived).total_seconds() for arrived, ended in recent if ended)
    return int(waits[len(waits) // 2]) if waits else None


def slots(queue_slug: str, now: datetime, *, days: int = 5, length_s: int = 3600) -> list[hours.Slot]:
    """Windows in which a call may be promised for this queue. Raises `NotFound`."""
    found = Queue.objects.filter(slug=queue_slug, active=True).select_related("principal").first()
    if found is None:
        raise NotFound
    return hours.slots(hours_of(found), now, length_s=length_s, days=days)
