"""Reading the present into the ranking's facts: a few set-based queries, whatever the number of people."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.db.models import Q, QuerySet
from django.db.models.functions import Coalesce

from ligne.contacts.ports import channels
from ligne.kit import sql
from ligne.routing.models import Loan, Queue, WorkItem
from ligne.routing.rules import capacity
from ligne.routing.rules.facts import DEFERRED, LIVE, TAKES, Advisor, Item, Load
from ligne.staff import reads as staff
from ligne.staff.reads import Abilities

SERVING = sorted(TAKES[LIVE] | TAKES[DEFERRED])


def ready(now: datetime) -> QuerySet[WorkItem]:
    """Items that may be offered at `now`: put-off ones and those whose contact moved on are left out."""
    return WorkItem.objects.filter(
        Q(not_before__isnull=True) | Q(not_before__lte=now),
        Q(contact__isnull=True) | Q(contact__state="waiting"),
        state=WorkItem.State.WAITING,
        queue__active=True,
    )


def waiting_in_order(queue_id: int, now: datetime) -> QuerySet[WorkItem]:
    """One queue's waiting items, the one whose turn it is first: by priority, then deadline or age."""
    return ready(now).filter(queue_id=queue_id).order_by("-live", "-priority", Coalesce("due_at", "entered_at"), "id")


@dataclass(frozen=True, slots=True)
class Known:
    """What changes rarely: the queues, who serves them, what these people master and may hold. The router reads it once
    a second; what it decides is checked again on the tables."""

    queues: Mapping[int, Queue]
    serving: Mapping[int, frozenset[int]]  # queues of each person
    abilities: Mapping[int, Abilities]


def know(now: datetime) -> Known:
    """What is so at `now`, from a few queries."""
    queues = {q.pk: q for q in Queue.objects.filter(active=True)}
    serving = _memberships(now)
    return Known(queues, serving, staff.abilities_of(serving))


@dataclass(slots=True)
class Present:
    """What `load` found: the ranking's facts."""

    items: list[Item] = field(default_factory=list)
    advisors: list[Advisor] = field(default_factory=list)
    offer_s: dict[int, int] = field(default_factory=dict)  # by queue


# `ready`, with what the ranking wants to know.
_WAITING = """
SELECT item.id, item.queue_id, item.principal_id, item.channel, item.live, item.entered_at, item.priority, item.due_at,
       item.skills::text, item.overflowed, item.preferred_id, item.preferred_until, item.only_preferred,
       item.declined_by::text
  FROM routing_workitem AS item
  JOIN routing_queue AS queue ON queue.id = item.queue_id AND queue.active
  LEFT JOIN contacts_contact AS contact ON contact.id = item.contact_id
 WHERE item.state = 'waiting' AND (item.not_before IS NULL OR item.not_before <= %(now)s)
   AND (item.contact_id IS NULL OR contact.state = 'waiting')
"""


def load(now: datetime, known: Known | None = None) -> Present:
    """Everything that waits and everybody who serves, as facts. No locks: what is decided is checked again.

    `known` from a moment ago spares half of the queries; a queue that it lacks makes it read again.
    """
    rows = sql.rows(_WAITING, {"now": now}, planned=False)
    if not rows:
        return Present()
    if known is None or not known.queues.keys() >= {row[1] for row in rows}:
        known = know(now)
    asked = {queue_id: _asked(queue.principal_id, queue.skills) for queue_id, queue in known.queues.items()}
    items = [_item(row, known.queues[row[1]], asked[row[1]]) for row in rows if row[1] in asked]
    return Present(items, _advisors(items, known), {q.pk: q.offer_s for q in known.queues.values()})


def _asked(principal_id: int, skills: Mapping[str, int]) -> dict[str, int]:
    return {f"{principal_id}:{slug}": level for slug, level in skills.items()}


def _item(row: tuple[Any, ...], queue: Queue, asked: Mapping[str, int]) -> Item:
    """A row of `_WAITING` as the ranking sees it; `asked` are its queue's skills."""
    item_id, queue_id, principal_id, channel, live, entered_at, priority, due_at, skills, overflowed, *whom = row
    preferred_id, preferred_until, only_preferred, declined = whom
    return Item(
        id=item_id,
        queue_id=queue_id,
        principal_id=principal_id,
        channel=channel,
        live=live,
        entered_at=entered_at,
        priority=queue.priority + priority,
        due_at=due_at,
        skills=asked if skills == _EMPTY else {**asked, **_asked(principal_id, json.loads(skills))},
        relax_after_s=queue.relax_after_s,
        relief_id=queue.overflow_to_id if overflowed else None,
        preferred_id=preferred_id,
        preferred_until=preferred_until,
        only_preferred=only_preferred,
        declined_by={} if declined == _EMPTY else _moments(json.loads(declined)),
    )


_EMPTY = "{}"


def _moments(declined: Mapping[str, str]) -> dict[int, datetime]:
    return {int(user): datetime.fromisoformat(at) for user, at in declined.items()}


def _advisors(items: list[Item], known: Known) -> list[Advisor]:
    strangers = {i.preferred_id for i in items if i.preferred_id is not None} - known.serving.keys()
    abilities = {**known.abilities, **staff.abilities_of(strangers)} if strangers else known.abilities
    people = staff.workers(known.serving.keys() | strangers, SERVING, abilities=abilities)
    held = _held(people)
    turns = _turns(people)
    defaults = _default_limits()
    nothing = _loads(_NOTHING, {}, defaults)
    found = []
    for user_id, person in people.items():
        mine = held.get(user_id, _NOTHING)
        streak, idle = turns.get(user_id, (0, None))
        if idle is None or idle < person.idle_since:
            idle = person.idle_since
        is_plain = mine is _NOTHING and not person.capacities
        found.append(
            Advisor(
                id=user_id,
                state=person.state,
                idle_since=idle,
                queues=known.serving.get(user_id, frozenset()),
                skills=person.skills,
                loads=nothing if is_plain else _loads(mine, person.capacities, defaults),
                offered=mine.offered,
                live_streak=streak,
                shielded_until=mine.shielded_until,
            )
        )
    return found


