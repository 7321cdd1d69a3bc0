"""One turn of the router: put right what time has changed, decide, write the offers in one batch."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from typing import NamedTuple

from django.db import DatabaseError, connection, transaction

from ligne.contacts import services as contacts
from ligne.kit import clock, copying, live, sql
from ligne.kit.errors import DomainError
from ligne.routing.models import Offer
from ligne.routing.reads import facing
from ligne.routing.rules import facts, ranking
from ligne.routing.services import finishing, offers, overflowing, promises
from ligne.routing.services.lines import log
from ligne.staff import services as staff

POLICY = facts.Policy()
ANSWER_S = 15


def tick(now: datetime | None = None) -> int:
    """Everything the router does each second; returns how many offers it made. Safe to run twice or from two places."""
    at = now or clock.now()
    tend(at)
    return assign(at)


def tend(now: datetime | None = None) -> None:
    """What time alone has changed. One chore's trouble is logged and does not keep the others from their turn."""
    chores: list[Callable[[datetime], object]] = [
        offers.expire,
        drop_silent,
        finishing.sweep,
        finishing.release_kept,
        finishing.wake_snoozed,
        promises.start_due,
        promises.break_late,
        overflowing.overflow,
    ]
    at = now or clock.now()
    for chore in chores:
        try:
            chore(at)
        except (DomainError, DatabaseError):
            if not connection.is_usable():
                raise
            log.exception("routing.chore_failed", chore=chore.__name__)


def drop_silent(now: datetime) -> None:
    """Free the work of advisors whose browser has not been heard."""
    for user_id in staff.drop_silent(now):
        finishing.release_all(user_id, "connection lost")


def know(now: datetime | None = None) -> facing.Known:
    """What changes rarely, for the next calls of `assign`."""
    return facing.know(now or clock.now())


def assign(now: datetime | None = None, known: facing.Known | None = None) -> int:
    """Match what waits with who is free and make the offers; returns how many."""
    at = now or clock.now()
    present = facing.load(at, known)
    if not present.items or not present.advisors:
        return 0
    wanted = ranking.match(present.items, present.advisors, at, POLICY)
    if not wanted:
        return 0
    return write(wanted, present.offer_s, at)


class _Ready(NamedTuple):
    """An assignment whose locks are held and whose facts still stand."""

    item_id: int
    contact_id: int | None
    principal_id: int
    queue_id: int
    advisor_id: int
    expires_at: datetime
    reserved: bool


@transaction.atomic
def write(wanted: Sequence[facts.Assignment], offer_s: dict[int, int], now: datetime) -> int:
    """Turn assignments into offers, in one transaction; those whose facts changed meanwhile are left for the next turn.

    Locks presences in the order of ids, then items (busy ones are skipped), then contacts.
    """
    right = _still_right(wanted, offer_s, now)
    # whoever left, or was put off, since the facts were read is left out by the contacts' own verb
    offered = contacts.offer_many({r.contact_id: r.advisor_id for r in right if r.contact_id is not None})
    made = [r for r in right if r.contact_id is None or r.contact_id in offered]
    if not made:
        return 0
    _mark_offered(made, now)
    rows = [(r.principal_id, r.contact_id, r.item_id, r.queue_id, r.advisor_id) for r in made]
    copying.add(Offer, _OFFER, rows, offered_at=now)
    live.push_many((f"user:{r.advisor_id}", "offer", {"item_id": r.item_id, "contact_id": r.contact_id}) for r in made)
    return len(made)


_OFFER = ("principal_id", "contact_id", "item_id_was", "queue_id", "advisor_id")
_LOCK_WAITING = """
SELECT id, contact_id, principal_id, queue_id, channel, live FROM routing_workitem
 WHERE id = ANY (%(ids)s::bigint[]) AND state = 'waiting' ORDER BY id FOR UPDATE SKIP LOCKED
"""


def _still_right(wanted: Sequence[facts.Assignment], offer_s: dict[int, int], now: datetime) -> list[_Ready]:
    by_item = {a.item_id: a for a in wanted}
    states = staff.lock_states({a.advisor_id for a in wanted})
    items = sql.rows(_LOCK_WAITING, {"ids": sql.array(by_item)}, planned=False)
    desks = facing.desks(states)
    found = []
    for item_id, contact_id, principal_id, queue_id, channel, is_live in items:
        chosen = by_item[item_id]
        desk = desks.get(chosen.advisor_id)
        if desk is None or not desk.takes(channel, live=is_live):
            continue
        expires = now + timedelta(seconds=offer_s.get(queue_id, ANSWER_S))
        ready = (item_id, contact_id, principal_id, queue_id, chosen.advisor_id, expires, chosen.reserved)
        found.append(_Ready(*ready))
    return found


def _mark_offered(made: Sequence[_Ready], now: datetime) -> None:
    sql.do(
        """
        UPDATE routing_workitem AS item
           SET state = 'offered', advisor_id = made.advisor_id, offered_at = %(now)s,
               expires_at = made.expires_at, reserved = made.reserved
          FROM unnest(%(items)s::bigint[], %(advisors)s::bigint[], %(expiries)s::timestamptz[],
                      %(reserved)s::boolean[]) AS made(item_id, advisor_id, expires_at, reserved)
         WHERE item.id = made.item_id
        """,
        {
            "now": now,
            "items": sql.array(r.item_id for r in made),
            "advisors": sql.array(r.advisor_id for r in made),
            "expiries": sql.array(r.expires_at.isoformat() for r in made),
            "reserved": sql.array(r.reserved for r in made),
        },
        planned=False,
    )
