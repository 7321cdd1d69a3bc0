"""What an exchange adds to the file of its customer; registered in `customers.ports`."""

from __future__ import annotations

from datetime import datetime

from django.urls import reverse
from django.utils.translation import gettext

from ligne.contacts import words
from ligne.contacts.models import Contact
from ligne.contacts.ports import channels
from ligne.contacts.reads.exchanges import get, visible
from ligne.customers.ports import ContactFacts, TimelineEntry
from ligne.kit.prepared import Prepared
from ligne.kit.viewer import Viewer

_MOST = 30
_LATEST = Prepared(
    lambda customer, houses: (
        Contact.objects.filter(customer_id=customer, principal_id__in=houses)
        .select_related("advisor", "reason", "reason__parent")
        .order_by("-arrived_at")[:_MOST]
    )
)


def timeline(
    viewer: Viewer, customer_id: int, before: datetime | None = None, limit: int = _MOST
) -> list[TimelineEntry]:
    """The exchanges of a customer as entries of their history; registered in `customers.ports.timeline_sources`."""
    if before is None and limit <= _MOST:
        return [_entry(contact) for contact in _LATEST.all(customer=customer_id, houses=viewer.principals)[:limit]]
    found = visible(viewer).filter(customer_id=customer_id)
    if before is not None:
        found = found.filter(arrived_at__lt=before)
    rows = found.select_related("advisor", "reason", "reason__parent").order_by("-arrived_at")[:limit]
    return [_entry(contact) for contact in rows]


def _entry(contact: Contact) -> TimelineEntry:
    traits = channels.get(contact.channel).traits if contact.channel in channels else None
    label = gettext(traits.label) if traits else contact.channel
    closed = contact.state == words.CLOSED
    badge = words.OUTCOME_LABELS.get(contact.outcome, "") if closed else words.STATE_LABELS[contact.state]
    tone = {"resolved": "ok", "abandoned": "bad", "": "info"}.get(contact.outcome, "mute") if closed else "info"
    detail = [str(contact.reason) if contact.reason else "", contact.advisor.name if contact.advisor else ""]
    return TimelineEntry(
        at=contact.arrived_at,
        icon=traits.icon if traits else "message",
        title=f"{label} · {contact.subject}" if contact.subject else label,
        detail=" · ".join(d for d in detail if d),
        badge=gettext(badge) if badge else "",
        tone=tone,
        url=reverse("contacts:exchange", args=[contact.pk]),
    )


def facts_for_file(viewer: Viewer, contact_id: int) -> ContactFacts:
    """What the exchange knows of its person, for their file; registered in `customers.ports.contact_sources`."""
    contact = get(viewer, contact_id)
    return ContactFacts(
        contact_id=contact.pk,
        principal_id=contact.principal_id,
        customer_id=contact.customer_id,
        name=contact.from_name,
        email=contact.from_email,
        phone=contact.from_phone,
        proof=contact.identity_proof,
    )
