"""Questions about mail accounts, kept mails and the demo's mailboxes."""

from __future__ import annotations

from typing import Any

from django.db.models import Count, Max, Q, QuerySet

from ligne.channels.email.models import DemoMail, MailAccount, RawMail
from ligne.channels.email.rules import fates, tokens
from ligne.channels.email.rules.parse import parse
from ligne.channels.email.rules.parsed import ParsedMail
from ligne.contacts import reads as contacts
from ligne.contacts.models import Contact
from ligne.contacts.ports import Sender
from ligne.kit.errors import NotFound
from ligne.kit.viewer import ADMINISTRATOR, Viewer

# Where the demo's fictitious customers have their mailboxes.
DEMO_DOMAIN = "@exemple.test"


def accounts(viewer: Viewer) -> list[MailAccount]:
    """The mail accounts of the viewer's principals, by address."""
    return list(MailAccount.objects.filter(principal_id__in=viewer.principals).select_related("principal"))


def account(viewer: Viewer, account_id: int) -> MailAccount:
    """One account. Raises `NotFound`."""
    found = MailAccount.objects.filter(pk=account_id, principal_id__in=viewer.principals).first()
    if found is None:
        raise NotFound
    return found


def addresses(viewer: Viewer, *, principal_id: int) -> list[str]:
    """The addresses to which the principal's customers may write."""
    if not viewer.sees(principal_id):
        raise NotFound
    found = MailAccount.objects.filter(principal_id=principal_id, active=True)
    return list(found.values_list("address", flat=True))


def account_at(address: str) -> MailAccount | None:
    """The account, active or not, that mail for `address` belongs to (a token after its plus sign set aside)."""
    wanted = {address.lower(), tokens.plain_address(address)}
    return MailAccount.objects.filter(address__in=wanted).select_related("principal").first()


def account_for(contact: Contact) -> MailAccount | None:
    """In whose name a contact is answered: the account it came to, else its queue's, else its principal's first."""
    arrived = RawMail.objects.filter(contact=contact, account__active=True).order_by("id").select_related("account")
    first = arrived.first()
    if first is not None:
        return first.account
    active = list(MailAccount.objects.filter(principal_id=contact.principal_id, active=True))
    by_queue = [a for a in active if contact.queue and a.queue == contact.queue]
    return next(iter([*by_queue, *active]), None)


def kept(viewer: Viewer, *, routine: bool = False, limit: int = 200) -> list[RawMail]:
    """Mails kept for an administrator, newest first, without their content. `routine`: those no one need look at."""
    found = _visible(viewer).filter(state=RawMail.State.KEPT).select_related("account", "principal")
    found = found.filter(fate__in=fates.ROUTINE) if routine else found.exclude(fate__in=fates.ROUTINE)
    return list(found.defer("content")[:limit])


def kept_count(viewer: Viewer) -> tuple[int, int]:
    """How many kept mails there are: (to look at, routine)."""
    found = _visible(viewer).filter(state=RawMail.State.KEPT)
    counts = found.aggregate(all=Count("pk"), routine=Count("pk", filter=Q(fate__in=fates.ROUTINE)))
    return counts["all"] - counts["routine"], counts["routine"]


def raw(viewer: Viewer, raw_id: int) -> RawMail:
    """One mail with its content. Raises `NotFound`."""
    found = _visible(viewer).filter(pk=raw_id).select_related("account", "principal", "contact").first()
    if found is None:
        raise NotFound
    return found


def understood(mail: RawMail) -> ParsedMail:
    """The mail, read again from its bytes."""
    return parse(bytes(mail.content), return_path=mail.envelope_from if mail.envelope_known else None)


def _visible(viewer: Viewer) -> QuerySet[RawMail]:
    if not viewer.has_role(ADMINISTRATOR):
        raise NotFound
    return RawMail.objects.filter(principal_id__in=viewer.principals)


def demo_boxes(limit: int = 30) -> list[dict[str, Any]]:
    """The demo's mailboxes that hold something: box, unread, latest."""
    found = DemoMail.objects.values("box").annotate(
        unread=Count("pk", filter=Q(seen=False, outgoing=False)), latest=Max("at")
    )
    return [dict(row) for row in found.order_by("-latest")[:limit]]


def demo_mails(address: str, limit: int = 100) -> list[DemoMail]:
    """What a demo customer received and wrote, newest first, without the content."""
    return list(DemoMail.objects.filter(box=address.lower()).defer("content")[:limit])


def demo_mail(address: str, mail_id: int) -> DemoMail:
    """One mail of a demo mailbox. Raises `NotFound`."""
    found = DemoMail.objects.filter(box=address.lower(), pk=mail_id).first()
    if found is None:
        raise NotFound
    return found


def delivered_ids() -> list[str]:
    """The Message-ID of each mail in the demo's mailboxes that the centre sent; for the simulator's accounts."""
    found = DemoMail.objects.filter(outgoing=False).exclude(message_id="")
    return list(found.values_list("message_id", flat=True))


def demo_addresses() -> list[tuple[str, str]]:
    """Where a demo customer may write: (address, label)."""
    found = MailAccount.objects.filter(active=True).select_related("principal").order_by("principal__name", "address")
    return [(a.address, f"{a.display_name or a.principal.name} <{a.address}>") for a in found]


def demo_people(limit: int = 8) -> list[Sender]:
    """Customers of the demo who wrote lately."""
    return contacts.senders(domain="exemple.test", limit=limit)


def demo_name(address: str) -> str:
    """The name that goes with a demo customer's address, "" when none is known."""
    known = contacts.senders(email=address, limit=1) if address else []
    return known[0].name if known else ""
