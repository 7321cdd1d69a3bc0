"""Call-backs are promises: a window, an owner, attempts, and a breach that is told."""

from __future__ import annotations

from datetime import datetime

from django.db import IntegrityError, transaction

from ligne.contacts import words
from ligne.contacts.events import CallBackChanged, CallBackPromised
from ligne.contacts.models import CallBack, Contact
from ligne.contacts.ports import Sender
from ligne.contacts.rules import promises
from ligne.contacts.services.arrival import arrive
from ligne.contacts.services.passages import locked_for
from ligne.customers import reads as customers
from ligne.kit import bus, clock, live, locks, phones
from ligne.kit.errors import Conflict, Invalid, NotFound
from ligne.kit.text import N_
from ligne.kit.viewer import Viewer


def promise_call_back(
    viewer: Viewer,
    *,
    principal_id: int,
    phone: str,
    queue: str,
    window_start: datetime,
    window_end: datetime,
    name: str = "",
    topic: str = "",
    owner_id: int | None = None,
    origin_id: int | None = None,
    customer_id: int | None = None,
    external_id: str = "",
    place_since: datetime | None = None,
    place_priority: int = 0,
) -> CallBack:
    """Promise to call `phone` back between `window_start` and `window_end`. The same `external_id` promises once.

    Made instead of waiting, it keeps the customer's place: `place_since` they stood in the line, at `place_priority`.
    Raises `Invalid` naming the field: a number that cannot be, a window that is over or turned round.
    """
    if not viewer.sees(principal_id):
        raise NotFound
    number = phones.parse(phone)
    if window_end <= window_start or window_end <= clock.now():
        raise Invalid(N_("Choose a moment to come for the call. Nothing was promised."), field="window")
    if external_id and (known := CallBack.objects.filter(principal_id=principal_id, external_id=external_id).first()):
        return known
    try:
        with transaction.atomic():
            if customer_id is None:
                found = customers.identify(viewer, principal_id=principal_id, phone=number, email="", name=name)
                customer_id = found.customer_id
            promise = CallBack.objects.create(
                principal_id=principal_id,
                customer_id=customer_id,
                origin=_origin(viewer, origin_id),
                name=name.replace("\x00", "")[:200],
                phone=number,
                queue=queue,
                topic=topic.replace("\x00", "")[:300],
                owner_id=owner_id,
                window_start=window_start,
                window_end=window_end,
                external_id=external_id[:100],
                place_since=place_since,
                place_priority=place_priority,
                created_at=clock.now(),
            )
            bus.announce(
                CallBackPromised(
                    subject_id=promise.pk,
                    principal_id=principal_id,
                    customer_id=customer_id,
                    actor_id=viewer.user_id,
                    window_start=window_start.isoformat(),
                    window_end=window_end.isoformat(),
                    queue=queue,
                    phone=number,
                    name=promise.name,
                    topic=promise.topic,
                    owner_id=owner_id,
                )
            )
            _tell(promise)
            return promise
    except IntegrityError:
        known = CallBack.objects.filter(principal_id=principal_id, external_id=external_id).first()
        if not external_id or known is None:
            raise
        return known


def _origin(viewer: Viewer, origin_id: int | None) -> Contact | None:
    if origin_id is None:
        return None
    return locked_for(viewer, origin_id)


def lock_call_back(viewer: Viewer, call_back_id: int) -> CallBack:
    """Lock a promise the viewer may see. Raises `NotFound`."""
    promise = locks.row(CallBack, pk=call_back_id)
    if not viewer.sees(promise.principal_id):
        raise NotFound
    return promise


@transaction.atomic
def start_call_back(call_back_id: int) -> Contact:
    """The moment has come: make the outgoing contact that routing offers, first to the owner. Once only."""
    promise = locks.row(CallBack, pk=call_back_id)
    if promise.contact is not None and promise.contact.state != words.CLOSED:
        return promise.contact
    if promise.state not in {CallBack.State.PROMISED, CallBack.State.BROKEN}:
        raise Conflict(N_("This call-back is no longer waiting."))
    viewer = Viewer.system(promise.principal_id)
    contact = arrive(
        viewer,
        principal_id=promise.principal_id,
        channel="voice",
        direction="out",
        sender=Sender(name=promise.name, phone=promise.phone),
        subject=promise.topic,
        queue=promise.queue,
        external_id=f"call-back-{promise.pk}-{promise.attempts + 1}",
        customer_id=promise.customer_id,
    )
    promise.contact = contact
    promise.state = CallBack.State.IN_PROGRESS
    promise.save(update_fields=["contact", "state"])
    _announce(promise, None, "due")
    return contact


