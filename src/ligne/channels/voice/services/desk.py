"""What people do with the telephone at the desk. The controller hears it and does it at the exchange."""

from __future__ import annotations

import secrets
from collections.abc import Callable
from dataclasses import replace
from typing import Any
from uuid import uuid4

from django.conf import settings
from django.db import transaction

from ligne.channels.voice.events import CallActed, CallBegan, CallWatched
from ligne.channels.voice.models import Line, Payment, Softphone, VoiceCall
from ligne.channels.voice.reads import PURPOSE, facts_of, softphone_name
from ligne.channels.voice.rules import plans
from ligne.channels.voice.rules.flow import CUSTOMER, Call, Leg, Phase, Plan, words
from ligne.channels.voice.rules.flow.call import to_json
from ligne.contacts import reads as contact_reads
from ligne.contacts import services as contacts
from ligne.contacts.models import Contact
from ligne.kit import bus, clock, live, phones, sealed
from ligne.kit.errors import Conflict, Forbidden, Invalid
from ligne.kit.text import N_
from ligne.kit.viewer import SUPERVISOR, Viewer

NOT_YOURS = N_("This call is with somebody else now. Nothing was done.")
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
    """One of `ACTS`, or "hang_up", on a call under way. Raises `Conflict` when there is none, `Forbidden` when it is
    not the viewer's. `consult` calls a colleague or a number."""
    contact = contact_reads.get(viewer, contact_id)
    if what == "hang_up":
        contacts.end_exchange(viewer, contact_id=contact_id)
        return
    if what not in _HANDLING | _WATCHING:
        raise Invalid(N_("There is no such act on a call."), field="act")
    _check_hand(viewer, contact, what)
    call = VoiceCall.objects.filter(contact_id=contact_id, ended_at__isnull=True).order_by("-started_at").first()
    if call is None:
        raise Conflict(N_("There is no call under way any more. Nothing was done."))
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


def _check_hand(viewer: Viewer, contact: Contact, what: str) -> None:
    if what in _WATCHING:
        if not viewer.has_role(SUPERVISOR):
            raise Forbidden
    elif contact.advisor_id != viewer.user_id:
        raise Forbidden(NOT_YOURS)


def dial(viewer: Viewer, *, contact_id: int) -> None:
    """Call the customer of a contact that the viewer has in hand, when the law lets us: their softphone rings, then the
    customer's telephone. Nothing happens twice: a call under way is left alone."""
    contacts.check_call(viewer, contact_id=contact_id)
    _dial(viewer, contact_id)


@transaction.atomic
def _dial(viewer: Viewer, contact_id: int) -> None:
    contact = contacts.lock_contact(contact_reads.get(viewer, contact_id).pk)
    if not settings.VOICE:
        raise Conflict(N_("The centre has no telephone. Nothing was done."))
    if viewer.user_id is None or contact.advisor_id != viewer.user_id:
        raise Forbidden(NOT_YOURS)
    if VoiceCall.objects.filter(contact=contact, ended_at__isnull=True).exists():
        return
    number = phones.parse(contact.from_phone)
    line = Line.objects.filter(principal_id=contact.principal_id, active=True).order_by("pk").first()
    call_id = uuid4().hex[:16]
    leg = Leg(f"{call_id}-customer", CUSTOMER, number=number)
    plan = Plan(contact.principal_id, line.number if line else "", contact.queue)
    if line:
        plan = replace(plan, language=line.language, payment_prompts=plans.payment_prompts(facts_of(line)))
    call = Call(call_id, plan, phase=Phase.DIALLING, direction="out", legs=(leg,), contact_id=contact.pk)
    VoiceCall.objects.create(
        pk=call.id,
        principal_id=contact.principal_id,
        line=line,
        contact=contact,
        direction="out",
        phase=call.phase,
        number=number,
        channel=leg.channel,
        facts=to_json(call),
        started_at=clock.now(),
    )
    bus.announce(
        CallBegan(
            subject_id=contact.pk,
            principal_id=contact.principal_id,
            customer_id=contact.customer_id,
            actor_id=viewer.user_id,
            call=call.id,
            line=plan.line,
            direction="out",
        )
    )
    live.push("voice:dial", "asked", call=call.id, user_id=viewer.user_id)


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
def ready(viewer: Viewer) -> None:
    """The viewer's softphone is registered: a call that its page lost is called anew."""
    live.push("voice:people", "ready", user_id=viewer.user_id)


def forget_callers(customer_id: int) -> list[int]:
    """The customer is erased: their number stays in no call that is over. Returns the contacts it stood with."""
    calls = VoiceCall.objects.filter(contact__customer_id=customer_id, ended_at__isnull=False)
    contact_ids = list(calls.values_list("contact_id", flat=True).distinct())
    calls.update(number="", facts={})
    Payment.objects.filter(contact__customer_id=customer_id).update(reference="", last_four="")
    return [pk for pk in contact_ids if pk is not None]
