"""Exchanges that stand together, and who is named in their notes."""

from __future__ import annotations

from django.db.models import Q

from ligne.contacts import words
from ligne.contacts.models import Contact, Link, Mention, Merge
from ligne.contacts.reads.exchanges import get, visible
from ligne.contacts.rules import mentions
from ligne.kit.prepared import Prepared
from ligne.kit.viewer import ADVISOR, QUALITY, SUPERVISOR, Viewer
from ligne.staff import reads as staff

_PAIRS = Prepared(
    lambda contact, houses: Link.objects.filter(
        Q(first_id=contact) | Q(second_id=contact), principal_id__in=houses
    ).values_list("first_id", "second_id")
)
_MERGED = Prepared(
    lambda contact, houses: Merge.objects.filter(
        target_id=contact, principal_id__in=houses, undone_at__isnull=True
    ).select_related("source")
)


def linked(viewer: Viewer, contact_id: int) -> list[Contact]:
    """The exchanges that this one is linked to, newest first."""
    pairs = _PAIRS.all(contact=contact_id, houses=viewer.principals)
    ids = {number for pair in pairs for number in pair} - {contact_id}
    found = visible(viewer).filter(pk__in=ids).select_related("customer", "advisor") if ids else []
    return sorted(found, key=lambda one: one.arrived_at, reverse=True)


def merged_here(viewer: Viewer, contact_id: int) -> list[Contact]:
    """The exchanges that became part of this one and may be taken out again, oldest merge first."""
    return [one.source for one in _MERGED.all(contact=contact_id, houses=viewer.principals)]


def joinable(viewer: Viewer, contact_id: int, limit: int = 12) -> list[Contact]:
    """Other exchanges of the same customer, open ones first, then the newest. Raises `NotFound`."""
    contact = get(viewer, contact_id)
    if contact.customer_id is None:
        return []
    others = visible(viewer).filter(customer_id=contact.customer_id, merged_into__isnull=True).exclude(pk=contact.pk)
    found = list(others.select_related("customer", "advisor").order_by("-arrived_at")[: limit * 3])
    return sorted(found, key=lambda one: one.state == words.CLOSED)[:limit]


def readers(viewer: Viewer, principal_id: int) -> dict[int, str]:
    """{id: name} of those who may read the principal's exchanges and so may be named in a note, the viewer included."""
    within = Viewer(
        user_id=viewer.user_id, role=viewer.role, principals=viewer.principals & {principal_id}, scopes=viewer.scopes
    )
    roles = {ADVISOR, SUPERVISOR, QUALITY}
    return {
        person.pk: person.name
        for person in staff.people(within)
        if person.role in roles and any(one.pk == principal_id for one in person.seen_principals)  # type: ignore[attr-defined]
    }


def named_in(viewer: Viewer, message_id: int) -> list[str]:
    """The names of the colleagues whom a note told."""
    found = Mention.objects.filter(message_id=message_id, principal_id__in=viewer.principals)
    return list(found.order_by("id").values_list("user__name", flat=True))


def names_nobody(viewer: Viewer, principal_id: int, text: str) -> list[str]:
    """What follows an @ in `text` and is no name of somebody who may read the principal's exchanges."""
    return mentions.read(text, readers(viewer, principal_id))[1] if "@" in text else []


def nameable(viewer: Viewer, principal_id: int, wanted: str) -> list[tuple[int, str]]:
    """(id, name) of colleagues whose name begins with what was typed after an @."""
    people = readers(viewer, principal_id)
    people.pop(viewer.user_id or 0, None)
    return mentions.fitting(wanted, people)


def mentions_waiting(viewer: Viewer) -> list[Mention]:
    """Where the viewer was named and has not looked yet, newest first."""
    named = Mention.objects.filter(user_id=viewer.user_id or 0, principal_id__in=viewer.principals)
    waiting = named.filter(seen_at__isnull=True)
    return list(waiting.select_related("message__author", "contact__customer").order_by("-at")[:20])
