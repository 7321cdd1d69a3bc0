"""The verbs of a web call, for the customer's side (a `Guest`) and for the advisor's (a viewer)."""

from __future__ import annotations

import re
from typing import Any

import structlog
from django.db import IntegrityError, transaction

from ligne.channels.visio import reads
from ligne.channels.visio.errors import Closed, Over
from ligne.channels.visio.events import PictureAccepted, WebCallEnded, WebCallJoined
from ligne.channels.visio.models import Signal, WebCall
from ligne.channels.visio.reads import Guest
from ligne.channels.visio.rules import signals, silence
from ligne.contacts import services as contacts
from ligne.contacts.ports import Sender
from ligne.kit import bus, clock, live, locks, throttle
from ligne.kit.errors import DomainError, Forbidden, Invalid, NotFound
from ligne.kit.text import N_
from ligne.kit.viewer import Viewer

log = structlog.get_logger(__name__)
SEEN_EVERY_S = 5


def start(*, queue: str, token: str, name: str = "", email: str = "", topic: str = "", language: str = "fr") -> WebCall:
    """A customer calls `queue` from a page. `token` is a secret of at least 32 characters drawn by the page: calling
    again with the same one returns the call that exists.

    Raises `NotFound` (no such queue), `Closed`, `Invalid` naming the field; nobody is called then.
    """
    if not re.fullmatch(r"[\w-]{32,128}", token, re.ASCII):
        raise Invalid(N_("The call's key is not usable. Nobody was called."), field="token")
    if email and not re.fullmatch(r"[^@\s]+@[^@\s]+\.[^@\s]+", email):
        raise Invalid(N_("“%(email)s” is not an e-mail address. Nobody was called."), field="email", email=email)
    if existing := WebCall.objects.filter(token_hash=reads.digest(token)).first():
        return existing
    front = reads.front(queue)
    if not front.open:
        raise Closed
    try:
        with transaction.atomic():
            now = clock.now()
            call = WebCall.objects.create(
                principal_id=front.principal_id,
                token_hash=reads.digest(token),
                queue=queue,
                language="en" if language.lower().startswith("en") else "fr",
                started_at=now,
                last_seen_at=now,
            )
            call.contact = contacts.arrive(
                Viewer.system(front.principal_id),
                principal_id=front.principal_id,
                channel="visio",
                sender=Sender(name=name[:200], email=email[:254]),
                subject=topic[:300],
                external_id=f"visio:{call.public_id}",
                queue=queue,
            )
            call.save(update_fields=["contact"])
            return call
    except IntegrityError:
        existing = WebCall.objects.filter(token_hash=reads.digest(token)).first()
        if existing is None:
            raise
        return existing


@transaction.atomic
def here(call: WebCall) -> None:
    """The page gave a sign of life; one that had said goodbye is back."""
    now = clock.now()
    if call.ended_at is None and (
        call.gone_at is not None or (now - call.last_seen_at).total_seconds() >= SEEN_EVERY_S
    ):
        WebCall.objects.filter(pk=call.pk, ended_at__isnull=True).update(last_seen_at=now, gone_at=None)


@transaction.atomic
def gone(guest: Guest) -> None:
    """The page is being closed or reloaded. What follows is decided by `expire_silent`."""
    call = reads.call_of(guest)
    WebCall.objects.filter(pk=call.pk, gone_at__isnull=True, ended_at__isnull=True).update(gone_at=clock.now())


@transaction.atomic
def customer_says(guest: Guest, *, kind: str, body: Any) -> int:
    """The customer's browser to the advisor's; returns the signal's id. Raises `NotFound`, `Over`, `Invalid`."""
    return _say(reads.call_of(guest), signals.CUSTOMER, kind, body)


@transaction.atomic
def advisor_says(viewer: Viewer, *, contact_id: int, kind: str, body: Any) -> int:
    """The advisor's browser to the customer's. Only who has the contact in hand. Raises as `customer_says`, and
    `Forbidden`."""
    call = reads.call_of_contact(viewer, contact_id)
    if call is None or call.contact is None:
        raise NotFound
    if call.contact.advisor_id != viewer.user_id:
        raise Forbidden
    return _say(call, signals.ADVISOR, kind, body)


