"""Taking over the exchanges of another system, or of a demo's past, in batches."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from itertools import islice

from django.db import transaction

from ligne.contacts import words
from ligne.contacts.events import HistoryLoaded
from ligne.contacts.models import Contact, Message
from ligne.kit import bus
from ligne.kit.errors import NotFound
from ligne.kit.viewer import Viewer

BATCH = 1000


@dataclass(frozen=True, slots=True)
class PastMessage:
    """One message of a past exchange; `kind` is "in", "out" or "note"."""

    kind: str
    text: str
    at: datetime


@dataclass(frozen=True, slots=True)
class PastExchange:
    """A closed exchange as another system knew it. `external_id` is its identity there: loaded once."""

    external_id: str
    channel: str
    queue: str
    customer_id: int
    subject: str
    arrived_at: datetime
    accepted_at: datetime | None
    closed_at: datetime
    outcome: str
    reason_id: int | None = None
    next_step: str = "none"
    advisor_id: int | None = None
    from_name: str = ""
    from_email: str = ""
    from_phone: str = ""
    messages: tuple[PastMessage, ...] = field(default=())


def load_history(viewer: Viewer, *, principal_id: int, exchanges: Iterable[PastExchange]) -> int:
    """Load closed exchanges; those whose `external_id` is known are left as they are. Returns how many were new.

    Each batch of 1,000 is one transaction with one journal entry: what was loaded stays when a later batch fails.
    """
    if not viewer.sees(principal_id):
        raise NotFound
    return sum(_load(viewer, principal_id, batch) for batch in _batches(exchanges))


def _batches(exchanges: Iterable[PastExchange]) -> Iterator[list[PastExchange]]:
    source = iter(exchanges)
    while batch := list(islice(source, BATCH)):
        yield batch


@transaction.atomic
def _load(viewer: Viewer, principal_id: int, batch: list[PastExchange]) -> int:
    known = set(
        Contact.objects.filter(principal_id=principal_id, external_id__in=[e.external_id for e in batch]).values_list(
            "external_id", flat=True
        )
    )
    fresh = [e for e in batch if e.external_id not in known]
    if not fresh:
        return 0
    contacts = Contact.objects.bulk_create([_contact(principal_id, e) for e in fresh])
    Message.objects.bulk_create(
        Message(
            principal_id=principal_id,
            contact=contact,
            kind=message.kind,
            author_id=exchange.advisor_id if message.kind != "in" else None,
            author_name=exchange.from_name if message.kind == "in" else "",
            subject=exchange.subject,
            text=message.text,
            sending=Message.Sending.SENT if message.kind == "out" else "",
            sent_at=message.at if message.kind == "out" else None,
            created_at=message.at,
        )
        for contact, exchange in zip(contacts, fresh, strict=True)
        for message in exchange.messages
    )
    bus.announce(
        HistoryLoaded(
            subject_id=contacts[0].pk, principal_id=principal_id, actor_id=viewer.user_id, exchanges=len(contacts)
        )
    )
    return len(contacts)


def _contact(principal_id: int, exchange: PastExchange) -> Contact:
    return Contact(
        principal_id=principal_id,
        channel=exchange.channel,
        state=words.CLOSED,
        queue=exchange.queue,
        subject=exchange.subject,
        customer_id=exchange.customer_id,
        identification={"state": "certain", "customer_id": exchange.customer_id, "candidates": []},
        from_name=exchange.from_name,
        from_email=exchange.from_email,
        from_phone=exchange.from_phone,
        external_id=exchange.external_id,
        advisor_id=exchange.advisor_id,
        arrived_at=exchange.arrived_at,
        offered_at=exchange.accepted_at,
        accepted_at=exchange.accepted_at,
        first_reply_at=next((m.at for m in exchange.messages if m.kind == "out"), None),
        ended_at=exchange.closed_at,
        wrapped_up_at=exchange.closed_at,
        reason_id=exchange.reason_id,
        outcome=exchange.outcome,
        next_step=exchange.next_step,
    )
