"""What a channel asks to find the exchange that something new belongs to. Who may write into it, the channel says."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from django.db.models import QuerySet

from ligne.contacts.models import Contact, Message
from ligne.contacts.ports import Sender
from ligne.contacts.reads.exchanges import visible
from ligne.kit.errors import NotFound
from ligne.kit.viewer import Viewer


def sender_of(contact_id: int) -> Sender:
    """Who got in touch, for the channel itself: a port is called for a contact, not for a viewer. Raises `NotFound`."""
    contact = Contact.objects.filter(pk=contact_id).only("from_name", "from_email", "from_phone").first()
    if contact is None:
        raise NotFound
    return Sender(contact.from_name, contact.from_email, contact.from_phone)


def of_messages(viewer: Viewer, message_ids: Iterable[int]) -> dict[int, Contact]:
    """The contact of each of these messages of ours or theirs, by the message's id; unknown ones are left out."""
    found = Message.objects.filter(principal_id__in=viewer.principals).select_related("contact")
    return {pk: message.contact for pk, message in found.in_bulk(list(message_ids)).items()}


def of_threads(viewer: Viewer, channel: str, threads: Iterable[str]) -> dict[str, Contact]:
    """The newest contact of each of these threads, by thread; unknown ones are left out."""
    found = visible(viewer).filter(channel=channel, thread__in=[thread for thread in threads if thread])
    return {contact.thread: contact for contact in found.order_by("pk")}


def of_external_ids(viewer: Viewer, channel: str, external_ids: Sequence[str], limit: int = 5) -> list[Contact]:
    """The contacts in which a customer's message bears one of these names, the newest message first."""
    found = Message.objects.filter(
        principal_id__in=viewer.principals,
        kind=Message.Kind.IN,
        external_id__in=[name for name in external_ids if name],
        contact__channel=channel,
    )
    return [message.contact for message in found.select_related("contact").order_by("-pk")[:limit]]


def same_thread(contact: Contact, channel: str) -> list[Contact]:
    """The contacts of `channel` in the contact's thread, newest first; the contact alone when it has no thread."""
    return list(_thread(contact, channel).order_by("-pk"))


def written_to(contact: Contact, channel: str) -> list[Message]:
    """What we wrote in `same_thread`, newest first: ids, recipients, what became of it."""
    found = Message.objects.filter(contact__in=_thread(contact, channel), kind=Message.Kind.OUT)
    return list(found.only("recipients", "sending", "contact_id").order_by("-sent_at", "-pk"))


def first_received(viewer: Viewer, contact_id: int) -> Message | None:
    """The message by which the exchange began, when the customer began it."""
    found = Message.objects.filter(contact_id=contact_id, principal_id__in=viewer.principals, kind=Message.Kind.IN)
    return found.order_by("pk").first()


def senders(*, domain: str = "", email: str = "", limit: int = 8) -> list[Sender]:
    """Who got in touch lately and said their name, newest first: from any address of `domain`, or from `email`."""
    found = Contact.objects.exclude(from_name="")
    found = found.filter(from_email=email) if email else found.filter(from_email__endswith=f"@{domain}")
    known: dict[str, Sender] = {}
    for name, address in found.order_by("-arrived_at").values_list("from_name", "from_email")[: limit * 5]:
        known.setdefault(address, Sender(name=name, email=address))
    return list(known.values())[:limit]


def _thread(contact: Contact, channel: str) -> QuerySet[Contact]:
    if not contact.thread:
        return Contact.objects.filter(pk=contact.pk)
    return Contact.objects.filter(principal_id=contact.principal_id, channel=channel, thread=contact.thread)