def _say(call: WebCall, side: str, kind: str, body: Any) -> int:
    if reads.state_of(call) != "active":
        raise Over
    if wrong := signals.problem(kind, body):
        raise Invalid(N_("This cannot be told to the other side."), field=wrong)
    throttle.check(f"visio.signal.{side}", str(call.public_id), times=600, seconds=60)
    # One after the other: a page that has seen a signal asks for what came after it, and would never hear of an older
    # one that is committed later.
    locks.row(WebCall, pk=call.pk)
    said = Signal.objects.create(
        call=call,
        principal_id=call.principal_id,
        to=signals.other(side),
        kind=kind,
        body=body,
        at=clock.now(),
    )
    what = str(body.get("what", ""))
    if kind == "answer" and body.get("agreed") is True and what in {"camera", "screen"}:
        bus.announce(PictureAccepted(**_about(call), what=what, side=side))
    _tell(call, signals.other(side), "signal")
    return said.pk


@transaction.atomic
def joined(viewer: Viewer, *, contact_id: int) -> None:
    """The advisor's browser hears the customer's. Told twice, it is kept once."""
    call = reads.call_of_contact(viewer, contact_id)
    if call is None:
        raise NotFound
    first = WebCall.objects.filter(pk=call.pk, joined_at__isnull=True, ended_at__isnull=True).update(
        joined_at=clock.now()
    )
    if first:
        bus.announce(WebCallJoined(**_about(call), actor_id=viewer.user_id))


@transaction.atomic
def hang_up(guest: Guest) -> None:
    """The customer hangs up. Nobody had answered: the contact is abandoned; else wrap-up begins."""
    call = reads.call_of(guest)
    if _finish(call, WebCall.EndedBy.CUSTOMER):
        _let_go(call, "customer hung up")


@transaction.atomic
def close(contact_id: int) -> None:
    """The exchange is over on our side: the page says so. Already over: nothing happens."""
    call = WebCall.objects.filter(contact_id=contact_id, ended_at__isnull=True).first()
    if call is not None:
        _finish(call, WebCall.EndedBy.ADVISOR)


def expire_silent() -> list[int]:
    """End the calls whose page is there no more; returns the ids of their contacts. As often as one likes."""
    now = clock.now()
    ended = []
    for call in WebCall.objects.filter(ended_at__isnull=True):
        if not silence.is_over(call.last_seen_at, call.gone_at, now):
            continue
        try:
            with transaction.atomic():
                if _finish(call, WebCall.EndedBy.SILENCE) and call.contact_id is not None:
                    _let_go(call, "page closed")
                    ended.append(call.contact_id)
        except DomainError as refusal:
            log.warning("visio.expire_refused", contact_id=call.contact_id, why=refusal.sentence)
    return ended


def moved(contact_id: int) -> None:
    """The contact was taken, handed on, or waits again: both pages look."""
    call = WebCall.objects.filter(contact_id=contact_id, ended_at__isnull=True).select_related("contact").first()
    if call is not None:
        Signal.objects.filter(call=call).delete()  # whoever has it now begins anew
        live.push(call.topic, "state")


def _let_go(call: WebCall, cause: str) -> None:
    if call.contact_id is not None:
        contacts.abandon(Viewer.system(call.principal_id), contact_id=call.contact_id, cause=cause)


def _finish(call: WebCall, by: WebCall.EndedBy) -> bool:
    now = clock.now()
    if not WebCall.objects.filter(pk=call.pk, ended_at__isnull=True).update(ended_at=now, ended_by=by):
        return False
    Signal.objects.filter(call=call).delete()
    joined_s = (now - call.joined_at).total_seconds() if call.joined_at else None
    bus.announce(WebCallEnded(**_about(call), by=str(by), joined_s=joined_s))
    live.push(call.topic, "state")
    _tell(call, signals.ADVISOR, "state")
    return True


def _about(call: WebCall) -> dict[str, Any]:
    return {
        "subject_id": call.contact_id,
        "principal_id": call.principal_id,
        "customer_id": call.contact.customer_id if call.contact else None,
    }


def _tell(call: WebCall, side: str, what: str) -> None:
    if side == signals.CUSTOMER:
        live.push(call.topic, what)
    elif call.contact is not None and call.contact.advisor_id is not None:
        live.push(f"user:{call.contact.advisor_id}", f"visio-{call.contact_id}", what=what)
