"""What a calling page may know, and what the advisor's page may know of it."""

from __future__ import annotations

import hashlib
import uuid
from dataclasses import dataclass
from typing import Any

from django.conf import settings

from ligne.channels.visio.models import Signal, WebCall
from ligne.contacts import reads as contacts
from ligne.contacts import words
from ligne.kit.errors import NotFound
from ligne.kit.viewer import Viewer
from ligne.routing import reads as routing
from ligne.routing.reads import Front

MOST_SIGNALS = 200


@dataclass(frozen=True, slots=True)
class Guest:
    """The customer's side: the call's public id and the secret that only its page holds."""

    public_id: str
    token: str


def digest(token: str) -> str:
    """What is kept of a token."""
    return hashlib.sha256(token.encode("utf-8", "replace")).hexdigest()


def front(queue: str) -> Front:
    """What anyone may know of a queue. Raises `NotFound`."""
    return routing.front(queue)


def call_or_none(guest: Guest) -> WebCall | None:
    """The call of `guest`, when the token is its own."""
    try:
        public_id = uuid.UUID(guest.public_id)
    except ValueError:
        return None
    found = WebCall.objects.filter(public_id=public_id, token_hash=digest(guest.token))
    return found.select_related("principal", "contact", "contact__advisor").first()


def call_of(guest: Guest) -> WebCall:
    """As `call_or_none`. Raises `NotFound`: a wrong token is told like a call that does not exist."""
    call = call_or_none(guest)
    if call is None:
        raise NotFound
    return call


def call_of_contact(viewer: Viewer, contact_id: int) -> WebCall | None:
    """The call behind a contact, None when it has none. Raises `NotFound` for a contact the viewer may not see."""
    contacts.get(viewer, contact_id)
    found = WebCall.objects.filter(contact_id=contact_id, principal_id__in=viewer.principals)
    return found.select_related("contact", "contact__advisor").first()


def guest_topic(public_id: str, token: str) -> str | None:
    """The live topic this page may follow ("visio:…"), or None when the token is not its own."""
    call = call_or_none(Guest(public_id, token))
    return call.topic if call else None


def state_of(call: WebCall) -> str:
    """ "waiting", "active" or "ended"."""
    at = call.contact.state if call.contact is not None else words.WAITING
    if call.ended_at is not None or at in {words.WRAP_UP, words.CLOSED}:
        return "ended"
    return "active" if at == words.ACTIVE else "waiting"


def signals_for(call: WebCall, side: str, after: int) -> list[dict[str, Any]]:
    """What the other side said after signal `after`, oldest first: [{"id", "kind", "body"}]."""
    found = Signal.objects.filter(call=call, to=side, pk__gt=after).order_by("pk")[:MOST_SIGNALS]
    return [{"id": one.pk, "kind": one.kind, "body": one.body} for one in found]


def last_signal(call: WebCall) -> int:
    """The number of the last thing said; a page that begins now reads on from there."""
    return Signal.objects.filter(call=call).order_by("-pk").values_list("pk", flat=True).first() or 0


def news(call: WebCall, after: int = 0) -> dict[str, Any]:
    """All the customer's page needs, as JSON values: {"public_id", "state": "waiting" | "active" | "ended", "ended_by",
    "advisor", "place", "wait_s", "nobody_free", "signals"}."""
    state = state_of(call)
    contact = call.contact
    place = routing.place(contact.pk) if contact is not None and state == "waiting" else None
    return {
        "public_id": str(call.public_id),
        "state": state,
        "ended_by": call.ended_by,
        "advisor": contact.advisor.name if contact and contact.advisor and state == "active" else "",
        "place": place.number if place else None,
        "wait_s": place.wait_s if place else None,
        "nobody_free": state == "waiting" and (place is None or not place.staffed),
        "signals": signals_for(call, "customer", after),
    }


def ice() -> list[dict[str, Any]]:
    """The helpers by which browsers find each other through firewalls, as `RTCConfiguration.iceServers`."""
    found: list[dict[str, Any]] = []
    if settings.STUN:
        found.append({"urls": settings.STUN})
    url, user, secret = settings.TURN
    if url:
        found.append({"urls": url, "username": user, "credential": secret})
    return found
