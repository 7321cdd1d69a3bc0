"""What the controller asks of the centre: synchronous here, run in threads by `process`."""

from __future__ import annotations

import random
from dataclasses import replace
from datetime import timedelta
from typing import Any

from django.db import transaction

from ligne.channels.voice.events import CallEvent, RecordingRefused
from ligne.channels.voice.models import Line, VoiceCall
from ligne.channels.voice.reads import facts_of
from ligne.channels.voice.rules import plans
from ligne.channels.voice.rules.flow import Call, Phase, Plan, meaning, words
from ligne.channels.voice.rules.flow.call import from_json
from ligne.channels.voice.services import messages, payments, recordings
from ligne.contacts import reads as contact_reads
from ligne.contacts import services as contacts
from ligne.customers import reads as customers
from ligne.kit import bus, clock, live, phones
from ligne.kit.errors import Conflict, DomainError, NotFound
from ligne.kit.prepared import Prepared
from ligne.kit.viewer import Viewer
from ligne.routing import reads as routing_reads
from ligne.routing import services as routing
from ligne.staff import reads as staff

CALL_BACK_WITHIN = timedelta(hours=2)
_DIALLED = Prepared(lambda number: Line.objects.filter(number=number, active=True, principal__active=True))


def line(dialled: str) -> tuple[plans.LineFacts, bool] | None:
    """The line of the number dialled and whether its queue takes calls now; None when it is nobody's."""
    number = phones.parse_or_none(dialled) or dialled
    found = _DIALLED.one(number=number)
    if found is None:
        return None
    facts = facts_of(found)
    try:
        opened = routing_reads.front(found.queue).open
    except NotFound:  # its queue was closed for good
        opened = False
    return facts, opened


def asks_who_calls(found: tuple[plans.LineFacts, bool]) -> bool:
    """Whether the way through the line is another one for callers who are known."""
    return bool(found[0].known_queue)


def is_known(found: tuple[plans.LineFacts, bool], caller: str) -> bool:
    """Whether exactly one customer of the line's company has this number."""
    viewer, number = Viewer.system(found[0].principal_id), phones.parse_or_none(caller) or caller
    told = customers.identify(viewer, principal_id=found[0].principal_id, phone=number, email="", name="")
    return told.state == "certain"


def plan(found: tuple[plans.LineFacts, bool], caller: str = "", *, known: bool = False) -> Plan:
    """The plan of one call to a line from `caller`, who is `known` or not."""
    facts, opened = found
    straight = plans.straight_to(facts, caller=phones.parse_or_none(caller) or caller, known=known)
    return plans.plan(facts, opened=opened, draw=random.random(), straight=straight)  # noqa: S311 - a sample


# -- the call's own row ----------------------------------------------------------------------------------------------


def _announce(call: Call, kind: type[CallEvent], **facts: Any) -> None:
    """Tell the journal, once the call is somebody's contact."""
    if call.contact_id is None:
        return
    contact = contact_reads.get(Viewer.system(call.plan.principal_id), call.contact_id)
    about = {"principal_id": contact.principal_id, "customer_id": contact.customer_id}
    bus.announce(kind(subject_id=contact.pk, call=call.id, **about, **facts))


def kept(exchange: str) -> list[Call]:
    """The calls that were under way at this exchange."""
    rows = VoiceCall.objects.filter(exchange=exchange, ended_at__isnull=True).order_by("started_at")
    return [_facts(row) for row in rows]


def _facts(row: VoiceCall) -> Call:
    """The facts of a call, with the contact that its row may know before them."""
    call = from_json(row.facts)
    return replace(call, contact_id=row.contact_id) if call.contact_id is None and call.phase == Phase.WAITING else call


def is_over(channel: str) -> bool:
    """Whether this channel brought a call that is over."""
    return VoiceCall.objects.filter(channel=channel, ended_at__isnull=False).exists()


def claim(call_id: str, exchange: str) -> Call | None:
    """A call that a person asked us to make, once: None when another controller makes it."""
    mine = VoiceCall.objects.filter(pk=call_id, exchange="", ended_at__isnull=True).update(exchange=exchange)
    return from_json(VoiceCall.objects.get(pk=call_id).facts) if mine else None


