"""Shared by the verbs: locks, wake-ups, traits of channels."""

from __future__ import annotations

from datetime import datetime

import structlog

from ligne.contacts.ports import Traits, channels
from ligne.kit import live, locks
from ligne.kit.errors import NotFound
from ligne.kit.viewer import Viewer
from ligne.routing.models import Offer, Turns, WorkItem

WAKE = "ligne_routing"
log = structlog.get_logger("ligne.routing")


def wake() -> None:
    """Tell the router, once the present transaction is committed, that there is something to decide."""
    live.signal(WAKE)


def lock_item(viewer: Viewer, item_id: int) -> WorkItem:
    """Lock one work item, second in the order of `kit.locks`. Raises `NotFound`, also for what is out of sight."""
    item = locks.row(WorkItem, pk=item_id)
    if not viewer.sees(item.principal_id):
        raise NotFound
    return item


def lock_item_of(viewer: Viewer, contact_id: int) -> WorkItem:
    """`lock_item` by its contact."""
    item = locks.row(WorkItem, contact_id=contact_id)
    if not viewer.sees(item.principal_id):
        raise NotFound
    return item


def traits_of(channel: str) -> Traits | None:
    """The channel's traits; None for work that is no exchange ("task")."""
    return channels.get(channel).traits if channel in channels else None


def put_back(item: WorkItem, *, declined: tuple[int, datetime] | None = None) -> None:
    """Let a locked item wait again at its old place. `declined` says who would not take it, and when."""
    if declined:
        item.declined_by = {**item.declined_by, str(declined[0]): declined[1].isoformat()}
    item.state = WorkItem.State.WAITING
    item.advisor = item.offered_at = item.expires_at = item.taken_at = None
    item.shielded_until = item.kept_until = None
    item.reserved = False
    item.save()
    wake()


def end_offer(item: WorkItem, outcome: str, now: datetime, *, in_time: bool | None = None) -> None:
    """Write what became of the item's open offer, if there is one; its banner goes from every page of the advisor."""
    ended = Offer.objects.filter(item_id_was=item.pk, outcome=Offer.Outcome.OPEN).update(
        outcome=outcome, ended_at=now, in_time=in_time
    )
    if ended and item.advisor_id is not None:
        live.push(f"user:{item.advisor_id}", "offer-over", item_id=item.pk)


def count_turn(user_id: int, *, live_turn: bool) -> None:
    """Remember what the advisor's last turn was."""
    turns, _ = Turns.objects.get_or_create(user_id=user_id)
    turns.live_streak = min(turns.live_streak + 1, 1000) if live_turn else 0
    turns.save(update_fields=["live_streak"])


def free(user_id: int, now: datetime) -> None:
    """The advisor has finished or handed on something: their idle time starts again."""
    Turns.objects.update_or_create(user_id=user_id, defaults={"idle_since": now})
    live.push(f"user:{user_id}", "work")
    wake()
