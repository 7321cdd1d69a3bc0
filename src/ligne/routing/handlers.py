"""What routing does when something happens elsewhere. Each runs in the transaction that announces it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from django.db import transaction

from ligne.contacts.events import ContactArrived, ContactClosed, ContactMoved, ContactUnmerged
from ligne.routing import services
from ligne.staff.events import PresenceChanged

UNTIL = "until "


def on_arrived(happened: ContactArrived) -> None:
    """A contact gets its place in a line."""
    services.place(
        contact_id=happened.subject_id,
        principal_id=happened.principal_id or 0,
        channel=happened.channel,
        queue=happened.queue,
        customer_id=happened.customer_id,
        preferred_id=happened.preferred_id,
    )


def on_arrived_together(happened: Sequence[ContactArrived]) -> None:
    """`on_arrived` for many."""
    by_principal: dict[int, list[services.Placing]] = {}
    for one in happened:
        by_principal.setdefault(one.principal_id or 0, []).append(
            services.Placing(
                contact_id=one.subject_id,
                channel=one.channel,
                queue=one.queue,
                customer_id=one.customer_id,
                preferred_id=one.preferred_id,
            )
        )
    for principal_id, wanted in by_principal.items():
        services.place_many(principal_id=principal_id, wanted=wanted)


def on_unmerged(happened: ContactUnmerged) -> None:
    """An exchange taken out of another one gets a place again."""
    services.place(
        contact_id=happened.subject_id,
        principal_id=happened.principal_id or 0,
        channel=happened.channel,
        queue=happened.queue,
        customer_id=happened.customer_id,
        preferred_id=happened.preferred_id,
    )


def on_closed(happened: ContactClosed) -> None:
    """Its item goes, its advisor is free."""
    services.finish(happened.subject_id)
    advisor_id = happened.advisor_id
    if advisor_id is not None and services.is_call(happened.channel):
        transaction.on_commit(lambda: services.end_after_call(advisor_id), robust=True)


def on_moved(happened: ContactMoved) -> None:
    """Follow the passages that routing did not make itself: put off, back because the customer wrote, over."""
    if happened.passage == "snooze" and happened.cause.startswith(UNTIL):
        until = datetime.fromisoformat(happened.cause.removeprefix(UNTIL))
        services.put_off(happened.subject_id, happened.advisor_id, until)
    elif happened.passage == "requeue" and happened.cause == "customer wrote":
        services.back_in_line(happened.subject_id, happened.advisor_id)
    elif happened.passage == "end":
        transaction.on_commit(lambda: services.begin_after_call(happened.subject_id), robust=True)


def on_presence(happened: PresenceChanged) -> None:
    """Somebody signed out: their work is freed. Somebody came back: what was kept stays theirs."""
    if happened.state == "offline":
        services.release_all(happened.subject_id, "signed out")
    elif happened.before == "offline":
        services.come_back(happened.subject_id)
    services.wake()
