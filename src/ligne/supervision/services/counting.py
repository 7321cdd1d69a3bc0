"""Counting exchanges as they move, and counting them again from scratch."""

from __future__ import annotations

from datetime import date, timedelta
from zoneinfo import ZoneInfo

from django.db import connection, transaction
from django.utils import timezone

from ligne.contacts import reads as contacts
from ligne.contacts import words
from ligne.contacts.models import Contact
from ligne.contacts.ports import channels
from ligne.kit import locks, sql
from ligne.kit.errors import NotFound
from ligne.routing import reads as routing
from ligne.routing.models import Queue
from ligne.staff import reads as staff
from ligne.supervision.models import ContactFact, CountDelta
from ligne.supervision.rules import counting
from ligne.supervision.services import tallying


def zone() -> ZoneInfo:
    """The site's zone, in which days and half-hours are counted."""
    return ZoneInfo(timezone.get_default_timezone_name())


def recount(contact_id: int) -> None:
    """Bring the counters up to what the contact is now. Stands in the transaction that changed it; doing it again
    changes nothing."""
    contact = contacts.counted(contact_id)
    try:
        fact = locks.row(ContactFact, contact_id=contact_id)
        before = counting.contributions(_exchange(fact), zone())
    except NotFound:
        fact, before = ContactFact(contact_id=contact_id), {}
    queue = routing.queue_called(contact.queue)
    if queue is None:
        return  # not placed yet: it counts when it is
    _fill(fact, contact, queue)
    if fact._state.adding:
        sql.insert(fact)
    else:
        sql.update(fact)
    after = counting.contributions(_exchange(fact), zone())
    for slot, sums in counting.difference(before, after):
        sql.insert(
            CountDelta(
                principal_id=queue.principal_id,
                queue_id=slot.queue_id,
                channel=slot.channel,
                advisor_id=slot.advisor_id or None,
                day=slot.day,
                slot=slot.slot,
                **sums,
            )
        )


def _fill(fact: ContactFact, contact: Contact, queue: Queue) -> None:
    """Write what the contact is now on its row of facts."""
    traits = channels.get(contact.channel).traits if contact.channel in channels else None
    fact.live = bool(traits and traits.live)
    if fact.queue_id != queue.pk or fact.arrived_at != contact.arrived_at:
        fact.due_at = routing.deadline(queue, contact.arrived_at, is_live=fact.live)
    fact.queue, fact.principal_id = queue, contact.principal_id
    # to the floor what is offered still waits; to whom it is offered stands on the contact
    offered = contact.state == words.OFFERED
    fact.state = words.WAITING if offered else contact.state
    fact.advisor_id = None if offered else contact.advisor_id
    fact.channel, fact.direction, fact.outcome = contact.channel, contact.direction, contact.outcome
    fact.arrived_at, fact.accepted_at = contact.arrived_at, contact.accepted_at
    fact.first_reply_at, fact.closed_at = contact.first_reply_at, contact.wrapped_up_at
    fact.answered_at = counting.answered_at(_exchange(fact))
    if fact.answered_at is not None:
        fact.in_target = fact.answered_at <= fact.due_at
    else:
        fact.in_target = False if fact.closed_at else None


def _exchange(fact: ContactFact) -> counting.Exchange:
    return counting.Exchange(
        queue_id=fact.queue_id,
        channel=fact.channel,
        direction=fact.direction,
        live=fact.live,
        outcome=fact.outcome,
        arrived_at=fact.arrived_at,
        due_at=fact.due_at,
        accepted_at=fact.accepted_at,
        first_reply_at=fact.first_reply_at,
        wrapped_up_at=fact.closed_at,
        advisor_id=fact.advisor_id,
    )


def rebuild(day: date) -> int:
    """Count a day again from the contacts themselves; returns how many there were.

    Announcing verbs wait meanwhile (a moment for a day): none may count between our reading and our writing.
    """
    start, end = staff.day_bounds(day)
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute("LOCK TABLE supervision_contactfact IN EXCLUSIVE MODE")
        queues: dict[str, Queue | None] = {}
        facts = []
        for contact in contacts.counted_between(start, end):
            if contact.queue not in queues:
                queues[contact.queue] = routing.queue_called(contact.queue)
            if (queue := queues[contact.queue]) is None:
                continue
            fact = ContactFact(contact_id=contact.pk)
            _fill(fact, contact, queue)
            facts.append(fact)
        _keep(facts)
        tallying.tally(day, day)
    return len(facts)


def _keep(facts: list[ContactFact]) -> None:
    columns = [f.attname for f in ContactFact._meta.concrete_fields if not f.primary_key]
    names = [ContactFact._meta.get_field(c.removesuffix("_id")).name for c in columns]
    ContactFact.objects.bulk_create(
        facts, batch_size=1000, update_conflicts=True, unique_fields=["contact"], update_fields=names
    )


def rebuild_all() -> int:
    """Count every day again, from the first contact to today; returns the number of days."""
    first = contacts.first_arrival()
    if first is None:
        return 0
    day, today = timezone.localtime(first).date(), timezone.localdate()
    days = 0
    while day <= today:
        rebuild(day)
        day, days = day + timedelta(days=1), days + 1
    return days
