"""Many contacts that arrive at once get their places in a few statements."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from ligne.contacts import services as contacts
from ligne.kit import bus, clock, copying, live
from ligne.routing.events import ContactPlaced
from ligne.routing.models import Loan, Queue, WorkItem
from ligne.routing.reads import deadline
from ligne.routing.rules import placing
from ligne.routing.services.lines import traits_of, wake
from ligne.routing.services.placing import line_for, lines_of


@dataclass(frozen=True, slots=True, kw_only=True)
class Placing:
    """One of many, as `place` is told of it."""

    contact_id: int
    channel: str
    queue: str = ""
    customer_id: int | None = None
    preferred_id: int | None = None


def place_many(*, principal_id: int, wanted: Sequence[Placing]) -> list[WorkItem]:
    """`place` for each contact of one principal, in the announcing transaction; those that have a place keep it."""
    placed = set(
        WorkItem.objects.filter(contact_id__in=[w.contact_id for w in wanted]).values_list("contact_id", flat=True)
    )
    new = [w for w in wanted if w.contact_id not in placed]
    if not new:
        return []
    lines = lines_of(principal_id)
    chosen = [line_for(principal_id, w.channel, w.queue, lines) for w in new]
    serving = _serving({w.preferred_id for w in new if w.preferred_id is not None}, clock.now())
    items = copying.insert(_items(principal_id, new, [line for line, _ in chosen], serving))
    contacts.set_queues({w.contact_id: line.slug for w, (line, _) in zip(new, chosen, strict=True)})
    bus.announce_many(
        [
            ContactPlaced(
                subject_id=w.contact_id,
                principal_id=principal_id,
                customer_id=w.customer_id,
                queue=line.slug,
                item_id=item.pk,
                due_at=item.due_at.isoformat() if item.due_at else None,
                asked="" if found else w.queue,
            )
            for w, (line, found), item in zip(new, chosen, items, strict=True)
        ]
    )
    live.push(f"floor:{principal_id}", "board")
    wake()
    return items


def _items(
    principal_id: int, wanted: Sequence[Placing], lines: Sequence[Queue], serving: Mapping[tuple[int, int], int]
) -> list[WorkItem]:
    now = clock.now()
    due: dict[tuple[int, bool], datetime] = {}
    items = []
    for one, line in zip(wanted, lines, strict=True):
        traits = traits_of(one.channel)
        is_live = traits.live if traits else False
        if (line.pk, is_live) not in due:
            due[line.pk, is_live] = deadline(line, now, is_live=is_live)
        preferred = one.preferred_id if one.preferred_id and serving.get((one.preferred_id, line.pk)) else None
        head_start = timedelta(seconds=placing.head_start_s(live=is_live, target_s=line.target_s))
        items.append(
            WorkItem(
                principal_id=principal_id,
                queue=line,
                contact_id=one.contact_id,
                customer_id=one.customer_id,
                channel=one.channel,
                live=is_live,
                entered_at=now,
                due_at=due[line.pk, is_live],
                preferred_id=preferred,
                preferred_until=now + head_start if preferred else None,
            )
        )
    return items


def _serving(user_ids: set[int], now: datetime) -> Mapping[tuple[int, int], int]:
    """Which of these people serve which queue, as members or lent to it: {(user id, queue id): how often}."""
    if not user_ids:
        return {}
    members = Queue.members.through.objects.filter(user_id__in=user_ids).values_list("user_id", "queue_id")
    lent = Loan.objects.filter(user_id__in=user_ids, until__gt=now).values_list("user_id", "queue_id")
    return Counter([*members, *lent])
