"""Questions about exchanges and what was said in them."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime, timedelta
from typing import NamedTuple

from django.db.models import Prefetch, QuerySet

from ligne.contacts import words
from ligne.contacts.models import Attachment, Contact, Draft, Message
from ligne.kit.errors import NotFound
from ligne.kit.prepared import Prepared
from ligne.kit.viewer import Viewer

# The law counts attempts over thirty days; a day more leaves its own zone out of the question.
LAW_DAYS = 31

_WHOLE = Prepared(
    lambda number, houses: Contact.objects.select_related(
        "customer", "advisor", "principal", "reason", "reason__parent"
    ).filter(pk=number, principal_id__in=houses)
)
_STANDING = Prepared(
    lambda numbers: Contact.objects.filter(pk__in=numbers).values_list("pk", "state", "advisor_id", "queue")
)
_CUSTOMERS = Prepared(lambda numbers: Contact.objects.filter(pk__in=numbers).values_list("pk", "customer_id"))
_THREAD = Prepared(
    lambda contact, houses: (
        Message.objects.filter(contact_id=contact, principal_id__in=houses)
        .select_related("author")
        .prefetch_related(Prefetch("attachments", queryset=Attachment.objects.order_by("id")))
        .order_by("created_at", "id")
    )
)
_PENDING = Prepared(
    lambda contact, houses: Attachment.objects.filter(
        contact_id=contact, principal_id__in=houses, message__isnull=True
    ).order_by("id")
)
_DRAFT = Prepared(lambda contact, houses: Draft.objects.filter(contact_id=contact, principal_id__in=houses))


def visible(viewer: Viewer) -> QuerySet[Contact]:
    """The contacts that exist for this viewer."""
    return Contact.objects.filter(principal_id__in=viewer.principals)


def get(viewer: Viewer, contact_id: int) -> Contact:
    """One contact with its customer, advisor, principal and reason. Raises `NotFound`."""
    contact = _WHOLE.one(number=contact_id, houses=viewer.principals)
    if contact is None:
        raise NotFound
    return contact


def call_in_hand(user_id: int) -> Contact | None:
    """The call that this person is offered, has or wraps up: one at most; for routing and the telephone."""
    return Contact.objects.filter(advisor_id=user_id, channel="voice", state__in=words.WITH_ADVISOR).first()


def wrapping_up(contact_id: int) -> Contact | None:
    """This exchange while it is over and not wrapped up; for routing."""
    return Contact.objects.filter(pk=contact_id, state=words.WRAP_UP).first()


def calls_out(customer_id: int, now: datetime) -> list[datetime]:
    """When this customer was called by us in the last `LAW_DAYS`, by whomever; for the law, which counts them."""
    since = now - timedelta(days=LAW_DAYS)
    called = Contact.objects.filter(customer_id=customer_id, channel="voice", direction="out", arrived_at__gte=since)
    return list(called.order_by("arrived_at").values_list("arrived_at", flat=True))


class Standing(NamedTuple):
    """Where a contact stands: its state, who has it or is offered it, its queue's slug."""

    state: str
    advisor_id: int | None
    queue: str


def standing(contact_ids: Collection[int]) -> dict[int, Standing]:
    """Where each of these contacts stands; for channels, which follow their own contacts."""
    found = _STANDING.all(numbers=list(contact_ids))
    return {number: Standing(state, advisor_id, queue) for number, state, advisor_id, queue in found}


def live_on(channel: str) -> QuerySet[Contact]:
    """Contacts of a channel that wait, are offered or in hand; for channels, which follow their own contacts."""
    return Contact.objects.filter(channel=channel, state__in=(words.WAITING, words.OFFERED, words.ACTIVE))


def customers_of(contact_ids: Collection[int]) -> dict[int, int | None]:
    """Whose each of these contacts is, as {contact id: customer id}; for channels."""
    return dict(_CUSTOMERS.all(numbers=list(contact_ids))) if contact_ids else {}


def thread(viewer: Viewer, contact_id: int) -> list[Message]:
    """All that was said in the exchange, oldest first, with authors and files: two queries."""
    return _THREAD.all(contact=contact_id, houses=viewer.principals)


def message(viewer: Viewer, message_id: int) -> Message:
    """One message. Raises `NotFound`."""
    found = Message.objects.filter(pk=message_id, principal_id__in=viewer.principals).select_related("contact").first()
    if found is None:
        raise NotFound
    return found


def attachment(viewer: Viewer, attachment_id: int) -> Attachment:
    """One file of an exchange. Raises `NotFound`."""
    found = Attachment.objects.filter(pk=attachment_id, principal_id__in=viewer.principals).first()
    if found is None:
        raise NotFound
    return found


def pending_files(viewer: Viewer, contact_id: int) -> list[Attachment]:
    """Files kept for the reply being written."""
    return _PENDING.all(contact=contact_id, houses=viewer.principals)


def held(digests: Collection[str]) -> set[str]:
    """Those of these digests that are a file of some exchange, whoever's; registered in `kit.files.holders`."""
    return set(Attachment.objects.filter(sha256__in=digests).values_list("sha256", flat=True))


def of_customer(viewer: Viewer, customer_id: int, limit: int = 50) -> list[Contact]:
    """The customer's exchanges, newest first."""
    return list(
        visible(viewer)
        .filter(customer_id=customer_id)
        .select_related("advisor", "reason", "reason__parent")
        .order_by("-arrived_at")[:limit]
    )


def open_of(viewer: Viewer, advisor_id: int) -> list[Contact]:
    """What an advisor has in hand, oldest first."""
    return list(
        visible(viewer)
        .filter(advisor_id=advisor_id, state__in=words.OPEN)
        .select_related("customer", "principal")
        .order_by("accepted_at", "id")
    )


def draft(viewer: Viewer, contact_id: int) -> tuple[str, int]:
    """The reply being typed and its version; ("", 0) when there is none."""
    found = _DRAFT.one(contact=contact_id, houses=viewer.principals)
    return (found.text, found.version) if found else ("", 0)
