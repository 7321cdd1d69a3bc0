"""Work leaves the lines, is put off, or comes back when its advisor is gone."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db import transaction

from ligne.contacts import services as contacts
from ligne.kit import clock, live, sql
from ligne.kit.errors import Conflict
from ligne.kit.prepared import Prepared
from ligne.kit.viewer import Viewer
from ligne.routing.models import Offer, WorkItem
from ligne.routing.services.lines import end_offer, free, put_back, wake
from ligne.staff import services as staff

# Deferred work stays with an advisor whose connection is lost: people come back, with a half-written answer.
GRACE = timedelta(minutes=30)
# Whoever put something off has it for themselves that long once it is back.
HEAD_START = timedelta(minutes=15)

_FREE_OF = Prepared(
    lambda contact: WorkItem.objects.select_for_update(of=("self",), skip_locked=True).filter(contact_id=contact)
)


def finish(contact_id: int) -> None:
    """The contact is closed: its item goes, its advisor is free for the next one. Stands in the closing transaction.

    Closing holds the contact's lock, which comes after the item's: an item that is locked right now is left, and swept
    away a second later by `sweep`.
    """
    now = clock.now()
    item = _FREE_OF.one(contact=contact_id)
    if item is not None:
        end_offer(item, Offer.Outcome.WITHDRAWN, now)
        _remove(item, now)


def _remove(item: WorkItem, now: datetime) -> None:
    advisor_id = item.advisor_id
    item.delete()
    live.push(f"floor:{item.principal_id}", "board")
    if advisor_id is not None:
        free(advisor_id, now)


@transaction.atomic
def done(viewer: Viewer, *, ref: str) -> None:
    """Work that is no contact is done, or is no longer needed: forget it. Twice is once."""
    item = sql.one(WorkItem.objects.select_for_update(of=("self",)).filter(ref=ref, principal_id__in=viewer.principals))
    if item is not None:
        end_offer(item, Offer.Outcome.WITHDRAWN, clock.now())
        _remove(item, clock.now())


def sweep(now: datetime) -> int:
    """Remove items whose contact is closed; returns how many. They are the ones `finish` found locked."""
    left = WorkItem.objects.filter(contact__state="closed").values_list("id", flat=True)
    return sum(_sweep_one(item_id, now) for item_id in list(left))


@transaction.atomic
def _sweep_one(item_id: int, now: datetime) -> bool:
    item = sql.one(WorkItem.objects.select_for_update(of=("self",), skip_locked=True).filter(pk=item_id))
    if item is None:
        return False
    end_offer(item, Offer.Outcome.WITHDRAWN, now)
    _remove(item, now)
    return True


def put_off(contact_id: int, advisor_id: int | None, until: datetime) -> None:
    """The contact is snoozed: its item waits until then, for the same advisor first. Within that transaction."""
    item = _own_item(contact_id)
    if item is None or item.state != WorkItem.State.TAKEN:
        return
    put_back(item)
    item.not_before = until
    item.preferred_id = advisor_id
    item.save(update_fields=["not_before", "preferred"])
    if advisor_id is not None:
        free(advisor_id, clock.now())


def back_in_line(contact_id: int, advisor_id: int | None) -> None:
    """The contact waits again by itself (the customer wrote while it was put off). Within that transaction."""
    item = _own_item(contact_id)
    if item is None:
        return
    _wake_for(item, clock.now())
    if item.state == WorkItem.State.TAKEN:
        put_back(item)
        if advisor_id is not None:
            free(advisor_id, clock.now())


def _own_item(contact_id: int) -> WorkItem | None:
    """The contact's item, when nobody holds its lock: we hold the contact's already, so waiting could be for ever."""
    item = _FREE_OF.one(contact=contact_id)
    if item is None and WorkItem.objects.filter(contact_id=contact_id).exists():
        raise Conflict
    return item


def _wake_for(item: WorkItem, now: datetime) -> None:
    item.not_before = None
    if item.preferred_id is not None:
        item.preferred_until = now + HEAD_START
    item.save(update_fields=["not_before", "preferred_until"])
    wake()


def wake_snoozed(now: datetime) -> int:
    """Let contacts whose snooze is over wait again; returns how many."""
    due = WorkItem.objects.filter(state=WorkItem.State.WAITING, not_before__lte=now).values_list("id", flat=True)
    return sum(_wake_one(item_id, now) for item_id in list(due))


@transaction.atomic
def _wake_one(item_id: int, now: datetime) -> bool:
    item = sql.one(WorkItem.objects.select_for_update(of=("self",), skip_locked=True).filter(pk=item_id))
    if item is None or item.state != WorkItem.State.WAITING or item.not_before is None or item.not_before > now:
        return False
    _wake_for(item, now)
    if item.contact_id is not None and item.contact is not None and item.contact.state == "snoozed":
        contacts.move(
            Viewer.system(item.principal_id), contact_id=item.contact_id, passage="requeue", cause="snooze over"
        )
    if item.preferred_id is not None:
        live.push(f"user:{item.preferred_id}", "work")
    return True


def release_all(user_id: int, cause: str) -> int:
    """The advisor is gone: what was offered to them and who waits live go back to the head of their line, deferred work
    is kept for them for `GRACE`. Returns how many went back. Each exchange in its own transaction.
    """
    now = clock.now()
    ids = list(WorkItem.objects.filter(advisor_id=user_id).order_by("id").values_list("id", flat=True))
    return sum(_release_one(item_id, user_id, cause, now) for item_id in ids)


@transaction.atomic
def _release_one(item_id: int, user_id: int, cause: str, now: datetime) -> bool:
    staff.lock_presence(user_id)
    item = sql.one(WorkItem.objects.select_for_update(of=("self",)).filter(pk=item_id, advisor_id=user_id))
    if item is None:
        return False
    system = Viewer.system(item.principal_id)
    if item.state == WorkItem.State.OFFERED:
        end_offer(item, Offer.Outcome.WITHDRAWN, now)
        put_back(item)
        return _move_back(system, item, "withdraw", cause)
    exchange_runs = item.contact is None or item.contact.state == "active"
    if not (item.live and exchange_runs):
        if item.kept_until is None:
            item.kept_until = now + GRACE
            item.save(update_fields=["kept_until"])
        return False
    item.priority += 1  # cut off in the middle: before those who have just come
    put_back(item)
    return _move_back(system, item, "requeue", cause)


def _move_back(viewer: Viewer, item: WorkItem, passage: str, cause: str) -> bool:
    if item.contact_id is None:
        return True
    try:
        contacts.move(viewer, contact_id=item.contact_id, passage=passage, cause=cause)
    except Conflict:
        # The customer left at the same moment: `sweep` removes the item.
        return False
    return True


def come_back(user_id: int) -> None:
    """The advisor is here again: what was kept stays with them. Stands in the transaction of their presence."""
    WorkItem.objects.filter(advisor_id=user_id, kept_until__isnull=False).update(kept_until=None)
    wake()


def release_kept(now: datetime) -> int:
    """Give to others what was kept for advisors who did not come back; returns how many."""
    due = WorkItem.objects.filter(kept_until__lte=now).values_list("id", "advisor_id")
    return sum(_release_kept_one(item_id, user_id, now) for item_id, user_id in list(due) if user_id is not None)


@transaction.atomic
def _release_kept_one(item_id: int, user_id: int, now: datetime) -> bool:
    staff.lock_presence(user_id)
    item = sql.one(WorkItem.objects.select_for_update(of=("self",)).filter(pk=item_id, advisor_id=user_id))
    if item is None or item.kept_until is None or item.kept_until > now:
        return False
    item.live = False  # whatever it was, nobody waits at the other end any more
    item.preferred_id = user_id
    put_back(item)
    return _move_back(Viewer.system(item.principal_id), item, "requeue", "advisor away")
