"""What is with somebody, what waits to be picked by hand, and to whom it may be handed on."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.db.models import Q
from django.urls import NoReverseMatch, reverse

from ligne.contacts import reads as contacts
from ligne.contacts.models import CallBack, Contact
from ligne.contacts.ports import channels
from ligne.customers.models import Customer
from ligne.kit import clock, phones, sql
from ligne.kit.prepared import Prepared
from ligne.kit.viewer import SUPERVISOR, Viewer
from ligne.routing.models import WorkItem
from ligne.routing.reads.facing import waiting_in_order
from ligne.routing.reads.lines import QueueFacts, queue, queues, served_by
from ligne.routing.rules.facts import LIVE, TAKES
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
    phone: str = ""  # of a promise
    expires_at: datetime | None = None
    offer_s: int = 0
    due_at: datetime | None = None
    seconds_left: int | None = None
    unread: int = 0
    kept_until: datetime | None = None
    customer_id: int | None = None

    @property
    def late(self) -> bool:
        """Whether its moment has passed."""
        return self.seconds_left is not None and self.seconds_left < 0


_WITH_ALL = WorkItem.objects.select_related("contact__customer", "customer", "queue")
_MINE = Prepared(
    lambda person, houses: _WITH_ALL.filter(
        Q(advisor_id=person) | Q(preferred_id=person, state=WorkItem.State.WAITING, contact__state="snoozed"),
        principal_id__in=houses,
    ).order_by("id")
)
_OFFERED = Prepared(
    lambda person, houses: _WITH_ALL.filter(
        advisor_id=person, state=WorkItem.State.OFFERED, principal_id__in=houses
    ).order_by("-live", "due_at", "id")[:1]
)


def my_work(viewer: Viewer) -> list[WorkRow]:
    """What is with the viewer or is theirs to come: offers first, then exchanges in hand, promises, put-off work."""
    if viewer.user_id is None:
        return []
    now = clock.now()
    rows = [_row(item, now) for item in _MINE.all(person=viewer.user_id, houses=viewer.principals)]
    promised = contacts.call_backs(viewer, owner_id=viewer.user_id)
    rows += [_promise(p, now) for p in promised if p.state in {"promised", "broken"}]
    return sorted(rows, key=lambda r: (_ORDER.index(r.state), not r.live, r.due_at or r.since, r.since))


def offered(viewer: Viewer) -> WorkRow | None:
    """What is offered to the viewer right now, what somebody waits for first; one question, asked at every change."""
    if viewer.user_id is None:
        return None
    item = _OFFERED.one(person=viewer.user_id, houses=viewer.principals)
    return _row(item, clock.now()) if item is not None else None


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
        customer_id=contact.customer_id if contact else item.customer_id,
    )


def _who(item: WorkItem, contact: Contact | None) -> str:
    return who_of(contact, item.customer)


def who_of(contact: Contact | None, customer: Customer | None) -> str:
    """The person behind some work, as well as we know: the exchange's customer, else `customer`, else who wrote."""
    customer = contact.customer if contact and contact.customer else customer
    if customer is not None:
        return customer.display_name
    if contact is None:
        return ""
    return contact.from_name or contact.from_email or (contact.from_phone and phones.display(contact.from_phone))


def _promise(promise: CallBack, now: datetime) -> WorkRow:
    return WorkRow(
        state=PROMISE,
        title=promise.topic,
        who=promise.name or (promise.customer.display_name if promise.customer else phones.display(promise.phone)),
        channel="voice",
        icon=icon_of("voice"),
        live=False,
        queue=promise.queue,
        since=promise.window_start,
        url=_url("customers:customer", promise.customer_id) if promise.customer_id else "",
        call_back_id=promise.pk,
        phone=promise.phone,
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
    return sql.one(items.select_related("queue", "advisor", "preferred"))


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
    serves = served_by(viewer.user_id).filter(pk=line.pk).exists()
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
