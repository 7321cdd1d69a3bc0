"""Reading the present into the ranking's facts: a few set-based queries, whatever the number of people."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from django.db.models import Q, QuerySet
from django.db.models.functions import Coalesce

from ligne.contacts.ports import channels
from ligne.routing.models import Loan, Queue, Turns, WorkItem
from ligne.routing.rules import capacity
from ligne.routing.rules.facts import DEFERRED, LIVE, TAKES, Advisor, Item, Load
from ligne.staff import reads as staff
from ligne.staff.reads import Abilities, Worker

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


def load(now: datetime, known: Known | None = None) -> Present:
    """Everything that waits and everybody who serves, as facts. No locks: what is decided is checked again.

    `known` from a moment ago spares half of the queries; a queue that it lacks makes it read again.
    """
    rows = list(ready(now).values(*_FIELDS))
    if not rows:
        return Present()
    if known is None or not known.queues.keys() >= {row["queue_id"] for row in rows}:
        known = know(now)
    queues = known.queues
    items = [_item(row, queues[row["queue_id"]]) for row in rows if row["queue_id"] in queues]
    return Present(items, _advisors(items, known), {q.pk: q.offer_s for q in queues.values()})


_FIELDS = (
    "id",
    "queue_id",
    "principal_id",
    "channel",
    "live",
    "entered_at",
    "priority",
    "due_at",
    "skills",
    "overflowed",
    "preferred_id",
    "preferred_until",
    "only_preferred",
    "declined_by",
)


def _item(row: Mapping[str, object], queue: Queue) -> Item:
    facts: dict[str, object] = dict(row)
    principal_id = facts["principal_id"]
    asked = {**queue.skills, **facts.pop("skills")}  # type: ignore[dict-item]
    facts["skills"] = {f"{principal_id}:{slug}": level for slug, level in asked.items()}
    facts["priority"] = queue.priority + facts["priority"]  # type: ignore[operator]
    facts["relief_id"] = queue.overflow_to_id if facts.pop("overflowed") else None
    declined: Mapping[str, str] = facts["declined_by"]  # type: ignore[assignment]
    facts["declined_by"] = {int(user): datetime.fromisoformat(at) for user, at in declined.items()}
    return Item(relax_after_s=queue.relax_after_s, **facts)  # type: ignore[arg-type]


def _advisors(items: list[Item], known: Known) -> list[Advisor]:
    strangers = {i.preferred_id for i in items if i.preferred_id is not None} - known.serving.keys()
    abilities = {**known.abilities, **staff.abilities_of(strangers)} if strangers else known.abilities
    people = staff.workers(known.serving.keys() | strangers, SERVING, abilities=abilities)
    held = _held(people)
    turns = {row[0]: row[1:] for row in Turns.objects.filter(user_id__in=list(people)).values_list(*_TURNS)}
    defaults = _default_limits()
    found = []
    for user_id, person in people.items():
        mine = held.get(user_id, _NOTHING)
        streak, idle = turns.get(user_id, (0, None))
        if idle is None or idle < person.idle_since:
            idle = person.idle_since
        found.append(
            Advisor(
                id=user_id,
                state=person.state,
                idle_since=idle,
                queues=known.serving.get(user_id, frozenset()),
                skills=person.skills,
                loads=_loads(mine, person.capacities, defaults),
                offered=mine.offered,
                live_streak=streak,
                shielded_until=mine.shielded_until,
            )
        )
    return found


_TURNS = ("user_id", "live_streak", "idle_since")


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


def _held(user_ids: Iterable[int], but: int | None = None) -> dict[int, Held]:
    found: dict[int, Held] = {}
    rows = (
        WorkItem.objects.filter(advisor_id__in=list(user_ids))
        .exclude(pk=but or 0)
        .values_list("advisor_id", "channel", "live", "state", "shielded_until")
    )
    for user_id, channel, is_live, state, shielded in rows:
        assert user_id is not None  # noqa: S101 - filtered above
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


def desks(user_ids: Iterable[int]) -> dict[int, Advisor]:
    """These people with what they have on their desk right now, for checking room once their presence is locked."""
    people = staff.workers(user_ids, SERVING)
    held = _held(people)
    defaults = _default_limits()
    return {user_id: _desk(person, held.get(user_id, _NOTHING), defaults) for user_id, person in people.items()}


def _desk(person: Worker, mine: Held, defaults: Mapping[tuple[str, bool], int]) -> Advisor:
    return Advisor(
        id=person.user_id,
        state=person.state,
        idle_since=person.idle_since,
        loads=_loads(mine, person.capacities, defaults),
        offered=mine.offered,
    )


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
