"""What the controller asks of the centre: synchronous here, run in threads by `process`."""

from __future__ import annotations

import random
from datetime import timedelta
from typing import Any

from django.db import transaction
from psycopg.types.json import Jsonb

from ligne.channels.voice.events import CallBegan, CallEnded, CallEvent, RecordingRefused
from ligne.channels.voice.models import Line, VoiceCall
from ligne.channels.voice.reads import facts_of
from ligne.channels.voice.rules import plans
from ligne.channels.voice.rules.flow import CUSTOMER, Call, Phase, Plan, words
from ligne.channels.voice.rules.flow.call import from_json, to_json
from ligne.channels.voice.services import messages, payments, recordings
from ligne.contacts import reads as contact_reads
from ligne.contacts import services as contacts
from ligne.contacts.ports import Sender
from ligne.customers import reads as customers
from ligne.kit import bus, clock, live, phones, sql
from ligne.kit.errors import DomainError, NotFound
from ligne.kit.prepared import Prepared
from ligne.kit.viewer import Viewer
from ligne.routing import reads as routing_reads
from ligne.routing import services as routing
from ligne.staff import reads as staff

CALL_BACK_WITHIN = timedelta(hours=2)
_NUMBER_LENGTH = VoiceCall._meta.get_field("number").max_length


_DIALLED = Prepared(lambda number: Line.objects.filter(number=number, active=True, principal__active=True))


def plan(dialled: str, caller: str = "") -> Plan | None:
    """The plan of a call from `caller` to the number dialled; None when it is nobody's."""
    number = phones.parse_or_none(dialled) or dialled
    line = _DIALLED.one(number=number)
    if line is None:
        return None
    facts = facts_of(line)
    try:
        opened = routing_reads.front(line.queue).open
    except NotFound:  # its queue was closed for good
        opened = False
    straight = ""
    if line.known_queue or line.callers:
        sender = phones.parse_or_none(caller) or caller
        straight = plans.straight_to(facts, caller=sender, known=bool(line.known_queue) and _is_known(line, sender))
    return plans.plan(facts, opened=opened, draw=random.random(), straight=straight)  # noqa: S311 - a sample


def _is_known(line: Line, number: str) -> bool:
    viewer = Viewer.system(line.principal_id)
    found = customers.identify(viewer, principal_id=line.principal_id, phone=number, email="", name="")
    return found.state == "certain"


# -- the call's own row ----------------------------------------------------------------------------------------------


_KEEP = """
INSERT INTO channel_voice_voicecall AS call (id, principal_id, line_id, contact_id, exchange, direction, phase, number,
       channel, facts, started_at, talked_at, ended_at, ended_by)
VALUES (%(id)s, %(principal)s, (SELECT id FROM channel_voice_line WHERE number = %(line)s), %(contact)s, %(exchange)s,
       %(direction)s, %(phase)s, %(number)s, %(channel)s, %(facts)s, %(now)s, %(talked)s, %(ended)s, %(by)s)
    ON CONFLICT (id) DO UPDATE
   SET exchange = excluded.exchange, phase = excluded.phase, facts = excluded.facts, ended_by = excluded.ended_by,
       contact_id = coalesce(excluded.contact_id, call.contact_id),
       talked_at = coalesce(call.talked_at, excluded.talked_at), ended_at = excluded.ended_at
 WHERE call.ended_at IS NULL
RETURNING talked_at
"""


@transaction.atomic
def keep(call: Call, exchange: str) -> None:
    """Keep the facts of a call so that another controller can take it over; its end is told to the journal.

    What is over stays as it was. Each passage of each call comes here: one statement.
    """
    now = clock.now()
    customer = call.leg(CUSTOMER)
    given = {
        "id": call.id,
        "principal": call.plan.principal_id,
        "line": call.plan.line,
        "contact": call.contact_id,
        "exchange": exchange,
        "direction": call.direction,
        "phase": call.phase,
        "number": customer.number[:_NUMBER_LENGTH] if customer else "",
        "channel": customer.channel if customer else "",
        "facts": Jsonb(to_json(call)),
        "now": now,
        "talked": now if call.phase == Phase.TALKING else None,
        "ended": now if call.phase == Phase.ENDED else None,
        "by": call.ended_by,
    }
    for (talked_at,) in sql.rows(_KEEP, given):
        if call.phase == Phase.ENDED:
            talked_s = (now - talked_at).total_seconds() if talked_at else None
            _announce(call, CallEnded, by=call.ended_by, talked_s=talked_s)
        _tell_desk(call)


def _announce(call: Call, kind: type[CallEvent], **facts: Any) -> None:
    """Tell the journal, once the call is somebody's contact."""
    if call.contact_id is None:
        return
    contact = contact_reads.get(Viewer.system(call.plan.principal_id), call.contact_id)
    about = {"principal_id": contact.principal_id, "customer_id": contact.customer_id}
    bus.announce(kind(subject_id=contact.pk, call=call.id, **about, **facts))


def _tell_desk(call: Call) -> None:
    people = {leg.user_id for leg in call.legs} | {call.accepted_by, call.offered_to}
    live.push_many((f"user:{user_id}", "call", {"contact_id": call.contact_id}) for user_id in people - {None})


def kept(exchange: str) -> list[Call]:
    """The calls that were under way at this exchange."""
    rows = VoiceCall.objects.filter(exchange=exchange, ended_at__isnull=True).order_by("started_at")
    return [from_json(row.facts) for row in rows]


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
        case words.Place(queue):
            return [words.Placed(_place(viewer, call, queue, caller))]
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
            routing.hand_over(viewer, contact_id=contact_id, advisor_id=user_id)
        case words.TellPosition():
            place = routing_reads.place(contact_id)
            return [] if place is None else [words.Position(place.number, place.wait_s)]
    return []


@transaction.atomic
def _place(viewer: Viewer, call: Call, queue: str, caller: dict[str, Any]) -> int:
    """Make a contact of the call. Its row knows the contact in the same transaction: routing may offer it at once."""
    row = VoiceCall.objects.select_for_update(of=("self",)).get(pk=call.id)
    again = f":{call.serial}" if row.contact_id else ""  # a transfer that nobody answered
    contact = contacts.arrive(
        viewer,
        principal_id=call.plan.principal_id,
        channel="voice",
        sender=Sender(name=str(caller.get("name") or ""), phone=str(caller.get("number") or "")),
        external_id=f"call:{call.id}{again}",
        thread=call.id,
        queue=queue,
        previous_id=row.contact_id,
    )
    VoiceCall.objects.filter(pk=call.id).update(contact=contact)
    if contact.is_new:
        bus.announce(
            CallBegan(
                subject_id=contact.pk,
                principal_id=contact.principal_id,
                customer_id=contact.customer_id,
                call=call.id,
                line=call.plan.line,
                direction=call.direction,
            )
        )
    return contact.pk


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
    contact = contact_reads.get(Viewer.system(call.plan.principal_id), call.contact_id)
    if contact.state == "offered" and contact.advisor_id is not None:
        return [words.Offered(contact.advisor_id)]
    if contact.state == "active" and contact.advisor_id is not None:
        return [words.Accepted(contact.advisor_id)]
    if contact.state == "waiting":
        if call.accepted_by is not None or call.queue != contact.queue:
            return [words.Requeued(contact.queue)]
        return [words.Withdrawn()]
    return [words.Finished()] if contact.state in {"wrap_up", "closed"} else []
