"""Queues as they stand: who waits, who serves, how well."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from django.db.models import Count, Min, Q, QuerySet
from django.utils import timezone

from ligne.kit import clock
from ligne.kit.errors import NotFound
from ligne.kit.prepared import Prepared
from ligne.kit.viewer import Viewer
from ligne.routing.models import Loan, Offer, Queue, WorkItem
from ligne.routing.reads.opening import hours_of
from ligne.routing.rules import hours
from ligne.routing.rules.facts import DEFERRED, TAKES
from ligne.staff import reads as staff


@dataclass(frozen=True, slots=True)
class Service:
    """How a queue was served over a period: `taken` exchanges, of which `in_time` before their deadline."""

    taken: int = 0
    in_time: int = 0

    @property
    def share(self) -> int | None:
        """Whole per cent in time; None when nothing was taken."""
        return round(100 * self.in_time / self.taken) if self.taken else None


@dataclass(frozen=True, slots=True)
class QueueFacts:
    """A queue right now. `oldest_s` is the longest wait in seconds, `late` how many are past their deadline,
    `advisors` the members (and those lent) by state of presence, `today` its service since midnight."""

    id: int
    slug: str
    name: str
    principal_id: int
    principal: str
    waiting: int
    live_waiting: int
    oldest_s: int | None
    late: int
    in_hand: int
    open: bool
    opens_at: datetime | None
    target_share: int
    target_s: int
    handling_target_s: int
    advisors: Mapping[str, int] = field(default_factory=dict)
    today: Service = field(default_factory=Service)

    @property
    def free(self) -> int:
        """How many are in a state in which they are given work."""
        return sum(self.advisors.get(state, 0) for state in TAKES[DEFERRED])


_CALLED = Prepared(
    lambda slug, houses: Queue.objects.filter(slug=slug, principal_id__in=houses, active=True).select_related(
        "principal", "overflow_to"
    )
)


def visible(viewer: Viewer) -> QuerySet[Queue]:
    """The queues that exist for this viewer."""
    return Queue.objects.filter(principal_id__in=viewer.principals, active=True).select_related("principal")


def queues(viewer: Viewer, *, served: bool = True) -> list[QueueFacts]:
    """The queues of the viewer's principals as they stand, in six queries.

    `served` False leaves `today` out: it is counted from the day's offers, the rest costs what waits now.
    """
    lines = list(visible(viewer))
    ids = [q.pk for q in lines]
    now = clock.now()
    waiting = _waiting(ids, now)
    by_state = people(ids, now)
    today = service(ids, midnight(now)) if served else {}
    return [_facts(q, now, waiting.get(q.pk, {}), by_state.get(q.pk, {}), today.get(q.pk, Service())) for q in lines]


def _facts(
    queue: Queue, now: datetime, waiting: dict[str, object], people: dict[str, int], today: Service
) -> QueueFacts:
    opening = hours_of(queue)
    is_open = hours.is_open(opening, now)
    oldest = waiting.get("oldest")
    return QueueFacts(
        id=queue.pk,
        slug=queue.slug,
        name=queue.name,
        principal_id=queue.principal_id,
        principal=queue.principal.name,
        waiting=int(str(waiting.get("waiting", 0))),
        live_waiting=int(str(waiting.get("live_waiting", 0))),
        oldest_s=int((now - oldest).total_seconds()) if isinstance(oldest, datetime) else None,
        late=int(str(waiting.get("late", 0))),
        in_hand=int(str(waiting.get("in_hand", 0))),
        open=is_open,
        opens_at=None if is_open else hours.next_opening(opening, now),
        target_share=queue.target_share,
        target_s=queue.target_s,
        handling_target_s=queue.handling_target_s,
        advisors=people,
        today=today,
    )


def _waiting(queue_ids: list[int], now: datetime) -> dict[int, dict[str, object]]:
    in_line = ~Q(state=WorkItem.State.TAKEN) & (Q(not_before__isnull=True) | Q(not_before__lte=now))
    rows = (
        WorkItem.objects.filter(queue_id__in=queue_ids)
        .values("queue_id")
        .annotate(
            waiting=Count("id", filter=in_line),
            live_waiting=Count("id", filter=in_line & Q(live=True)),
            late=Count("id", filter=in_line & Q(due_at__lt=now)),
            in_hand=Count("id", filter=Q(state=WorkItem.State.TAKEN)),
            oldest=Min("entered_at", filter=in_line),
        )
    )
    return {row["queue_id"]: dict(row) for row in rows}


def people(queue_ids: list[int], now: datetime) -> dict[int, dict[str, int]]:
    """How many serve each queue, by state of presence."""
    serving: dict[int, set[int]] = defaultdict(set)
    for queue_id, user_id in Queue.members.through.objects.filter(
        queue_id__in=queue_ids, user__is_active=True
    ).values_list("queue_id", "user_id"):
        serving[queue_id].add(user_id)
    for queue_id, user_id in Loan.objects.filter(queue_id__in=queue_ids, until__gt=now).values_list(
        "queue_id", "user_id"
    ):
        serving[queue_id].add(user_id)
    states = staff.states_of({user for users in serving.values() for user in users})
    counts: dict[int, dict[str, int]] = {}
    for queue_id, users in serving.items():
        by_state: dict[str, int] = defaultdict(int)
        for user_id in users:
            by_state[states.get(user_id, "offline")] += 1
        counts[queue_id] = dict(by_state)
    return counts


def service(queue_ids: Iterable[int], since: datetime, until: datetime | None = None) -> dict[int, Service]:
    """How each queue was served between two instants: offers accepted and work picked by hand."""
    done = Offer.objects.filter(
        queue_id__in=list(queue_ids), outcome=Offer.Outcome.ACCEPTED, ended_at__gte=since, in_time__isnull=False
    )
    if until is not None:
        done = done.filter(ended_at__lt=until)
    rows = done.values("queue_id").annotate(taken=Count("id"), good=Count("id", filter=Q(in_time=True)))
    return {row["queue_id"]: Service(row["taken"], row["good"]) for row in rows}


def midnight(now: datetime) -> datetime:
    """When today began in the site's zone."""
    return timezone.localtime(now).replace(hour=0, minute=0, second=0, microsecond=0)


def served_by(user_id: int | None) -> QuerySet[Queue]:
    """The queues somebody serves now: as a member, or lent to them."""
    return Queue.objects.filter(Q(members=user_id) | Q(loans__user_id=user_id, loans__until__gt=clock.now())).distinct()


def queue(viewer: Viewer, slug: str) -> Queue:
    """One queue. Raises `NotFound`."""
    found = _CALLED.one(slug=slug, houses=viewer.principals)
    if found is None:
        raise NotFound
    return found