@transaction.atomic
def call_back_attempted(viewer: Viewer, *, call_back_id: int, reached: bool) -> CallBack:
    """The advisor called. Reached: the promise is kept. Not reached: tried again later, up to the house's limit."""
    promise = lock_call_back(viewer, call_back_id)
    if promise.state in {CallBack.State.KEPT, CallBack.State.CANCELLED}:
        raise Conflict(N_("This call-back is already settled. Nothing was changed."))
    promise.attempts += 1
    promise.last_attempt_at = clock.now()
    if reached:
        promise.state, cause = CallBack.State.KEPT, "reached"
    elif promise.attempts >= promises.MAX_ATTEMPTS:
        promise.state, cause = CallBack.State.CANCELLED, "unreachable"
    else:
        promise.state, cause = CallBack.State.PROMISED, "not reached"
        wait = promises.next_window_start(attempts=promise.attempts)
        length = promise.window_end - promise.window_start
        promise.window_start = promise.last_attempt_at + wait
        promise.window_end = promise.window_start + length
        promise.contact = None
    promise.save()
    _announce(promise, viewer.user_id, cause)
    return promise


@transaction.atomic
def break_promise(call_back_id: int) -> CallBack:
    """The window passed without a call: say so once. It still waits to be made good."""
    promise = locks.row(CallBack, pk=call_back_id)
    if promise.breached_at is None and promise.state in {CallBack.State.PROMISED, CallBack.State.IN_PROGRESS}:
        promise.breached_at = clock.now()
        if promise.state == CallBack.State.PROMISED:
            promise.state = CallBack.State.BROKEN
        promise.save(update_fields=["breached_at", "state"])
        _announce(promise, None, "breached")
    return promise


@transaction.atomic
def cancel_call_back(viewer: Viewer, *, call_back_id: int, cause: str = "") -> CallBack:
    """Nobody needs to call any more. Cancelling twice changes nothing; a kept promise stays kept."""
    promise = lock_call_back(viewer, call_back_id)
    if promise.state == CallBack.State.CANCELLED:
        return promise
    if promise.state == CallBack.State.KEPT:
        raise Conflict(N_("This call-back is already settled. Nothing was changed."))
    promise.state = CallBack.State.CANCELLED
    promise.save(update_fields=["state"])
    _announce(promise, viewer.user_id, cause)
    return promise


@transaction.atomic
def move_call_back(viewer: Viewer, *, call_back_id: int, window_start: datetime, window_end: datetime) -> CallBack:
    """Another window for a promise that has not been started."""
    promise = lock_call_back(viewer, call_back_id)
    if promise.state not in {CallBack.State.PROMISED, CallBack.State.BROKEN}:
        raise Conflict(N_("This call-back is already settled. Nothing was changed."))
    if window_end <= window_start or window_end <= clock.now():
        raise Invalid(N_("Choose a moment to come for the call. Nothing was promised."), field="window")
    promise.window_start, promise.window_end = window_start, window_end
    promise.state = CallBack.State.PROMISED
    promise.save(update_fields=["window_start", "window_end", "state"])
    _announce(promise, viewer.user_id, "moved")
    return promise


def _announce(promise: CallBack, actor: int | None, cause: str) -> None:
    bus.announce(
        CallBackChanged(
            subject_id=promise.pk,
            principal_id=promise.principal_id,
            customer_id=promise.customer_id,
            actor_id=actor,
            state=promise.state,
            attempts=promise.attempts,
            cause=cause,
        )
    )
    _tell(promise)


def _tell(promise: CallBack) -> None:
    if promise.owner_id:
        live.push(f"user:{promise.owner_id}", "work")
    live.push(f"floor:{promise.principal_id}", "board")
