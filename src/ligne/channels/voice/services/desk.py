"""What people do with the telephone at the desk. The controller hears it and does it at the exchange."""

from __future__ import annotations

import secrets
from collections.abc import Callable
from typing import Any

from django.db import transaction

from ligne.channels.voice.events import CallActed, CallWatched
from ligne.channels.voice.models import Payment, Softphone, VoiceCall
from ligne.channels.voice.reads import PURPOSE, softphone_name
from ligne.channels.voice.rules.flow import THIRD, Phase, words
from ligne.channels.voice.rules.flow.call import from_json
from ligne.channels.voice.services.calling import NOT_YOURS
from ligne.contacts import reads as contact_reads
from ligne.contacts import services as contacts
from ligne.contacts.models import Contact
from ligne.kit import bus, clock, live, phones, sealed
from ligne.kit.errors import Conflict, Forbidden, Invalid
from ligne.kit.text import N_
from ligne.kit.viewer import SUPERVISOR, Viewer
from ligne.routing import services as routing

IN_A_CALL = N_("Your colleague has a call of their own in hand. Nothing was transferred, and nobody was cut off.")
YOURS_FIRST = N_("You have a call in hand already: end it and wrap it up first. Nothing was done.")
Made = Callable[[int, str], words.Event]

# What the desk may ask of a call under way, and what it is to the flow; from (person, number).
_HANDLING: dict[str, Made] = {
    "hold": lambda _, __: words.Hold(True),
    "resume": lambda _, __: words.Hold(False),
    "consult": lambda person, number: words.Consult(person or None, number),
    "conference": lambda _, __: words.Conference(),
    "transfer": lambda _, __: words.Transfer(),
    "drop_third": lambda _, __: words.DropThird(),
    "pause": lambda _, __: words.Pause(True),
    "record": lambda _, __: words.Pause(False),
    "object": lambda _, __: words.Object(),
}
_WATCHING: dict[str, Made] = {
    "listen": lambda person, _: words.Watch(person, "listen"),
    "whisper": lambda person, _: words.Watch(person, "whisper"),
    "join": lambda person, _: words.Watch(person, "join"),
    "leave": lambda person, _: words.Watch(person, ""),
    "take_over": lambda person, _: words.TakeOver(person),
}
# What the payment's own verbs tell the controller: the number is the payment's.
_PAYING: dict[str, Made] = {
    "pay": lambda _, payment: words.Pay(payment),
    "stop_paying": lambda _, __: words.StopPaying(),
}
ACTS = _HANDLING | _WATCHING | _PAYING


def tell_exchange(contact_id: int, **data: Any) -> None:
    """Let the controllers know, once the transaction is committed, that something about this contact changed."""
    live.push(f"voice:{contact_id}", "changed", **data)


@transaction.atomic
def act(viewer: Viewer, *, contact_id: int, what: str, number: str = "", user_id: int | None = None) -> None:
    """One of `ACTS` on a call under way, "hang_up", or "give_back" when nobody would hear the viewer.

    `consult` calls a colleague or a number. Raises `Conflict` when there is no call, or who would take it has one of
    their own; `Forbidden` when it is not the viewer's.
    """
    contact = contact_reads.get(viewer, contact_id)
    if what == "hang_up":
        contacts.end_exchange(viewer, contact_id=contact_id)
        return
    if what == "give_back":
        _give_back(viewer, contact)
        return
    if what not in _HANDLING | _WATCHING:
        raise Invalid(N_("There is no such act on a call."), field="act")
    _check_hand(viewer, contact, what)
    call = VoiceCall.objects.filter(contact_id=contact_id, ended_at__isnull=True).order_by("-started_at").first()
    if call is None:
        raise Conflict(N_("There is no call under way any more. Nothing was done."))
    _check_free(call, what, viewer.user_id)
    person, outside = viewer.user_id or 0, ""
    if what == "consult":
        person = user_id or 0
        outside = "" if person else phones.parse(number)
    about = {"principal_id": contact.principal_id, "customer_id": contact.customer_id, "actor_id": viewer.user_id}
    if what in _WATCHING:
        bus.announce(CallWatched(subject_id=contact_id, call=call.pk, mode=what, **about))
    else:
        bus.announce(CallActed(subject_id=contact_id, call=call.pk, act=what, **about))
    tell_exchange(contact_id, act=what, number=outside, user_id=person)


def _give_back(viewer: Viewer, contact: Contact) -> None:
    """Nobody would hear the viewer: the customer waits again at their place, rather than in silence."""
    if viewer.user_id is None or contact.advisor_id != viewer.user_id:
        raise Forbidden(NOT_YOURS)
    if VoiceCall.objects.filter(contact=contact, phase=Phase.DIALLING, ended_at__isnull=True).exists():
        contacts.end_exchange(viewer, contact_id=contact.pk)  # nobody was reached yet, nobody waits
    elif contact.state in {"offered", "active"}:
        routing.give_back(contact_id=contact.pk, user_id=viewer.user_id, cause="microphone")


def _check_free(call: VoiceCall, what: str, viewer_id: int | None) -> None:
    """Who takes a call has no other one in hand: a person talks with one customer."""
    third = from_json(call.facts).up(THIRD) if what == "transfer" else None
    taker = third.user_id if third else viewer_id if what == "take_over" else None
    if taker is not None and contact_reads.call_in_hand(taker) is not None:
        raise Conflict(IN_A_CALL if third else YOURS_FIRST)


def _check_hand(viewer: Viewer, contact: Contact, what: str) -> None:
    if what in _WATCHING:
        if not viewer.has_role(SUPERVISOR):
            raise Forbidden
    elif contact.advisor_id != viewer.user_id:
        raise Forbidden(NOT_YOURS)


@transaction.atomic
def credentials(viewer: Viewer) -> tuple[str, str]:
    """The name and the secret by which the viewer's softphone registers, drawn at first use."""
    if viewer.user_id is None:
        raise Forbidden
    row, made = Softphone.objects.get_or_create(
        user_id=viewer.user_id,
        defaults={"sealed": sealed.seal(PURPOSE, secrets.token_urlsafe(24)), "drawn_at": clock.now()},
    )
    if made:
        live.push("voice:keys", "changed")
    return softphone_name(viewer.user_id), sealed.unseal(PURPOSE, row.sealed)


@transaction.atomic
def ready(viewer: Viewer, *, exchange: str) -> None:
    """The viewer's softphone is registered at this exchange: a call there that its page lost is called anew."""
    live.push("voice:people", "ready", user_id=viewer.user_id, exchange=exchange)


def forget_callers(customer_id: int) -> list[int]:
    """The customer is erased: their number stays in no call that is over. Returns the contacts it stood with."""
    calls = VoiceCall.objects.filter(contact__customer_id=customer_id, ended_at__isnull=False)
    contact_ids = list(calls.values_list("contact_id", flat=True).distinct())
    calls.update(number="", facts={})
    Payment.objects.filter(contact__customer_id=customer_id).update(reference="", last_four="")
    return [pk for pk in contact_ids if pk is not None]
