"""Shared by the verbs: locks, wake-ups, traits of channels."""

from __future__ import annotations

from datetime import datetime

import structlog

from ligne.contacts.ports import Traits, channels
from ligne.kit import live, locks, sql
from ligne.kit.errors import NotFound
from ligne.kit.viewer import Viewer
from ligne.routing.models import WorkItem

WAKE = "ligne_routing"
log = structlog.get_logger("ligne.routing")
_END = """
UPDATE routing_offer SET outcome = %(outcome)s, ended_at = %(now)s, in_time = %(in_time)s
 WHERE item_id_was = %(item)s AND outcome = 'open'
"""
_TURN = """
INSERT INTO routing_turns AS turns (user_id, live_streak) VALUES (%(person)s, %(live)s::boolean::int)
    ON CONFLICT (user_id) DO UPDATE
   SET live_streak = CASE WHEN %(live)s::boolean THEN least(turns.live_streak + 1, 1000) ELSE 0 END
"""
_FREE = """
INSERT INTO routing_turns (user_id, live_streak, idle_since) VALUES (%(person)s, 0, %(now)s)
    ON CONFLICT (user_id) DO UPDATE SET idle_since = excluded.idle_since
"""


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
    ended = sql.do(_END, {"item": item.pk, "outcome": outcome, "now": now, "in_time": in_time})
    if ended and item.advisor_id is not None:
        live.push(f"user:{item.advisor_id}", "offer-over", item_id=item.pk)


def count_turn(user_id: int, *, live_turn: bool) -> None:
    """Remember what the advisor's last turn was."""
    sql.do(_TURN, {"person": user_id, "live": live_turn})


def free(user_id: int, now: datetime) -> None:
    """The advisor has finished or handed on something: their idle time starts again."""
    sql.do(_FREE, {"person": user_id, "now": now})
    live.push(f"user:{user_id}", "work")
    wake()
