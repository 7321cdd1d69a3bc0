"""What always holds about work that waits, is offered, or is with somebody."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta

from django.db.models import Min, Q

from ligne.contacts.reads.counting import under_way
from ligne.kit.invariants import Invariant, Offender
from ligne.kit.text import N_
from ligne.routing.models import Queue, WorkItem
from ligne.routing.reads import facing, lines
from ligne.routing.reads.opening import hours_of
from ligne.routing.rules import hours
from ligne.staff import reads as staff

# What the router puts right each second may be seen in between.
ROUTER = timedelta(seconds=15)
UNSERVED = timedelta(minutes=2)
# The state of a contact and that of its work item go together.
FITS = {
    "waiting": WorkItem.State.WAITING,
    "snoozed": WorkItem.State.WAITING,
    "offered": WorkItem.State.OFFERED,
    "active": WorkItem.State.TAKEN,
    "wrap_up": WorkItem.State.TAKEN,
}


def _items(found: Q) -> Iterator[Offender]:
    rows = WorkItem.objects.filter(found).values_list("pk", "contact_id", "principal_id")
    for pk, contact_id, principal_id in rows:
        yield Offender("contact" if contact_id else "work", contact_id or pk, principal_id)


def offered_too_long(now: datetime) -> Iterator[Offender]:
    """Offers past their limit that did not go back to the line."""
    return _items(Q(state=WorkItem.State.OFFERED, expires_at__lt=now - ROUTER))


def offered_to_nobody(now: datetime) -> Iterator[Offender]:
    """Offers to somebody who is not signed in."""
    offered = WorkItem.objects.filter(state=WorkItem.State.OFFERED, offered_at__lt=now - ROUTER)
    advisors = set(offered.values_list("advisor_id", flat=True))
    states = staff.states_of(user for user in advisors if user is not None)
    gone = [user for user in advisors if states.get(user or 0, "offline") == "offline"]
    return _items(Q(pk__in=offered.filter(advisor_id__in=gone).values("pk")))


def over_capacity(now: datetime) -> Iterator[Offender]:
    """People with more on their desk than their limit."""
    return (Offender("user", user_id) for user_id in facing.overloaded())


def mismatched(now: datetime) -> Iterator[Offender]:
    """Contacts under way without the item that routes them, or with one in another state; items of closed ones."""
    items = dict(WorkItem.objects.exclude(contact=None).values_list("contact_id", "state"))
    for contact_id, state, principal_id in under_way():
        if items.pop(contact_id, None) != FITS[state]:
            yield Offender("contact", contact_id, principal_id)
    closed = Q(contact_id__in=list(items), contact__state="closed", contact__wrapped_up_at__lt=now - ROUTER)
    yield from _items(closed)


def unserved(now: datetime) -> Iterator[Offender]:
    """Open queues where somebody waits and nobody who serves them, or relieves them, is signed in."""
    here = Q(items__state=WorkItem.State.WAITING) & (Q(items__not_before=None) | Q(items__not_before__lte=now))
    waiting = Queue.objects.annotate(oldest=Min("items__entered_at", filter=here)).filter(oldest__lt=now - UNSERVED)
    queues = [q for q in waiting.select_related("principal") if hours.is_open(hours_of(q), now)]
    ids = {q.pk for q in queues} | {q.overflow_to_id for q in queues if q.overflow_to_id}
    present = {
        queue_id: sum(count for state, count in states.items() if state != "offline")
        for queue_id, states in lines.people(sorted(ids), now).items()
    }
    for queue in queues:
        if not present.get(queue.pk) and not present.get(queue.overflow_to_id or 0):
            yield Offender("queue", queue.pk, queue.principal_id)


def overdue_wake(now: datetime) -> Iterator[Offender]:
    """What was put off until a moment that has passed."""
    late = now - ROUTER
    return _items(Q(state=WorkItem.State.WAITING, not_before__lt=late))


INVARIANTS = (
    Invariant(
        "offers_end",
        N_("Nothing is offered for longer than its limit"),
        N_("An advisor did not answer, and the exchange did not go back to the head of its line."),
        N_("The router does not run, or is far behind: see its state in `ligne doctor` and start it again."),
        offered_too_long,
    ),
    Invariant(
        "offers_to_the_present",
        N_("Nothing is offered to somebody who is not there"),
        N_("An exchange waits for the answer of a person who is signed out."),
        N_("The router does not run, or is far behind: see its state in `ligne doctor` and start it again."),
        offered_to_nobody,
    ),
    Invariant(
        "capacity",
        N_("Nobody has more exchanges than their limit"),
        N_("A person holds more exchanges of a channel than their capacity, or their capacity was lowered meanwhile."),
        N_("Raise the capacity in the person's page, or have a supervisor hand one of the exchanges on."),
        over_capacity,
    ),
    Invariant(
        "work_follows_contacts",
        N_("Every exchange under way has its place in the work, in the state that fits"),
        N_("An exchange is open and in no line, so that nobody would see it; or work is left of one that is closed."),
        N_("Have a supervisor hand the exchange on or close it, and tell us: this is a fault of the program."),
        mismatched,
    ),
    Invariant(
        "put_off_comes_back",
        N_("What was put off comes back in time"),
        N_("An exchange was to wait again at a moment that has passed."),
        N_("The router does not run, or is far behind: see its state in `ligne doctor` and start it again."),
        overdue_wake,
    ),
    Invariant(
        "queues_are_served",
        N_("No open queue waits without anybody who could take from it"),
        N_("People wait in a queue whose members, and those of its relief, are all signed out."),
        N_("Have somebody sign in, lend an advisor to the queue, give it a relief, or correct its hours."),
        unserved,
    ),
)
