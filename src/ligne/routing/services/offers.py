"""An advisor answers an offer or picks work by hand; an unanswered offer goes back to the head of its line."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from django.db import transaction

from ligne.contacts import services as contacts
from ligne.contacts.models import Contact
from ligne.kit import bus, clock, live, sql
from ligne.kit.errors import Conflict, Forbidden, NotFound
from ligne.kit.prepared import Prepared
from ligne.kit.text import N_
from ligne.kit.viewer import ADVISOR, SUPERVISOR, Viewer
from ligne.routing.events import OfferDeclined
from ligne.routing.models import Loan, Offer, WorkItem
from ligne.routing.reads import facing
from ligne.routing.rules import declines, facts
from ligne.routing.services.lines import count_turn, end_offer, lock_item, put_back, wake
from ligne.staff import services as staff

# Deferred work taken on a reserved turn is left in peace this long before live offers come again.
SHIELD = timedelta(minutes=3)

_TAKEN_BEFORE = Prepared(
    lambda house, item: Offer.objects.filter(
        principal_id=house, item_id_was=item, outcome=Offer.Outcome.ACCEPTED
    ).values_list("pk", flat=True)[:1]
)
_HELD = ("state", "advisor_id", "taken_at", "expires_at", "not_before", "kept_until", "shielded_until")

GONE = N_("This contact is with somebody else now. Nothing was changed; the next one will be offered to you.")
FULL = N_("You already handle as much as you can at once. Finish an exchange first; this one keeps its place.")


def _me(viewer: Viewer) -> int:
    if viewer.user_id is None or not viewer.has_role(ADVISOR, SUPERVISOR):
        raise Forbidden
    return viewer.user_id


@transaction.atomic
def accept(viewer: Viewer, *, item_id: int) -> Contact | None:
    """Take what was offered to the viewer; returns its contact (None for work that is no contact).

    Accepting twice is accepting once. Raises `Conflict` when the offer has gone back or somebody else has it, or when
    capacity was filled meanwhile; nothing happens then.
    """
    user_id = _me(viewer)
    staff.lock_presence(user_id)
    item = _still_there(viewer, item_id)
    if item.state == WorkItem.State.TAKEN and item.advisor_id == user_id:
        return item.contact
    if item.state != WorkItem.State.OFFERED or item.advisor_id != user_id:
        raise Conflict(GONE)
    if not facing.has_room(user_id, item.channel, is_live=item.live, but=item.pk):
        raise Conflict(FULL)
    now = clock.now()
    first = _is_first(item)
    hold(item, user_id, now)
    end_offer(item, Offer.Outcome.ACCEPTED, now, in_time=_in_time(item, now) if first else None)
    return begin(viewer, item, "accept")


@transaction.atomic
def decline(viewer: Viewer, *, item_id: int, reason: str) -> None:
    """Give an offer back and say why: it returns to its place in the line and goes to others first.

    Raises `Invalid` without one of `rules.declines.REASONS`, `Conflict` when it is not offered to the viewer any more.
    """
    user_id = _me(viewer)
    declines.check(reason)
    staff.lock_presence(user_id)
    item = _still_there(viewer, item_id)
    if item.state != WorkItem.State.OFFERED or item.advisor_id != user_id:
        raise Conflict(GONE)
    Offer.objects.filter(item_id_was=item.pk, outcome=Offer.Outcome.OPEN).update(reason=reason)
    withdraw(viewer, item, Offer.Outcome.DECLINED, cause="declined")
    bus.announce(
        OfferDeclined(
            subject_id=item.pk,
            principal_id=item.principal_id,
            customer_id=item.contact.customer_id if item.contact else item.customer_id,
            actor_id=user_id,
            queue=item.queue.slug,
            reason=reason,
            contact_id=item.contact_id,
        )
    )
    live.push(f"floor:{item.principal_id}", "board")


@transaction.atomic
def take(viewer: Viewer, *, item_id: int) -> Contact | None:
    """Pick waiting work by hand: an advisor the oldest of a queue they serve, a supervisor whatever they see.

    Raises `Forbidden` for work of other queues or out of turn, `Conflict` when it no longer waits or capacity is full.
    """
    user_id = _me(viewer)
    presence = staff.lock_presence(user_id)
    item = _still_there(viewer, item_id)
    if item.state == WorkItem.State.TAKEN and item.advisor_id == user_id:
        return item.contact
    if item.state != WorkItem.State.WAITING:
        raise Conflict(GONE)
    if presence.state == "offline":
        raise Conflict(N_("You are signed out of the lines. Choose a state first; nothing was changed."))
    now = clock.now()
    if not viewer.has_role(SUPERVISOR):
        _check_turn(item, user_id, now)
    if not facing.has_room(user_id, item.channel, is_live=item.live):
        raise Conflict(FULL)
    first = _is_first(item)
    hold(item, user_id, now)
    Offer.objects.create(
        principal_id=item.principal_id,
        contact_id=item.contact_id,
        item_id_was=item.pk,
        queue_id=item.queue_id,
        advisor_id=user_id,
        offered_at=now,
        ended_at=now,
        outcome=Offer.Outcome.ACCEPTED,
        in_time=_in_time(item, now) if first else None,
    )
    return begin(viewer, item, "take")


def _is_first(item: WorkItem) -> bool:
    """Whether nobody has taken it before: only the first wait counts for the queue's service."""
    return _TAKEN_BEFORE.one(house=item.principal_id, item=item.pk) is None


