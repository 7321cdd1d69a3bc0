"""Promised calls come up when their window begins, to their owner first; a window that passed is told once."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from ligne.contacts import reads
from ligne.contacts import services as contacts
from ligne.contacts.models import CallBack
from ligne.kit import live
from ligne.kit.errors import DomainError
from ligne.routing.models import WorkItem
from ligne.routing.rules import promises
from ligne.routing.services.lines import log, wake


def start_due(now: datetime) -> int:
    """Make an outgoing contact of every promise whose window has begun; returns how many."""
    return sum(_start(promise, now) for promise in reads.due_call_backs(now))


def _start(promise: CallBack, now: datetime) -> bool:
    try:
        with transaction.atomic():
            contact = contacts.start_call_back(promise.pk)
            until = promises.owners_until(promise.window_start, promise.window_end, now)
            place = promises.place(promise.place_since, promise.place_priority)
            WorkItem.objects.filter(contact_id=contact.pk, state=WorkItem.State.WAITING).update(
                due_at=promise.window_end,
                preferred_id=promise.owner_id,
                preferred_until=until if promise.owner_id else None,
                **place,
            )
    except DomainError as error:
        # Settled or cancelled since it was read, or a number that is none: the promise stays as it is and is told late.
        log.info("routing.call_back_not_started", call_back=promise.pk, why=error.code)
        return False
    wake()
    return True


def break_late(now: datetime) -> int:
    """Say of every promise whose window passed without a call that it was broken; it still waits to be made good."""
    late = reads.late_call_backs(now)
    for call_back_id in late:
        promise = contacts.break_promise(call_back_id)
        live.push(f"floor:{promise.principal_id}", "notice", what="promise_broken", call_back_id=call_back_id)
        if promise.owner_id:
            live.push(f"user:{promise.owner_id}", "notice", what="promise_broken", call_back_id=call_back_id)
    return len(late)