# -- commands --------------------------------------------------------------------------------------------------------


def do(call: Call, command: words.Command, caller: dict[str, Any]) -> list[words.Event]:
    """Do a command that is the spine's; returns what follows at once. What was settled meanwhile is no fault."""
    viewer = Viewer.system(call.plan.principal_id)
    try:
        return _do(viewer, call, command, caller)
    except DomainError:
        # somebody else was quicker: what stands now is told to the call
        return standing(call)


def _do(viewer: Viewer, call: Call, command: words.Command, caller: dict[str, Any]) -> list[words.Event]:
    match command:
        case words.Accept(user_id):
            return _accept(call, user_id)
        case words.PromiseCallBack():
            _promise(viewer, call, caller)
        case words.KeepMessage(name):
            messages.keep(call.id, name)
        case words.EndPayment(payment, why):
            payments.end_payment(payment, why)
        case words.Tell(what):
            _tell(call, what)
        case _ if call.contact_id is not None:
            return _do_with_contact(viewer, call, call.contact_id, command)
    return []


def _do_with_contact(viewer: Viewer, call: Call, contact_id: int, command: words.Command) -> list[words.Event]:
    match command:
        case words.GiveBack(user_id, cause):
            routing.give_back(contact_id=contact_id, user_id=user_id, cause=cause)
            return standing(call)
        case words.Abandon():
            contacts.abandon(viewer, contact_id=contact_id, cause="hung up")
        case words.EndContact(cause):
            contacts.abandon(viewer, contact_id=contact_id, cause=cause)  # in hand: it goes to wrap-up
        case words.GiveTo(user_id):
            return _give(viewer, call, contact_id, user_id)
        case words.TellPosition():
            place = routing_reads.place(contact_id)
            return [] if place is None else [words.Position(place.number, place.wait_s)]
    return []


def _give(viewer: Viewer, call: Call, contact_id: int, user_id: int) -> list[words.Event]:
    """They talk already; who took a call of their own in this very moment cannot have it: the customer waits on."""
    try:
        routing.hand_over(viewer, contact_id=contact_id, advisor_id=user_id)
    except Conflict:
        giver = contact_reads.get(viewer, contact_id).advisor_id
        if giver is not None:
            routing.give_back(contact_id=contact_id, user_id=giver, cause="colleague in a call")
        return standing(call)
    return []


def _accept(call: Call, user_id: int) -> list[words.Event]:
    """The advisor lifted the receiver: that accepts the offer, as the desk's button does."""
    found = staff.viewers([user_id]).get(user_id)
    item = routing_reads.item_of(found[1], call.contact_id) if found and call.contact_id is not None else None
    if found is None or item is None:
        return standing(call)
    routing.accept(found[1], item_id=item.pk)
    return [words.Accepted(user_id)]


@transaction.atomic
def _promise(viewer: Viewer, call: Call, caller: dict[str, Any]) -> None:
    if call.contact_id is None:
        return
    now = clock.now()
    item = routing_reads.item_of(viewer, call.contact_id)
    contacts.promise_call_back(
        viewer,
        principal_id=call.plan.principal_id,
        phone=str(caller.get("number") or ""),
        queue=call.queue,
        window_start=now,
        window_end=now + CALL_BACK_WITHIN,
        origin_id=call.contact_id,
        external_id=f"call:{call.id}",
        place_since=item.entered_at if item else now,
        place_priority=item.priority if item else 0,
    )
    contacts.abandon(viewer, contact_id=call.contact_id, cause="call back promised")


@transaction.atomic
def _tell(call: Call, what: str) -> None:
    if what == "objected":
        _announce(call, RecordingRefused)
        recordings.drop_of_call(call.id)
    else:
        people = {call.accepted_by, call.offered_to} - {None}
        data = {"what": what, "contact_id": call.contact_id}
        live.push_many((f"user:{user_id}", "notice", data) for user_id in people)


def standing(call: Call) -> list[words.Event]:
    """What the contact's state means to the call: told after each change, and when a controller takes the call over."""
    if call.contact_id is None:
        return []
    stands = contact_reads.standing([call.contact_id]).get(call.contact_id)
    return meaning(call, *stands) if stands else [words.Finished()]
