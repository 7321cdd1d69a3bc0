"""The verbs of call-back requests: the customer's, known by a signed link, and the advisor's."""

from __future__ import annotations

import re
from datetime import datetime

from django.db import transaction

from ligne.channels.web import reads
from ligne.channels.web.errors import NotCalled, SlotGone
from ligne.channels.web.rules import numbers, windows
from ligne.channels.web.rules.windows import Window
from ligne.contacts import reads as contacts_reads
from ligne.contacts import services as contacts
from ligne.contacts.models import CallBack
from ligne.kit import clock, phones, throttle
from ligne.kit.errors import Invalid
from ligne.kit.text import N_
from ligne.kit.viewer import Viewer

# What an attempt came to, and the line the exchange keeps of it.
RESULTS = {
    "reached": N_("Call made: the customer was reached."),
    "no_answer": N_("Call made: no answer."),
    "busy": N_("Call made: the line was busy."),
    "voicemail": N_("Call made: a message was left on the voicemail."),
    "wrong_number": N_("Call made: this is not the customer’s number."),
}


def ask(
    *, queue: str, form_token: str, phone: str, start: datetime | None, name: str = "", topic: str = ""
) -> CallBack:
    """A customer asks to be called: as soon as possible (`start` None) or in the window that begins at `start`.

    The same `form_token` twice promises once. Raises `Invalid`, `NotCalled`, `SlotGone`, `TooMany`: nothing is
    promised then.
    """
    if not re.fullmatch(r"[\w-]{16,64}", form_token, re.ASCII):
        raise Invalid(N_("This form is not usable any more. Nothing was promised; please open it again."))
    number = phones.parse(phone)
    if not numbers.callable_back(number):
        raise NotCalled(field="phone", phone=phones.display(number))
    offer = reads.offer(queue)
    viewer = Viewer.system(offer.front.principal_id)
    known = contacts_reads.call_back_asked_as(viewer, f"web:{form_token}")
    if known is not None:
        return known
    window = _window(offer, start)
    throttle.check_everywhere("callback.phone", number, times=5, seconds=24 * 3600)
    return contacts.promise_call_back(
        viewer,
        principal_id=offer.front.principal_id,
        phone=number,
        queue=queue,
        window_start=window[0],
        window_end=window[1],
        name=name.strip()[:200],
        topic=topic.strip()[:300],
        external_id=f"web:{form_token}",
    )


def _window(offer: reads.Offer, start: datetime | None) -> Window:
    if start is None:
        if not offer.now:
            raise SlotGone(field="start")
        return windows.soon(clock.now())
    window = windows.choose(start, offer.slots)
    if window is None:
        raise SlotGone(field="start")
    return window


def cancel(link: str) -> CallBack:
    """The customer no longer wants the call. Twice changes nothing. Raises `NotFound`, `Conflict`."""
    viewer, promise = reads.promise_of(link)
    return contacts.cancel_call_back(viewer, call_back_id=promise.pk, cause="customer")


def move(link: str, *, start: datetime) -> CallBack:
    """The customer prefers the window that begins at `start`. Raises `NotFound`, `Conflict`, `SlotGone`."""
    viewer, promise = reads.promise_of(link)
    window = windows.choose(start, reads.offer(promise.queue).slots)
    if window is None:
        raise SlotGone(field="start")
    return contacts.move_call_back(viewer, call_back_id=promise.pk, window_start=window[0], window_end=window[1])


@transaction.atomic
def attempt(viewer: Viewer, *, call_back_id: int, result: str) -> CallBack:
    """The advisor called, by a telephone of their own: keep what it came to, in the promise and in the exchange.

    `result` is one of `RESULTS`; only "reached" keeps the promise. The telephone is hung up: wrap-up begins.
    """
    if result not in RESULTS:
        raise Invalid(N_("Say what the call came to. Nothing was saved."), field="result")
    promise = reads.promise_for(viewer, call_back_id)
    if promise.contact_id is not None:
        contacts.tell(viewer, contact_id=promise.contact_id, text=RESULTS[result])
    attempted = contacts.call_back_attempted(viewer, call_back_id=call_back_id, reached=result == "reached")
    if promise.contact_id is not None:
        contacts.end_exchange(viewer, contact_id=promise.contact_id)
    return attempted
