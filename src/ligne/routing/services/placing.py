"""Work gets its place in a line."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta

from django.db import transaction
from django.utils.translation import gettext

from ligne.contacts import services as contacts
from ligne.kit import bus, clock, live, sql
from ligne.kit.errors import NotFound
from ligne.kit.prepared import Prepared
from ligne.kit.viewer import Viewer
from ligne.routing.events import ContactPlaced
from ligne.routing.models import Loan, Queue, WorkItem
from ligne.routing.reads import deadline
from ligne.routing.rules import placing
from ligne.routing.services.lines import traits_of, wake

_ITEM = Prepared(lambda contact: WorkItem.objects.filter(contact_id=contact))
_LINES = Prepared(
    lambda house: Queue.objects.filter(principal_id=house, active=True).select_related("principal").order_by("id")
)


@transaction.atomic
def place(
    *,
    contact_id: int,
    principal_id: int,
    channel: str,
    queue: str = "",
    customer_id: int | None = None,
    preferred_id: int | None = None,
) -> WorkItem:
    """Give an arrived contact its place: the queue asked for, else the principal's for this channel. Once per contact.

    A queue that does not exist is no reason to lose anybody: the principal's own is used and the name is kept in the
    trace. A principal without queues gets one.
    """
    existing = _ITEM.one(contact=contact_id)
    if existing:
        return existing
    line, found = line_for(principal_id, channel, queue, lines_of(principal_id))
    now = clock.now()
    traits = traits_of(channel)
    is_live = traits.live if traits else False
    if preferred_id is not None and not _serves(preferred_id, line, now):
        preferred_id = None
    head_start = placing.head_start_s(live=is_live, target_s=line.target_s)
    item = sql.insert(
        WorkItem(
            principal_id=principal_id,
            queue=line,
            contact_id=contact_id,
            customer_id=customer_id,
            channel=channel,
            live=is_live,
            entered_at=now,
            due_at=deadline(line, now, is_live=is_live),
            preferred_id=preferred_id,
            preferred_until=now + timedelta(seconds=head_start) if preferred_id else None,
        )
    )
    contacts.set_queue(contact_id, line.slug)
    bus.announce(
        ContactPlaced(
            subject_id=contact_id,
            principal_id=principal_id,
            customer_id=customer_id,
            queue=line.slug,
            item_id=item.pk,
            due_at=item.due_at.isoformat() if item.due_at else None,
            asked="" if found else queue,
        )
    )
    live.push(f"floor:{principal_id}", "board")
    wake()
    return item


def lines_of(principal_id: int) -> dict[int, Queue]:
    """A principal's queues that are in use, by id."""
    return {q.pk: q for q in _LINES.all(house=principal_id)}


def line_for(principal_id: int, channel: str, asked: str, queues: Mapping[int, Queue]) -> tuple[Queue, bool]:
    """The queue for a contact, and whether the one asked for was found."""
    lines = [placing.Line(q.pk, q.slug, tuple(q.channels), q.fallback) for q in queues.values()]
    chosen, found = placing.choose(asked, channel, lines)
    if chosen is None:
        return first_queue(principal_id), False
    return queues[chosen.id], found


def first_queue(principal_id: int) -> Queue:
    """A principal whose administrator has made no queue yet still loses nothing."""
    queue, _ = Queue.objects.get_or_create(
        slug=f"general-{principal_id}",
        defaults={"principal_id": principal_id, "name": gettext("General queue"), "fallback": True},
    )
    return queue


def _serves(user_id: int, queue: Queue, now: datetime) -> bool:
    return (
        queue.members.filter(pk=user_id).exists()
        or Loan.objects.filter(queue=queue, user_id=user_id, until__gt=now).exists()
    )


@transaction.atomic
def enqueue(
    viewer: Viewer,
    *,
    queue: str,
    ref: str,
    title: str,
    channel: str = "task",
    customer_id: int | None = None,
    priority: int = 0,
    due_at: datetime | None = None,
    not_before: datetime | None = None,
    skills: Mapping[str, int] | None = None,
    preferred_id: int | None = None,
    only_preferred: bool = False,
) -> int:
    """Let work that is no contact wait in `queue` (a case step, a target of a campaign); returns the item's id.

    `ref` names the caller's own thing ("case_step:12"): the same one twice waits once. Raises `NotFound` for a queue
    the viewer does not see.
    """
    visible = Queue.objects.filter(slug=queue, active=True, principal_id__in=viewer.principals)
    line = visible.select_related("principal").first()
    if line is None:
        raise NotFound
    now = clock.now()
    item, _ = WorkItem.objects.get_or_create(
        ref=ref,
        defaults={
            "principal_id": line.principal_id,
            "queue": line,
            "customer_id": customer_id,
            "channel": channel,
            "title": title[:300],
            "priority": priority,
            "entered_at": now,
            "due_at": due_at or deadline(line, now, is_live=False),
            "not_before": not_before,
            "skills": dict(skills or {}),
            "preferred_id": preferred_id,
            "only_preferred": only_preferred,
        },
    )
    wake()
    return item.pk
