"""What one exchange adds to the counters, and where. Pure.

An exchange counts where it was last placed. What concerns its arrival (offered, answered, abandoned, waited) counts in
the half-hour in which it arrived; what concerns its handling counts in the half-hour in which it was wrapped up.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime
from typing import NamedTuple
from zoneinfo import ZoneInfo

MEASURES = (
    "offered",
    "answered",
    "in_target",
    "abandoned",
    "abandoned_in_target",
    "handled",
    "resolved",
    "wait_s",
    "handle_s",
)
# Of these, what is told of the advisor who did it.
PERSONAL = ("handled", "resolved", "handle_s")
SPAM, ABANDONED, MERGED, RESOLVED = "spam", "abandoned", "merged", "resolved"
# Neither was an exchange to handle: one nobody wanted, the other is counted as the exchange it became part of.
NOT_COUNTED = (SPAM, MERGED)

Sums = dict[str, int]


class Slot(NamedTuple):
    """Where something counts: a queue, a channel, the advisor it is told of (0: nobody), a half-hour (0 to 47)."""

    queue_id: int
    channel: str
    advisor_id: int
    day: date
    slot: int


@dataclass(frozen=True, slots=True)
class Exchange:
    """What is known of an exchange now. `due_at` is the instant after which an answer is late."""

    queue_id: int
    channel: str
    direction: str
    live: bool
    outcome: str
    arrived_at: datetime
    due_at: datetime
    accepted_at: datetime | None = None
    first_reply_at: datetime | None = None
    wrapped_up_at: datetime | None = None
    advisor_id: int | None = None


def answered_at(exchange: Exchange) -> datetime | None:
    """When the customer was answered: taken by an advisor when they wait live; else the first reply, or the wrap-up of
    what needed none."""
    if exchange.outcome in (ABANDONED, *NOT_COUNTED):
        return None
    if exchange.live:
        return exchange.accepted_at
    return exchange.first_reply_at or exchange.wrapped_up_at


def slot_of(instant: datetime, zone: ZoneInfo) -> tuple[date, int]:
    """The day and half-hour of `instant` in `zone`."""
    local = instant.astimezone(zone)
    return local.date(), local.hour * 2 + local.minute // 30


def contributions(exchange: Exchange, zone: ZoneInfo) -> dict[Slot, Sums]:
    """What the exchange adds, by slot. What is `NOT_COUNTED` counts nowhere; what we began ourselves was not offered by
    a customer."""
    sums: dict[Slot, Sums] = {}
    if exchange.outcome in NOT_COUNTED:
        return sums
    queue_id, channel = exchange.queue_id, exchange.channel
    if exchange.direction == "in":
        sums[Slot(queue_id, channel, 0, *slot_of(exchange.arrived_at, zone))] = _arrival(exchange)
    if exchange.wrapped_up_at and exchange.accepted_at and exchange.outcome != ABANDONED:
        key = Slot(queue_id, channel, exchange.advisor_id or 0, *slot_of(exchange.wrapped_up_at, zone))
        handled = {"handled": 1, "handle_s": _seconds(exchange.accepted_at, exchange.wrapped_up_at)}
        if exchange.outcome == RESOLVED:
            handled["resolved"] = 1
        sums[key] = sums.get(key, {}) | handled
    return sums


def _arrival(exchange: Exchange) -> Sums:
    sums = {"offered": 1}
    answered = answered_at(exchange)
    if answered is not None:
        sums["answered"] = 1
        sums["wait_s"] = _seconds(exchange.arrived_at, answered)
        if answered <= exchange.due_at:
            sums["in_target"] = 1
    elif exchange.outcome == ABANDONED:
        sums["abandoned"] = 1
        if exchange.wrapped_up_at and exchange.wrapped_up_at <= exchange.due_at:
            sums["abandoned_in_target"] = 1
    return sums


def difference(before: dict[Slot, Sums], after: dict[Slot, Sums]) -> Iterator[tuple[Slot, Sums]]:
    """What must be added to go from `before` to `after`; slots and measures that do not change are left out."""
    for slot in sorted({*before, *after}):
        old, new = before.get(slot, {}), after.get(slot, {})
        sums = {m: change for m in MEASURES if (change := new.get(m, 0) - old.get(m, 0))}
        if sums:
            yield slot, sums


def _seconds(start: datetime, end: datetime) -> int:
    """Whole seconds, those begun left out, as the database counts them too."""
    return max(0, int((end - start).total_seconds()))
