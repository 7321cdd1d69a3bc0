"""Counting many exchanges that have just been placed, in a few statements."""

from __future__ import annotations

from collections.abc import Iterable

from ligne.contacts import reads as contacts
from ligne.contacts import words
from ligne.contacts.ports import channels
from ligne.contacts.reads import Untouched
from ligne.kit import copying, sql
from ligne.routing import reads as routing
from ligne.supervision.models import ContactFact, CountDelta
from ligne.supervision.rules import counting
from ligne.supervision.services.counting import recount, zone

_COLUMNS = ("contact_id", "principal_id", "queue_id", "channel", "direction", "live", "arrived_at", "due_at")


def count_placed(contact_ids: Iterable[int]) -> None:
    """`recount` for many; those that are counted for the first time, as they arrived, share their statements."""
    ids = set(contact_ids)
    groups = contacts.untouched(ids - _counted(ids))
    for contact_id in sorted(ids.difference(*(group.ids for group in groups))):
        recount(contact_id)
    lines = routing.lines_called(group.queue for group in groups)
    placed = [(group, line) for group in groups if (line := lines.get(group.queue)) is not None]
    rows: list[tuple[object, ...]] = []
    added: dict[tuple[int, counting.Slot], counting.Sums] = {}
    for group, line in placed:
        exchange = _exchange(group, line)
        here = (group.principal_id, line.id, group.channel, group.direction, exchange.live)
        rows += [(contact_id, *here, group.arrived_at, exchange.due_at) for contact_id in group.ids]
        _add(added, group, exchange)
    copying.add(ContactFact, _COLUMNS, rows, state=words.WAITING)
    changes = [
        (principal_id, slot.queue_id, slot.channel, slot.day, slot.slot, *(sums.get(m, 0) for m in counting.MEASURES))
        for (principal_id, slot), sums in added.items()
    ]
    where = ("principal_id", "queue_id", "channel", "day", "slot")
    copying.add(CountDelta, (*where, *counting.MEASURES), changes)


def _counted(contact_ids: Iterable[int]) -> set[int]:
    """Those of these exchanges that were counted before."""
    found = sql.rows(
        "SELECT contact_id FROM supervision_contactfact WHERE contact_id = ANY (%(ids)s::bigint[])",
        {"ids": sql.array(contact_ids)},
        planned=False,
    )
    return {row[0] for row in found}


def _exchange(group: Untouched, line: routing.Line) -> counting.Exchange:
    """What is known of each exchange of a group."""
    live = group.channel in channels and channels.get(group.channel).traits.live
    return counting.Exchange(
        queue_id=line.id,
        channel=group.channel,
        direction=group.direction,
        live=live,
        outcome="",
        arrived_at=group.arrived_at,
        due_at=line.deadline(group.arrived_at, is_live=live),
    )


def _add(added: dict[tuple[int, counting.Slot], counting.Sums], group: Untouched, exchange: counting.Exchange) -> None:
    """Let each exchange of a group count."""
    for slot, sums in counting.contributions(exchange, zone()).items():
        total = added.setdefault((group.principal_id, slot), {})
        for measure, value in sums.items():
            total[measure] = total.get(measure, 0) + value * len(group.ids)
