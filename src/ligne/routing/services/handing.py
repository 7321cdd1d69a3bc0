"""Exchanges that change hands because of what happened on the line: a call handed over, a telephone that went."""

from __future__ import annotations

from django.db import transaction

from ligne.contacts import reads
from ligne.contacts import services as contacts
from ligne.contacts.models import Contact
from ligne.kit import bus, clock, live
from ligne.kit.errors import Conflict, NotFound
from ligne.kit.text import N_
from ligne.kit.viewer import Viewer
from ligne.routing.events import ContactTransferred
from ligne.routing.models import Offer, WorkItem
from ligne.routing.services import offers
from ligne.routing.services.lines import count_turn, free, lock_item_of, put_back
from ligne.staff import services as staff

VOICE = "voice"


@transaction.atomic
def hand_over(viewer: Viewer, *, contact_id: int, advisor_id: int) -> Contact:
    """The exchange goes at once from whoever has it to `advisor_id`, who talks with the customer already.

    Raises `Conflict` when nobody has it in hand, or `advisor_id` another call. Capacity is not asked otherwise: it is
    a fact, not an offer.
    """
    staff.lock_presence(advisor_id)
    item = lock_item_of(viewer, contact_id)
    giver = item.advisor_id
    if item.state != WorkItem.State.TAKEN or giver is None:
        raise Conflict(N_("This contact is not in anybody’s hands now. Nothing was transferred."))
    if item.live and advisor_id != giver and reads.call_in_hand(advisor_id) is not None and item.channel == VOICE:
        raise Conflict(N_("The colleague has a call of their own in hand. Nothing was transferred."))
    now = clock.now()
    item.advisor_id, item.taken_at = advisor_id, now
    item.save(update_fields=["advisor", "taken_at"])
    contacts.move(viewer, contact_id=contact_id, passage="requeue", cause="handed over")
    contact = contacts.move(viewer, contact_id=contact_id, passage="take", advisor_id=advisor_id, cause="handed over")
    bus.announce(
        ContactTransferred(
            subject_id=contact_id,
            principal_id=item.principal_id,
            customer_id=item.customer_id,
            actor_id=giver,
            from_advisor_id=giver,
            to_queue=item.queue.slug,
            to_advisor_id=advisor_id,
        )
    )
    free(giver, now)
    count_turn(advisor_id, live_turn=item.live)
    live.push(f"user:{advisor_id}", "work")
    return contact


@transaction.atomic
def give_back(*, contact_id: int, user_id: int, cause: str) -> bool:
    """This advisor's end does not answer: what was offered or is with them waits again, ahead of newcomers, and they
    are set to "not answering". Returns False, with nothing done, when it is not theirs any more."""
    presence = staff.lock_presence(user_id)
    item = WorkItem.objects.filter(contact_id=contact_id).first()
    if item is None:
        return False
    system = Viewer.system(item.principal_id)
    try:
        item = lock_item_of(system, contact_id)
    except NotFound:
        return False
    if item.advisor_id != user_id:
        return False
    now = clock.now()
    if item.state == WorkItem.State.OFFERED:
        offers.withdraw(system, item, Offer.Outcome.EXPIRED, cause=cause)
    else:
        item.priority += 1
        put_back(item, declined=(user_id, now))
        contacts.move(system, contact_id=contact_id, passage="requeue", cause=cause)
        free(user_id, now)
    if presence.state == "available":
        staff.set_presence(system, user_id=user_id, state="not_answering", reason="")
    live.push(f"user:{user_id}", "notice", what="softphone_lost", contact_id=contact_id)
    return True
