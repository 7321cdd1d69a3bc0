"""A call that an advisor makes of their own accord: an exchange that is in their hands from its first moment."""

from __future__ import annotations

from django.db import transaction

from ligne.contacts import reads
from ligne.contacts import services as contacts
from ligne.contacts.models import Contact
from ligne.contacts.ports import Sender
from ligne.kit import clock
from ligne.kit.errors import Conflict, Forbidden
from ligne.kit.text import N_
from ligne.kit.viewer import ADVISOR, SUPERVISOR, Viewer
from ligne.routing.models import Offer, WorkItem
from ligne.routing.reads import facing
from ligne.routing.services import offers
from ligne.routing.services.lines import lock_item_of
from ligne.staff import services as staff

VOICE = "voice"
BUSY = N_("You have a call in hand already: end it and wrap it up first. Nobody was called.")
AWAY = N_("You are signed out of the lines. Choose a state first; nobody was called.")
ELSEWHERE = N_("A colleague has this call-back in hand already. Nobody was called.")


@transaction.atomic
def begin_call(
    viewer: Viewer,
    *,
    principal_id: int,
    phone: str,
    name: str = "",
    queue: str = "",
    customer_id: int | None = None,
    previous_id: int | None = None,
) -> Contact:
    """The exchange of a call to `phone` (E.164), in the viewer's hands. Nothing waits in between.

    The same number asked for twice while the first is in hand is one exchange. Raises `Conflict` when the viewer has
    another call, or is signed out of the lines: nothing exists then. The law was asked (`contacts.check_call_to`).
    """
    user_id = _at_work(viewer)
    current = reads.call_in_hand(user_id)
    if current is not None and (current.direction, current.from_phone, current.state) == ("out", phone, "active"):
        return current
    _check_room(user_id)
    contact = contacts.arrive(
        viewer,
        principal_id=principal_id,
        channel=VOICE,
        direction="out",
        sender=Sender(name=name, phone=phone),
        queue=queue,
        customer_id=customer_id,
        previous_id=previous_id,
    )
    return _in_hand(viewer, contact, user_id)


@transaction.atomic
def begin_call_back(viewer: Viewer, *, call_back_id: int) -> Contact:
    """Keep a promise now, whether its window has begun or not. Raises as `begin_call`, and `Conflict` when the promise
    is settled or with a colleague."""
    user_id = _at_work(viewer)
    contact = contacts.start_call_back(contacts.lock_call_back(viewer, call_back_id).pk)
    if contact.advisor_id == user_id and contact.state == "active":
        return contact
    _check_room(user_id)
    return _in_hand(viewer, contact, user_id)


def _at_work(viewer: Viewer) -> int:
    if viewer.user_id is None or not viewer.has_role(ADVISOR, SUPERVISOR):
        raise Forbidden
    if staff.lock_presence(viewer.user_id).state == "offline":
        raise Conflict(AWAY)
    return viewer.user_id


def _check_room(user_id: int) -> None:
    if not facing.has_room(user_id, VOICE, is_live=True):
        raise Conflict(BUSY)


def _in_hand(viewer: Viewer, contact: Contact, user_id: int) -> Contact:
    """Take what has just got its place: capacity was asked for, and it is nobody's turn but this advisor's."""
    item = lock_item_of(viewer, contact.pk)
    if item.state != WorkItem.State.WAITING:
        raise Conflict(ELSEWHERE)
    now = clock.now()
    offers.hold(item, user_id, now)
    Offer.objects.create(
        principal_id=item.principal_id,
        contact_id=contact.pk,
        item_id_was=item.pk,
        queue_id=item.queue_id,
        advisor_id=user_id,
        offered_at=now,
        ended_at=now,
        outcome=Offer.Outcome.ACCEPTED,
        in_time=None,  # nobody waited in the line
    )
    begun = offers.begin(viewer, item, "take")
    assert begun is not None  # noqa: S101 - an item of a contact
    return begun
