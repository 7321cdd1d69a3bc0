"""Questions about lines and work. Each takes the viewer, except what anybody may know (`front`, `place`, `slots`)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from django.db.models import Count, Min, Q, QuerySet
from django.urls import NoReverseMatch, reverse
from django.utils import timezone

from ligne.contacts import reads as contacts
from ligne.contacts.models import CallBack, Contact
from ligne.contacts.ports import channels
from ligne.kit import clock
from ligne.kit.errors import NotFound
from ligne.kit.viewer import SUPERVISOR, Viewer
from ligne.routing.models import Loan, Offer, Queue, WorkItem
from ligne.routing.rules import hours
from ligne.routing.rules.facts import DEFERRED, LIVE, TAKES
from ligne.routing.services.facing import waiting_in_order
from ligne.routing.services.placing import hours_of
from ligne.staff import reads as staff

OFFERED, ACTIVE, WRAP_UP, SNOOZED, PROMISE, TASK = "offered", "active", "wrap_up", "snoozed", "promise", "task"
_ORDER = (OFFERED, ACTIVE, WRAP_UP, TASK, PROMISE, SNOOZED)


@dataclass(frozen=True, slots=True)
class WorkRow:
    """One line of somebody's work list. `state` is one of "offered", "active", "wrap_up", "task", "promise", "snoozed".

    `since` is when that state began; `seconds_left` counts down an offer or up to the deadline `due_at` (negative:
    late); `url` opens it.
    """

    state: str
    title: str
    who: str
    channel: str
    icon: str
    live: bool
    queue: str
    since: datetime
    url: str = ""
    item_id: int | None = None
    contact_id: int | None = None
    call_back_id: int | None = None
    expires_at: datetime | None = None
    offer_s: int = 0
    due_at: datetime | None = None
    seconds_left: int | None = None
    unread: int = 0
    kept_until: datetime | None = None

    @property
    def late(self) -> bool:
        """Whether its moment has passed."""
        return self.seconds_left is not None and self.seconds_left < 0


def my_work(viewer: Viewer) -> list[WorkRow]:
    """What is with the viewer or is theirs to come: offers first, then exchanges in hand, promises, put-off work."""
    if viewer.user_id is None:
        return []
    now = clock.now()
    mine = Q(advisor_id=viewer.user_id) | Q(
        preferred_id=viewer.user_id, state=WorkItem.State.WAITING, contact__state="snoozed"
    )
    items = (
        WorkItem.objects.filter(mine, principal_id__in=viewer.principals)
        .select_related("contact__customer", "customer", "queue")
        .order_by("id")
    )
    rows = [_row(item, now) for item in items]
    promised = contacts.call_backs(viewer, owner_id=viewer.user_id)
    rows += [_promise(p, now) for p in promised if p.state in {"promised", "broken"}]
    return sorted(rows, key=lambda r: (_ORDER.index(r.state), not r.live, r.due_at or r.since, r.since))


def _row(item: WorkItem, now: datetime) -> WorkRow:
    contact = item.contact
    state, since = TASK, item.taken_at or item.entered_at
    if item.state == WorkItem.State.OFFERED:
        state, since = OFFERED, item.offered_at or now
    elif item.state == WorkItem.State.WAITING:
        state, since = SNOOZED, item.entered_at
    elif contact is not None and contact.state == "wrap_up":
        state, since = WRAP_UP, contact.ended_at or since
    elif contact is not None:
        state = ACTIVE
    ends = {OFFERED: item.expires_at, SNOOZED: item.not_before}.get(state, None if item.live else item.due_at)
    return WorkRow(
        state=state,
        title=item.title or (contact.subject if contact else ""),
        who=_who(item, contact),
        channel=item.channel,
        icon=icon_of(item.channel),
        live=item.live,
        queue=item.queue.name,
        since=since,
        url=_url("contacts:contact", contact.pk) if contact else "",
        item_id=item.pk,
        contact_id=item.contact_id,
        expires_at=item.expires_at,
        offer_s=item.queue.offer_s,
        due_at=item.not_before if state == SNOOZED else item.due_at,
        seconds_left=int((ends - now).total_seconds()) if ends else None,
        unread=contact.unread if contact else 0,
        kept_until=item.kept_until,
    )


def _who(item: WorkItem, contact: Contact | None) -> str:
    customer = contact.customer if contact and contact.customer else item.customer
    if customer is not None:
        return customer.display_name
    return (contact.from_name or contact.from_email or contact.from_phone) if contact else ""


def _promise(promise: CallBack, now: datetime) -> WorkRow:
    return WorkRow(
        state=PROMISE,
        title=promise.topic,
        who=promise.name or (promise.customer.display_name if promise.customer else promise.phone),
        channel="voice",
        icon=icon_of("voice"),
        live=False,
        queue=promise.queue,
        since=promise.window_start,
        url=_url("customers:customer", promise.customer_id) if promise.customer_id else "",
        call_back_id=promise.pk,
        due_at=promise.window_end,
        seconds_left=int((promise.window_end - now).total_seconds()),
    )


def icon_of(channel: str) -> str:
    """The channel's icon; work that is no exchange has a list's."""
    return channels.get(channel).traits.icon if channel in channels else "checklist"


def _url(name: str, pk: int) -> str:
    try:
        return reverse(name, args=[pk])
    except NoReverseMatch:
        return ""


def item_of(viewer: Viewer, contact_id: int) -> WorkItem | None:
    """The contact's work item while it waits or is in hand; None once it is closed, or out of the viewer's sight."""
    items = WorkItem.objects.filter(contact_id=contact_id, principal_id__in=viewer.principals)
    return items.select_related("queue", "advisor", "preferred").first()


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


def visible(viewer: Viewer) -> QuerySet[Queue]:
    """The queues that exist for this viewer."""
    return Queue.objects.filter(principal_id__in=viewer.principals, active=True).select_related("principal")


def queues(viewer: Viewer, *, mine: bool = False) -> list[QueueFacts]:
    """The queues of the viewer's principals as they stand, in six queries; `mine`: only those served."""
    found = visible(viewer)
    if mine:
        found = found.filter(pk__in=_served_by(viewer.user_id))
    lines = list(found)
    ids = [q.pk for q in lines]
    now = clock.now()
    waiting = _waiting(ids, now)
    people = _people(ids, now)
    served = service(ids, _midnight(now))
    return [_facts(q, now, waiting.get(q.pk, {}), people.get(q.pk, {}), served.get(q.pk, Service())) for q in lines]


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