def _in_time(item: WorkItem, now: datetime) -> bool:
    return item.due_at is None or now <= item.due_at


def _check_turn(item: WorkItem, user_id: int, now: datetime) -> None:
    mine = item.preferred_id == user_id
    serves = (
        item.queue.members.filter(pk=user_id).exists()
        or Loan.objects.filter(queue_id=item.queue_id, user_id=user_id, until__gt=now).exists()
    )
    if item.only_preferred and not mine:
        raise Forbidden(N_("This is kept for a colleague. Nothing was changed."))
    if not serves and not mine:
        raise Forbidden(N_("You do not serve this queue. Nothing was changed; ask your supervisor."))
    if mine:
        return
    head = facing.waiting_in_order(item.queue_id, now).exclude(preferred_id__isnull=False, only_preferred=True).first()
    if head is not None and head.pk != item.pk:
        raise Forbidden(N_("Somebody has been waiting longer in this queue: take the oldest first."))


def _still_there(viewer: Viewer, item_id: int) -> WorkItem:
    try:
        return lock_item(viewer, item_id)
    except NotFound:
        raise NotFound(GONE) from None  # it was there when the page was drawn


def hold(item: WorkItem, user_id: int, now: datetime) -> None:
    """A locked item is with this advisor from now on."""
    item.state = WorkItem.State.TAKEN
    item.advisor_id = user_id
    item.taken_at = now
    item.expires_at = item.not_before = item.kept_until = None
    item.shielded_until = now + SHIELD if item.reserved else None
    sql.update(item, *_HELD)


def begin(viewer: Viewer, item: WorkItem, passage: str) -> Contact | None:
    """What follows once an item is held: its contact moves, turns and screens know."""
    user_id = item.advisor_id
    assert user_id is not None  # noqa: S101 - just held
    contact = None
    if item.contact_id is not None:
        contact = contacts.move(viewer, contact_id=item.contact_id, passage=passage, advisor_id=user_id)
    count_turn(user_id, live_turn=item.live)  # after the contact's lock, as in `finish`
    live.push(f"user:{user_id}", "work")
    live.push(f"floor:{item.principal_id}", "board")
    wake()  # there may be room for one more
    return contact


def withdraw(viewer: Viewer, item: WorkItem, outcome: str, *, cause: str) -> None:
    """Take a locked item's offer back from its advisor."""
    now = clock.now()
    user_id = item.advisor_id
    assert user_id is not None  # noqa: S101 - the table's own constraint
    end_offer(item, outcome, now)
    put_back(item, declined=(user_id, now))
    if item.contact_id is not None:
        contacts.move(viewer, contact_id=item.contact_id, passage="withdraw", cause=cause)
    live.push(f"user:{user_id}", "work")


def expire(now: datetime) -> int:
    """Take back every offer that was not answered in time, each in its own transaction; returns how many.

    The contact is first in its line again; the advisor is set to "not answering" and told why.
    """
    overdue = WorkItem.objects.filter(state=WorkItem.State.OFFERED, expires_at__lte=now).values_list("id", "advisor_id")
    return sum(_expire_one(item_id, user_id, now) for item_id, user_id in overdue)


@transaction.atomic
def _expire_one(item_id: int, user_id: int, now: datetime) -> bool:
    presence = staff.lock_presence(user_id)
    item = sql.one(WorkItem.objects.select_for_update(of=("self",)).filter(pk=item_id))
    if item is None or item.state != WorkItem.State.OFFERED or item.advisor_id != user_id:
        return False
    if item.expires_at is None or item.expires_at > now:
        return False
    system = Viewer.system(item.principal_id)
    withdraw(system, item, Offer.Outcome.EXPIRED, cause="expired")
    if presence.state in facts.TAKES[facts.DEFERRED]:
        staff.set_presence(system, user_id=user_id, state="not_answering", reason="")
    data: dict[str, Any] = {"what": "offer_expired", "item_id": item_id}
    live.push(f"user:{user_id}", "notice", **data)
    return True
