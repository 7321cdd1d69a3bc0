"""Handing an exchange on, with its context."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db import transaction

from ligne.contacts import services as contacts
from ligne.contacts.models import Contact
from ligne.kit import bus, clock
from ligne.kit.errors import Conflict, Forbidden, Invalid, NotFound
from ligne.kit.text import N_
from ligne.kit.viewer import ADVISOR, SUPERVISOR, Viewer
from ligne.routing.events import ContactTransferred
from ligne.routing.models import Queue, WorkItem
from ligne.routing.reads import deadline
from ligne.routing.rules import facts
from ligne.routing.services.lines import free, lock_item_of, put_back
from ligne.staff import reads as staff

# How long a colleague who was named has the contact for themselves before their queue helps.
NAMED_LIVE = timedelta(minutes=2)
NAMED_DEFERRED = timedelta(hours=24)


@transaction.atomic
def transfer(
    viewer: Viewer, *, contact_id: int, queue: str | None = None, advisor_id: int | None = None, note: str
) -> Contact:
    """Hand an exchange to another queue (its slug) or a colleague, with a note of the context in its trace.

    It keeps its age in the line; who waits live also goes ahead of newcomers. A colleague has it for themselves first
    (two minutes live, a day deferred), then their queue helps. Advisors hand on what is with them, supervisors
    anything. Raises `Invalid` naming the field, `Conflict` when it is not in anybody's hands or the colleague is away.
    """
    if not viewer.has_role(ADVISOR, SUPERVISOR):
        raise Forbidden
    if not note.strip():
        raise Invalid(N_("Say in a few words what the next person must know. Nothing was transferred."), field="note")
    if (queue is None) == (advisor_id is None):
        raise Invalid(N_("Choose a queue or a colleague. Nothing was transferred."), field="queue")
    item = lock_item_of(viewer, contact_id)
    giver = item.advisor_id
    if item.state != WorkItem.State.TAKEN or giver is None:
        raise Conflict(N_("This contact is not in anybody’s hands now. Nothing was transferred."))
    if viewer.user_id is not None and giver != viewer.user_id and not viewer.has_role(SUPERVISOR):
        raise Forbidden(N_("This contact is with a colleague. Nothing was transferred."))
    now = clock.now()
    if queue is not None:
        _to_queue(item, _queue(viewer, item.principal_id, queue), now)
    elif advisor_id is not None:
        _to_colleague(viewer, item, advisor_id, now)
    if item.live:
        item.priority += 1
    put_back(item, declined=(giver, now))
    contacts.note(viewer, contact_id=contact_id, text=note)
    contact = contacts.move(viewer, contact_id=contact_id, passage="requeue", queue=item.queue.slug, cause="transfer")
    bus.announce(
        ContactTransferred(
            subject_id=contact_id,
            principal_id=item.principal_id,
            customer_id=item.customer_id,
            actor_id=viewer.user_id,
            from_advisor_id=giver,
            to_queue=item.queue.slug,
            to_advisor_id=advisor_id,
        )
    )
    free(giver, now)
    return contact


def _queue(viewer: Viewer, principal_id: int, slug: str) -> Queue:
    # A contact stays with its principal: its file and its customer are theirs.
    found = Queue.objects.filter(slug=slug, principal_id=principal_id, active=True).select_related("principal").first()
    if found is None or not viewer.sees(principal_id):
        raise Invalid(N_("There is no such queue. Nothing was transferred."), field="queue")
    return found


def _to_queue(item: WorkItem, queue: Queue, now: datetime) -> None:
    item.queue = queue
    item.preferred = item.preferred_until = None
    item.only_preferred = item.overflowed = False
    item.declined_by = {}
    item.due_at = deadline(queue, now, is_live=item.live)


def _to_colleague(viewer: Viewer, item: WorkItem, advisor_id: int, now: datetime) -> None:
    if advisor_id == item.advisor_id:
        raise Invalid(N_("This contact is with that person already."), field="advisor")
    person = staff.person(viewer, advisor_id)
    if not person.is_active or not person.principals.filter(pk=item.principal_id).exists():
        raise NotFound
    if item.live and advisor_id not in staff.workers([advisor_id], facts.TAKES[facts.LIVE]):
        raise Conflict(
            N_("%(name)s is not available now and somebody is waiting: choose a queue or another colleague."),
            name=person.name,
        )
    item.preferred = person
    item.preferred_until = now + (NAMED_LIVE if item.live else NAMED_DEFERRED)
    item.declined_by = {}