def _people(queue_ids: list[int], now: datetime) -> dict[int, dict[str, int]]:
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


def _midnight(now: datetime) -> datetime:
    return timezone.localtime(now).replace(hour=0, minute=0, second=0, microsecond=0)


def _served_by(user_id: int | None) -> QuerySet[Queue]:
    return Queue.objects.filter(Q(members=user_id) | Q(loans__user_id=user_id, loans__until__gt=clock.now())).distinct()


def queue(viewer: Viewer, slug: str) -> Queue:
    """One queue. Raises `NotFound`."""
    found = visible(viewer).select_related("overflow_to").filter(slug=slug).first()
    if found is None:
        raise NotFound
    return found


@dataclass(frozen=True, slots=True)
class Bar:
    """The desk's bar: the viewer's own queues together. `share` is today's service in per cent against `target`."""

    waiting: int
    oldest_s: int | None
    late: int
    share: int | None
    target: int
    queues: list[QueueFacts]


def bar(viewer: Viewer) -> Bar:
    """What waits in the queues the viewer serves, and how they are served today."""
    mine = queues(viewer, mine=True)
    total = Service(sum(q.today.taken for q in mine), sum(q.today.in_time for q in mine))
    waits = [q.oldest_s for q in mine if q.oldest_s is not None]
    targets = [q.target_share for q in mine]
    return Bar(
        waiting=sum(q.waiting for q in mine),
        oldest_s=max(waits, default=None),
        late=sum(q.late for q in mine),
        share=total.share,
        target=round(sum(targets) / len(targets)) if targets else 0,
        queues=mine,
    )


@dataclass(frozen=True, slots=True)
class WaitingRow:
    """Somebody or something in line, to be picked by hand; `may_take` when it is its turn or the viewer supervises."""

    item_id: int
    contact_id: int | None
    title: str
    who: str
    channel: str
    icon: str
    live: bool
    waited_s: int
    due_at: datetime | None
    late: bool
    offered_to: str
    may_take: bool


def waiting(viewer: Viewer, slug: str, limit: int = 50) -> list[WaitingRow]:
    """A queue's line in the order of its turns. Raises `NotFound`."""
    line = queue(viewer, slug)
    now = clock.now()
    items = waiting_in_order(line.pk, now).select_related("contact__customer", "customer")
    serves = _served_by(viewer.user_id).filter(pk=line.pk).exists()
    rows = []
    first_open = True
    for item in items[:limit]:
        kept = item.only_preferred and item.preferred_id != viewer.user_id
        its_turn = (serves and first_open and not kept) or item.preferred_id == viewer.user_id
        first_open = first_open and kept
        rows.append(
            WaitingRow(
                item_id=item.pk,
                contact_id=item.contact_id,
                title=item.title or (item.contact.subject if item.contact else ""),
                who=_who(item, item.contact),
                channel=item.channel,
                icon=icon_of(item.channel),
                live=item.live,
                waited_s=int((now - item.entered_at).total_seconds()),
                due_at=item.due_at,
                late=item.due_at is not None and item.due_at < now,
                offered_to="",
                may_take=its_turn or viewer.has_role(SUPERVISOR),
            )
        )
    return rows


@dataclass(frozen=True, slots=True)
class Front:
    """What anybody may know of a queue before they get in touch."""

    id: int
    slug: str
    name: str
    principal_id: int
    principal_name: str
    colour: str
    zone: str
    open: bool
    opens_at: datetime | None


