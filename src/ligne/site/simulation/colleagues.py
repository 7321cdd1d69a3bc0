"""Colleagues for the demo: advisors who come in, take what is offered, answer and wrap up, through the real verbs."""

from __future__ import annotations

import contextlib
import random
import threading

from django.db import Error, close_old_connections, connection

from ligne.contacts import reads as contacts
from ligne.contacts import services as contact_services
from ligne.contacts import words
from ligne.contacts.demo.words import REASONS
from ligne.contacts.models import Contact
from ligne.kit import clock
from ligne.kit.errors import DomainError
from ligne.kit.viewer import ADVISOR, Viewer
from ligne.routing import reads as routing
from ligne.routing import services as routing_services
from ligne.staff import reads as staff
from ligne.staff import services as staff_services
from ligne.staff.models import User

# Never play somebody who may be at a screen.
NOT_THESE = ("conseiller@demo.test", "conseiller2@demo.test")
ANSWERS = {
    child: said for headings in REASONS.values() for _, _, children in headings for child, _, _, said in children
}


def choose(count: int) -> list[User]:
    """`count` advisors of the demo that nobody plays."""
    found = User.objects.filter(role=ADVISOR, is_active=True).exclude(email__in=NOT_THESE).order_by("id")
    return list(found[:count])


def work(user: User, stop: threading.Event, pace_s: float = 4.0) -> None:
    """One colleague's day, until `stop`: present, taking offers, answering after about `pace_s`, wrapping up."""
    rng = random.Random(user.pk)  # noqa: S311 - plausible behaviour
    viewer = staff.viewer_of(user)
    try:
        while not stop.wait(0.5 + rng.random()):
            close_old_connections()
            try:
                staff_services.connect(user.pk)
                staff_services.heartbeat(user.pk)
                if staff.current(user.pk).state != "available":
                    staff_services.set_presence(viewer, user_id=user.pk, state="available")
                for row in routing.my_work(viewer):
                    if row.state == "offered" and row.item_id:
                        routing_services.accept(viewer, item_id=row.item_id)
                for contact in contacts.open_of(viewer, user.pk):
                    _advance(viewer, contact, rng, pace_s)
            except DomainError:
                continue  # somebody was faster, or the customer left: look again
            except Error:
                connection.close()  # the database is away: a colleague waits, as at a desk that reconnects
        with contextlib.suppress(Error):
            staff_services.set_presence(viewer, user_id=user.pk, state="offline")
    finally:
        connection.close()


def _advance(viewer: Viewer, contact: Contact, rng: random.Random, pace_s: float) -> None:
    """Take one step with a contact when its moment has come."""
    since = (clock.now() - (contact.accepted_at or contact.arrived_at)).total_seconds()
    if contact.state == words.ACTIVE and contact.first_reply_at is None:
        if since > pace_s * rng.uniform(0.5, 1.5) and contact.channel != "voice":
            contact_services.reply(viewer, contact_id=contact.pk, text=rng.choice(list(ANSWERS.values())))
        elif contact.channel == "voice":
            contact_services.end_exchange(viewer, contact_id=contact.pk)
    elif contact.state == words.WRAP_UP or (contact.channel == "email" and contact.first_reply_at):
        _wrap_up(viewer, contact, rng)
    elif since > pace_s * 6 and contact.channel == "chat":
        contact_services.end_exchange(viewer, contact_id=contact.pk)


def _wrap_up(viewer: Viewer, contact: Contact, rng: random.Random) -> None:
    reasons = [r for r in contacts.reasons(viewer, contact.principal_id) if r.parent_id]
    contact_services.wrap_up(
        viewer,
        contact_id=contact.pk,
        reason_id=rng.choice(reasons).pk,
        outcome=rng.choices(["resolved", "escalated"], [9, 1])[0],
        next_step="none",
    )
