"""Calls that people of ours make: to the customer of an exchange in hand, or to a number that stands on the screen."""

from __future__ import annotations

from dataclasses import dataclass, replace
from uuid import uuid4

from django.conf import settings
from django.db import transaction

from ligne.channels.voice.events import CallBegan
from ligne.channels.voice.models import Line, VoiceCall
from ligne.channels.voice.reads import facts_of
from ligne.channels.voice.rules import plans
from ligne.channels.voice.rules.flow import CUSTOMER, Call, Leg, Phase, Plan
from ligne.channels.voice.rules.flow.call import to_json
from ligne.contacts import reads as contact_reads
from ligne.contacts import services as contacts
from ligne.contacts.models import Contact
from ligne.customers import reads as customers
from ligne.kit import bus, clock, live, phones
from ligne.kit.errors import Conflict, Forbidden, Invalid
from ligne.kit.text import N_
from ligne.kit.viewer import Viewer
from ligne.routing import services as routing
from ligne.staff import reads as staff

NOT_YOURS = N_("This call is with somebody else now. Nothing was done.")
NO_TELEPHONE = N_("The centre has no telephone. Nothing was done.")
# Channels whose queue is one of calls too.
BY_TELEPHONE = ("voice", "voicemail")


@dataclass(frozen=True, slots=True)
class Wanted:
    """A call that somebody asks for: `number` (E.164) for a company, to a known customer, after an exchange, or the
    promise that it keeps."""

    principal_id: int
    number: str
    customer_id: int | None = None
    contact_id: int | None = None
    call_back_id: int | None = None
    name: str = ""
    queue: str = ""


def wanted(
    viewer: Viewer,
    *,
    number: str = "",
    customer_id: int | None = None,
    contact_id: int | None = None,
    call_back_id: int | None = None,
    principal_id: int | None = None,
) -> Wanted:
    """Who is to be called, for which company: as the place where the number stands says, else whose number it is.

    Raises `Invalid` naming the field, `NotFound` for what the viewer may not see.
    """
    if call_back_id is not None:
        promise = contact_reads.call_back(viewer, call_back_id)
        return Wanted(promise.principal_id, promise.phone, promise.customer_id, call_back_id=promise.pk)
    called = phones.parse(number)
    if contact_id is not None:
        contact = contact_reads.get(viewer, contact_id)
        name = "" if contact.customer_id else contact.from_name
        queue = contact.queue if contact.channel in BY_TELEPHONE else ""
        return Wanted(contact.principal_id, called, contact.customer_id, contact.pk, name=name, queue=queue)
    if customer_id is not None:
        customer = customers.get(viewer, customer_id)
        return Wanted(customer.principal_id, called, customer.pk)
    return _of_a_bare_number(viewer, called, principal_id)


def _of_a_bare_number(viewer: Viewer, number: str, principal_id: int | None) -> Wanted:
    houses = [house.pk for house in staff.principals(viewer) if principal_id in {None, house.pk}]
    for house in houses:
        found = customers.identify(viewer, principal_id=house, phone=number, email="", name="")
        if found.customer_id is not None:
            return Wanted(house, number, found.customer_id)
    if not houses:
        raise Invalid(N_("Say for which company you call. Nobody was called."), field="principal")
    return Wanted(houses[0], number)


def call(viewer: Viewer, asked: Wanted, *, purpose: str = "service") -> Contact:
    """Call somebody: the viewer's softphone rings, then theirs; returns the exchange, which is in the viewer's hands.

    The law is asked before anything exists: `CallAgainstTheRules` names its rules, and nothing was made. Raises
    `Conflict` when the viewer has a call in hand or the centre has no telephone. Asked twice, one call is made.
    """
    if not settings.VOICE:
        raise Conflict(NO_TELEPHONE)
    contacts.check_call_to(
        viewer,
        principal_id=asked.principal_id,
        customer_id=asked.customer_id,
        purpose=purpose,
        caller_id=_shown(asked.principal_id),
    )
    with transaction.atomic():
        contact = _begin(viewer, asked)
        _dial(viewer, contact.pk)
        return contact


def _begin(viewer: Viewer, asked: Wanted) -> Contact:
    if asked.call_back_id is not None:
        return routing.begin_call_back(viewer, call_back_id=asked.call_back_id)
    line = _line_of(asked.principal_id)
    return routing.begin_call(
        viewer,
        principal_id=asked.principal_id,
        phone=asked.number,
        name=asked.name,
        queue=asked.queue or (line.queue if line else ""),
        customer_id=asked.customer_id,
        previous_id=asked.contact_id,
    )


def dial(viewer: Viewer, *, contact_id: int) -> None:
    """Call the customer of a contact that the viewer has in hand, when the law lets us: their softphone rings, then the
    customer's telephone. Nothing happens twice: a call under way is left alone."""
    contacts.check_call(viewer, contact_id=contact_id)
    with transaction.atomic():
        _dial(viewer, contact_id)


def _shown(principal_id: int) -> str:
    """The number that somebody called for this company sees; "" when it has none in service."""
    line = _line_of(principal_id)
    return line.number if line else ""


def _line_of(principal_id: int) -> Line | None:
    return Line.objects.filter(principal_id=principal_id, active=True).order_by("pk").first()


def _dial(viewer: Viewer, contact_id: int) -> None:
    contact = contacts.lock_contact(contact_reads.get(viewer, contact_id).pk)
    if not settings.VOICE:
        raise Conflict(NO_TELEPHONE)
    if viewer.user_id is None or contact.advisor_id != viewer.user_id:
        raise Forbidden(NOT_YOURS)
    if VoiceCall.objects.filter(contact=contact, ended_at__isnull=True).exists():
        return
    call = _going_out(contact, _line_of(contact.principal_id))
    bus.announce(
        CallBegan(
            subject_id=contact.pk,
            principal_id=contact.principal_id,
            customer_id=contact.customer_id,
            actor_id=viewer.user_id,
            call=call.id,
            line=call.plan.line,
            direction="out",
        )
    )
    live.push("voice:dial", "asked", call=call.id, user_id=viewer.user_id)


def _going_out(contact: Contact, line: Line | None) -> Call:
    """The row of a call to be made; the controller that claims it makes it."""
    number = phones.parse(contact.from_phone)
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
    return call
