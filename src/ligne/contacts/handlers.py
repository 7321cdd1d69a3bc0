"""What contacts do when something happens in the customer's file below. Idempotent."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import Q

from ligne.contacts.models import Attachment, CallBack, Contact, Draft, Message
from ligne.kit import files, live


def move_customer(from_id: int, to_id: int, undo: Any) -> Any:
    """Two files become one: exchanges and promises follow; `undo` is what was moved before (see customers.ports)."""
    moved: dict[str, list[int]] = undo or {}
    for name, model in (("contacts", Contact), ("call_backs", CallBack)):
        rows = model.objects.filter(customer_id=from_id)
        if undo is not None:
            rows = rows.filter(pk__in=moved.get(name, []))
        ids = list(rows.values_list("pk", flat=True))
        model.objects.filter(pk__in=ids).update(customer_id=to_id)
        if undo is None:
            moved[name] = ids
    return moved


def erase_customer(customer_id: int) -> list[tuple[str, int]]:
    """Blank what was said and who said it; that an exchange took place, when and how it ended, stays.

    Returns the exchanges and promises that were blanked, as the journal names them.
    """
    contacts = Contact.objects.filter(customer_id=customer_id)
    messages = Message.objects.filter(contact__in=contacts)
    sent = Attachment.objects.filter(contact__in=contacts)
    digests = set(sent.values_list("sha256", flat=True))
    sent.delete()
    transaction.on_commit(lambda: files.discard(digests), robust=True)
    messages.exclude(kind=Message.Kind.EVENT).update(
        text="", html="", quoted="", subject="", author_name="", recipients={}
    )
    messages.filter(kind=Message.Kind.EVENT).exclude(subject="").update(subject="")
    Draft.objects.filter(contact__in=contacts).update(text="")
    contacts.update(subject="", from_name="", from_email="", from_phone="", summary="", identification={})
    promises = CallBack.objects.filter(customer_id=customer_id)
    promises.update(name="", phone="", topic="")
    for contact in contacts.filter(advisor__isnull=False).exclude(state="closed"):
        live.push(f"user:{contact.advisor_id}", f"contact-{contact.pk}")
    return [
        *(("contact", pk) for pk in contacts.values_list("pk", flat=True)),
        *(("call_back", pk) for pk in promises.values_list("pk", flat=True)),
    ]


def keep_customers(customer_ids: Sequence[int], since: datetime) -> set[int]:
    """Of these customers, those who wrote or called since, or to whom we still owe something
    (`customers.ports.keepers`)."""
    theirs = {"customer_id__in": list(customer_ids)}
    heard = Contact.objects.filter(**theirs).filter(Q(direction="in", arrived_at__gte=since) | ~Q(state="closed"))
    owed = CallBack.objects.filter(**theirs).exclude(state__in=[CallBack.State.KEPT, CallBack.State.CANCELLED])
    return {*heard.values_list("customer_id", flat=True), *owed.values_list("customer_id", flat=True)}
