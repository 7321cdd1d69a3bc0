"""Many contacts that arrive at once get their places in a few statements."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from ligne.contacts import services as contacts
from ligne.kit import bus, clock, copying, live, sql
from ligne.routing.events import ContactPlaced
from ligne.routing.models import Loan, Queue, WorkItem
from ligne.routing.reads import Line, lines_called, lines_in_use
from ligne.routing.rules import placing
from ligne.routing.services.lines import traits_of, wake
from ligne.routing.services.placing import first_queue


@dataclass(frozen=True, slots=True, kw_only=True)
class Placing:
    """One of many, as `place` is told of it."""

    contact_id: int
    channel: str
    queue: str = ""
    customer_id: int | None = None
    preferred_id: int | None = None


def name_lines(principal_id: int, wanted: Sequence[tuple[str, str]]) -> list[str]:
    """In which queues `place_many` would place exchanges of these (channel, queue asked for), by their slugs."""
    chosen = _choose(principal_id, wanted)
    return [chosen[one][0].slug for one in wanted]


def place_many(*, principal_id: int, wanted: Sequence[Placing]) -> list[int]:
    """`place` for each contact of one principal, in the announcing transaction; those that have a place keep it.

    Returns the new items' ids.
    """
    placed = _placed(wanted)
    new = [w for w in wanted if w.contact_id not in placed]
    if not new:
        return []
    chosen = _choose(principal_id, [(w.channel, w.queue) for w in new])
    lines = [chosen[w.channel, w.queue] for w in new]
    ids = copying.next_ids(WorkItem._meta.db_table, len(new))
    due = _write(principal_id, ids, new, [line for line, _ in lines])
    contacts.set_queues({w.contact_id: line.slug for w, (line, _) in zip(new, lines, strict=True)})
    bus.announce_many(
        [
            ContactPlaced(
                subject_id=w.contact_id,
                principal_id=principal_id,
                customer_id=w.customer_id,
                queue=line.slug,
                item_id=item_id,
                due_at=due_at.isoformat(),
                asked="" if found else w.queue,
            )
            for w, (line, found), item_id, due_at in zip(new, lines, ids, due, strict=True)
        ]
    )
    live.push(f"floor:{principal_id}", "board")
    wake()
    return ids


def _placed(wanted: Sequence[Placing]) -> set[int]:
    """Those of these contacts that have a place."""
    found = sql.rows(
        "SELECT contact_id FROM routing_workitem WHERE contact_id = ANY (%(ids)s::bigint[])",
        {"ids": sql.array(w.contact_id for w in wanted)},
        planned=False,
    )
    return {row[0] for row in found}


def _choose(principal_id: int, wanted: Sequence[tuple[str, str]]) -> dict[tuple[str, str], tuple[Line, bool]]:
    """The queue for each (channel, queue asked for), and whether the one asked for was found; as `line_for`."""
    lines = lines_in_use(principal_id) or [*lines_called([first_queue(principal_id).slug]).values()]
    chosen = {}
    for channel, asked in set(wanted):
        line, found = placing.choose(asked, channel, lines)
        chosen[channel, asked] = line or lines[0], found
    return chosen


_COLUMNS = (
    *("id", "queue_id", "contact_id", "customer_id", "channel", "live", "due_at", "preferred_id"),
    "preferred_until",
)


def _write(principal_id: int, ids: Sequence[int], wanted: Sequence[Placing], lines: Sequence[Line]) -> list[datetime]:
    """Write the items; returns when each is due."""
    now = clock.now()
    serving = _serving({w.preferred_id for w in wanted if w.preferred_id is not None}, now)
    due: dict[tuple[int, bool], datetime] = {}
    dues, rows = [], []
    for item_id, one, line in zip(ids, wanted, lines, strict=True):
        traits = traits_of(one.channel)
        is_live = traits.live if traits else False
        if (line.id, is_live) not in due:
            due[line.id, is_live] = line.deadline(now, is_live=is_live)
        dues.append(due[line.id, is_live])
        preferred = until = None
        if one.preferred_id and serving.get((one.preferred_id, line.id)):
            preferred = one.preferred_id
            until = now + timedelta(seconds=placing.head_start_s(live=is_live, target_s=line.target_s))
        rows.append(
            (item_id, line.id, one.contact_id, one.customer_id, one.channel, is_live, dues[-1], preferred, until)
        )
    copying.add(WorkItem, _COLUMNS, rows, principal_id=principal_id, entered_at=now)
    return dues


def _serving(user_ids: set[int], now: datetime) -> Mapping[tuple[int, int], int]:
    """Which of these people serve which queue, as members or lent to it: {(user id, queue id): how often}."""
    if not user_ids:
        return {}
    members = Queue.members.through.objects.filter(user_id__in=user_ids).values_list("user_id", "queue_id")
    lent = Loan.objects.filter(user_id__in=user_ids, until__gt=now).values_list("user_id", "queue_id")
    return Counter([*members, *lent])
