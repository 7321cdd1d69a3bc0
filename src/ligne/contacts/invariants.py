"""What always holds about exchanges, messages and promises."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta

from django.db.models import Count

from ligne.contacts import words as states
from ligne.contacts.models import CallBack, Contact, Message
from ligne.kit.invariants import Invariant, Offender
from ligne.kit.text import N_

# The worker looks for what is due every few seconds.
SENDING = timedelta(minutes=2)
PROMISES = timedelta(minutes=1)


def two_voices(now: datetime) -> Iterator[Offender]:
    """People with two voice contacts at once."""
    held = Contact.objects.filter(channel="voice", state__in=states.WITH_ADVISOR).order_by()
    twice = held.values("advisor_id").annotate(n=Count("pk")).filter(n__gt=1)
    return (Offender("user", row["advisor_id"]) for row in twice)


def without_outcome(now: datetime) -> Iterator[Offender]:
    """Closed contacts of which nobody can say what became."""
    found = Contact.objects.filter(state=states.CLOSED, outcome="").values_list("pk", "principal_id")
    return (Offender("contact", pk, principal_id) for pk, principal_id in found.order_by("pk")[:1000])


def not_sent(now: datetime) -> Iterator[Offender]:
    """Messages whose moment to leave has passed and that nobody tried to send."""
    held = (Message.Sending.HELD, Message.Sending.QUEUED)
    found = Message.objects.filter(sending__in=held, send_at__lt=now - SENDING)
    rows = found.order_by("send_at").values_list("contact_id", "principal_id")[:1000]
    return (Offender("contact", contact_id, principal_id) for contact_id, principal_id in rows)


def broken_unsaid(now: datetime) -> Iterator[Offender]:
    """Call-backs whose window has passed without an attempt and without anybody being told."""
    found = CallBack.objects.filter(
        state=CallBack.State.PROMISED, attempts=0, breached_at=None, window_end__lt=now - PROMISES
    )
    rows = found.order_by("window_end").values_list("pk", "principal_id")[:1000]
    return (Offender("call_back", pk, principal_id) for pk, principal_id in rows)


INVARIANTS = (
    Invariant(
        "one_voice",
        N_("Nobody has two voice contacts at once"),
        N_("A person would have to talk with two customers at the same time."),
        N_("Have a supervisor hand one of them on, and tell us: this is a fault of the program."),
        two_voices,
    ),
    Invariant(
        "closed_with_outcome",
        N_("No closed exchange is without an outcome"),
        N_("An exchange was closed and nobody can say what became of it."),
        N_("Tell us: the database itself refuses this, unless somebody changed it by hand."),
        without_outcome,
    ),
    Invariant(
        "sent_in_time",
        N_("No message stays past its moment to leave"),
        N_("A reply that an advisor sent has not left, and nobody tried."),
        N_("The worker does not run: see its state in `ligne doctor` and start it again. Nothing is lost."),
        not_sent,
    ),
    Invariant(
        "promises_are_told",
        N_("No broken promise to call back is passed over in silence"),
        N_("A window to call somebody back has passed without an attempt, and the floor was not told."),
        N_("The router does not run, or is far behind: see its state in `ligne doctor`. Have the customer called now."),
        broken_unsaid,
    ),
)