def front(slug: str) -> Front:
    """A queue as its customers see it. Raises `NotFound` for one that does not exist or is closed for good."""
    found = Queue.objects.filter(slug=slug, active=True, principal__active=True).select_related("principal").first()
    if found is None:
        raise NotFound
    now = clock.now()
    opening = hours_of(found)
    is_open = hours.is_open(opening, now)
    return Front(
        id=found.pk,
        slug=found.slug,
        name=found.name,
        principal_id=found.principal_id,
        principal_name=found.principal.name,
        colour=found.principal.colour,
        zone=found.principal.zone,
        open=is_open,
        opens_at=None if is_open else hours.next_opening(opening, now),
    )


@dataclass(frozen=True, slots=True)
class Place:
    """Somebody's place in a line: `number` from 1, `wait_s` what those before them took lately (None: unknown),
    `staffed` whether anybody of the queue is at work, `free` whether somebody could take it at once."""

    number: int
    wait_s: int | None
    staffed: bool
    free: bool


def place(contact_id: int) -> Place | None:
    """Where a waiting contact stands in its line; None when it does not wait."""
    item = WorkItem.objects.filter(contact_id=contact_id).exclude(state=WorkItem.State.TAKEN).first()
    if item is None:
        return None
    now = clock.now()
    before = (
        waiting_in_order(item.queue_id, now)
        .filter(live=item.live)
        .filter(Q(priority__gt=item.priority) | Q(priority=item.priority, entered_at__lt=item.entered_at))
    )
    states = _people([item.queue_id], now).get(item.queue_id, {})
    at_work = sum(count for state, count in states.items() if state not in {"offline", "not_answering"})
    return Place(
        number=before.count() + 1,
        wait_s=_usual_wait(item.queue_id, now),
        staffed=at_work > 0,
        free=sum(states.get(s, 0) for s in TAKES[LIVE if item.live else DEFERRED]) > 0,
    )


def _usual_wait(queue_id: int, now: datetime) -> int | None:
    """The median wait of the last half-hour's acceptances."""
    recent = Offer.objects.filter(
        queue_id=queue_id,
        outcome=Offer.Outcome.ACCEPTED,
        ended_at__gte=now - timedelta(minutes=30),
        contact__isnull=False,
    ).values_list("contact__arrived_at", "ended_at")[:200]
    waits = sorted((ended - arrived).total_seconds() for arrived, ended in recent if ended)
    return int(waits[len(waits) // 2]) if waits else None


def slots(queue_slug: str, now: datetime, *, days: int = 5, length_s: int = 3600) -> list[hours.Slot]:
    """Windows in which a call may be promised for this queue. Raises `NotFound`."""
    found = Queue.objects.filter(slug=queue_slug, active=True).select_related("principal").first()
    if found is None:
        raise NotFound
    return hours.slots(hours_of(found), now, length_s=length_s, days=days)


@dataclass(frozen=True, slots=True)
class Colleague:
    """Somebody an exchange may be handed to; `free` when a live one would reach them now."""

    user_id: int
    name: str
    state: str
    label: str
    free: bool

    @property
    def key(self) -> str:
        """How a form names them."""
        return f"person:{self.user_id}"


def transfer_targets(viewer: Viewer, contact_id: int) -> tuple[list[QueueFacts], list[Colleague]]:
    """Queues and colleagues a contact may be handed to, within its principal. Raises `NotFound`."""
    contact = contacts.get(viewer, contact_id)
    lines = [q for q in queues(viewer) if q.principal_id == contact.principal_id]
    people = [
        Colleague(row.user_id, row.name, row.state, row.label, row.state in TAKES[LIVE])
        for row in staff.presences(_within(viewer, contact.principal_id))
        if row.user_id != contact.advisor_id
    ]
    return lines, sorted(people, key=lambda c: (not c.free, c.state == "offline", c.name))


def _within(viewer: Viewer, principal_id: int) -> Viewer:
    """The same viewer, looking at one principal only."""
    return Viewer(
        user_id=viewer.user_id,
        role=viewer.role,
        principals=viewer.principals & {principal_id},
        scopes=viewer.scopes,
        language=viewer.language,
    )


@dataclass(frozen=True, slots=True)
class OfficeQueue:
    """A queue in the office's list."""

    queue: Queue
    members: int
    always: bool
    open: bool
    opens_at: datetime | None


def office_queues(viewer: Viewer) -> list[OfficeQueue]:
    """Every queue of the viewer's principals, also those out of service, with what their hours say now."""
    found = Queue.objects.filter(principal_id__in=viewer.principals).select_related("principal")
    now = clock.now()
    rows = []
    for line in found.annotate(people=Count("members")):
        opening = hours_of(line)
        is_open = hours.is_open(opening, now)
        people: int = line.people
        opens_at = None if is_open else hours.next_opening(opening, now)
        rows.append(OfficeQueue(line, people, opening.always, is_open, opens_at))
    return rows


def office_queue(viewer: Viewer, slug: str) -> Queue:
    """One queue, also out of service. Raises `NotFound`."""
    found = Queue.objects.filter(principal_id__in=viewer.principals, slug=slug)
    queue = found.select_related("principal", "overflow_to").first()
    if queue is None:
        raise NotFound
    return queue