def _turns(user_ids: Iterable[int]) -> dict[int, tuple[int, datetime | None]]:
    """Of each person, the live exchanges in a row and when the last one was finished."""
    found = sql.rows(
        "SELECT user_id, live_streak, idle_since FROM routing_turns WHERE user_id = ANY (%(ids)s::bigint[])",
        {"ids": sql.array(user_ids)},
    )
    return {user_id: (streak, idle) for user_id, streak, idle in found}


def _memberships(now: datetime) -> dict[int, frozenset[int]]:
    queues: dict[int, set[int]] = defaultdict(set)
    rows = Queue.members.through.objects.filter(queue__active=True).values_list("user_id", "queue_id")
    for user_id, queue_id in rows:
        queues[user_id].add(queue_id)
    for user_id, queue_id in Loan.objects.filter(until__gt=now, queue__active=True).values_list("user_id", "queue_id"):
        queues[user_id].add(queue_id)
    return {user_id: frozenset(of_user) for user_id, of_user in queues.items()}


@dataclass(slots=True)
class Held:
    """What one person has on their desk: exchanges by (channel, live), lanes with an open offer."""

    by_channel: dict[tuple[str, bool], int] = field(default_factory=dict)
    offered: frozenset[str] = frozenset()
    shielded_until: datetime | None = None


_NOTHING = Held()


_ON_DESKS = """
SELECT advisor_id, channel, live, state, shielded_until FROM routing_workitem
 WHERE advisor_id = ANY (%(people)s::bigint[]) AND id <> %(but)s
"""


def _held(user_ids: Iterable[int], but: int | None = None) -> dict[int, Held]:
    found: dict[int, Held] = {}
    rows = sql.rows(_ON_DESKS, {"people": sql.array(user_ids), "but": but or 0}, planned=False)
    for user_id, channel, is_live, state, shielded in rows:
        held = found.setdefault(user_id, Held())
        held.by_channel[channel, is_live] = held.by_channel.get((channel, is_live), 0) + 1
        if state == WorkItem.State.OFFERED:
            held.offered |= {LIVE if is_live else DEFERRED}
        if shielded and (held.shielded_until is None or shielded > held.shielded_until):
            held.shielded_until = shielded
    return found


def _default_limits() -> dict[tuple[str, bool], int]:
    return {(key, c.traits.live): c.traits.default_capacity for key, c in channels.items()}


def _loads(held: Held, own: Mapping[str, int], defaults: Mapping[tuple[str, bool], int]) -> dict[str, Load]:
    # An exchange that is live no more (its wrap-up was kept for an absent advisor) counts as deferred work.
    loads = {
        channel: Load(is_live, held.by_channel.get((channel, is_live), 0), own.get(channel, limit))
        for (channel, is_live), limit in defaults.items()
    }
    for (channel, is_live), count in held.by_channel.items():
        if channel not in loads:
            loads[channel] = Load(is_live, count, own.get(channel, 1))
        elif loads[channel].live != is_live:
            loads[f"{channel}/kept"] = Load(is_live, count, own.get(channel, loads[channel].limit))
    return loads


@dataclass(frozen=True, slots=True)
class Desk:
    """Somebody's state of presence, and what they have on their desk."""

    state: str
    loads: Mapping[str, Load]
    offered: frozenset[str]

    def takes(self, channel: str, *, live: bool) -> bool:
        """Whether one more may be offered to them (`rules.capacity`); one open offer in a lane."""
        lane = LIVE if live else DEFERRED
        if self.state not in TAKES[lane] or lane in self.offered:
            return False
        return capacity.has_room(self, channel, live=live)


def desks(states: Mapping[int, str]) -> dict[int, Desk]:
    """What people have on their desk right now; told their `states`, whose rows are locked."""
    held, own, defaults = _held(states), staff.capacities_of(states), _default_limits()
    nothing = _loads(_NOTHING, {}, defaults)
    found = {}
    for user_id, state in states.items():
        mine, limits = held.get(user_id, _NOTHING), own.get(user_id, {})
        loads = nothing if mine is _NOTHING and not limits else _loads(mine, limits, defaults)
        found[user_id] = Desk(state, loads, mine.offered)
    return found


def has_room(user_id: int, channel: str, *, is_live: bool, but: int | None = None) -> bool:
    """Whether one more exchange fits on a person's desk by their own choice, leaving item `but` out of the count. For
    use under the lock of their presence.

    Deferred work may be taken by hand whatever is live on the desk: only its own limit counts.
    """
    held = _held([user_id], but).get(user_id, _NOTHING)
    loads = _loads(held, staff.capacities(user_id), _default_limits())
    return capacity.fits(loads, channel, live=is_live)


def overloaded() -> list[int]:
    """Who has more exchanges of a channel on their desk than they may have at once."""
    holders = WorkItem.objects.exclude(advisor=None).values_list("advisor_id", flat=True).distinct()
    held = _held(user for user in holders if user is not None)
    defaults = _default_limits()
    most = {user: staff.capacities(user) for user, mine in held.items() if max(mine.by_channel.values()) > 1}
    return sorted(
        user
        for user, own in most.items()
        if any(load.held > load.limit for load in _loads(held[user], own, defaults).values())
    )
