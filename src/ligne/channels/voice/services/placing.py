"""Calls become contacts that wait: many at once in the time of one."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Any

from django.db import transaction

from ligne.channels.voice.events import CallBegan
from ligne.channels.voice.models import VoiceCall
from ligne.channels.voice.rules.flow import Call
from ligne.channels.voice.rules.keeping import Kept
from ligne.channels.voice.services import keeping
from ligne.contacts import reads as contact_reads
from ligne.contacts import services as contacts
from ligne.contacts.ports import Sender
from ligne.contacts.services import Arrival
from ligne.kit import bus, sql
from ligne.kit.viewer import Viewer

# A contact in one of these states is the call's own; in any other it is over, and the call needs another.
OPEN = ("waiting", "offered", "active", "snoozed")


@dataclass(frozen=True, slots=True)
class Placing:
    """A call that is to wait in `queue`; `caller` as the exchange tells it: {"number", "name"}."""

    kept: Kept
    queue: str
    caller: dict[str, Any]

    @property
    def sender(self) -> Sender:
        """Who calls."""
        return Sender(name=str(self.caller.get("name") or ""), phone=str(self.caller.get("number") or ""))


def place(wanted: Sequence[Placing]) -> list[int]:
    """Make a contact of each call, in the same order; of one that is a contact already, nothing new.

    Rows know their contacts in the same transaction: routing may offer them at once.
    """
    found: dict[str, int] = {}
    with transaction.atomic():
        keeping.enter([one.kept for one in wanted])
        ids = sorted(one.kept.call.id for one in wanted)
        rows = VoiceCall.objects.select_for_update(of=("self",)).filter(pk__in=ids).order_by("pk")
        before = {call_id: contact_id for call_id, contact_id in rows.values_list("pk", "contact_id") if contact_id}
        stands = contact_reads.standing(list(before.values())) if before else {}
        fresh = []
        for one in wanted:
            call_id = one.kept.call.id
            if call_id not in before:
                fresh.append(one)
            elif (known := stands.get(before[call_id])) and known.state in OPEN:
                found[call_id] = before[call_id]
            else:  # a transfer that nobody answered
                found[call_id] = _again(one, before[call_id])
        found |= _fresh(fresh)
    return [found[one.kept.call.id] for one in wanted]


def _fresh(wanted: Sequence[Placing]) -> dict[str, int]:
    """Contacts for calls that never were one."""
    found: dict[str, int] = {}
    by_principal = sorted(wanted, key=lambda one: one.kept.call.plan.principal_id)
    for principal_id, group in groupby(by_principal, key=lambda one: one.kept.call.plan.principal_id):
        these = list(group)
        arrivals = [
            Arrival(
                channel="voice",
                sender=one.sender,
                external_id=f"call:{one.kept.call.id}",
                thread=one.kept.call.id,
                queue=one.queue,
            )
            for one in these
        ]
        numbers = contacts.arrive_many(Viewer.system(principal_id), principal_id=principal_id, arrivals=arrivals)
        found |= {one.kept.call.id: number for one, number in zip(these, numbers, strict=True)}
        _tie(found, [one.kept.call for one in these])
    return found


def _again(one: Placing, before: int) -> int:
    """Another contact for a call whose first one is over."""
    call = one.kept.call
    contact = contacts.arrive(
        Viewer.system(call.plan.principal_id),
        principal_id=call.plan.principal_id,
        channel="voice",
        sender=one.sender,
        external_id=f"call:{call.id}:{call.serial}",
        thread=call.id,
        queue=one.queue,
        previous_id=before,
    )
    _tie({call.id: contact.pk}, [call])
    return contact.pk


def _tie(contact_of: dict[str, int], calls: Sequence[Call]) -> None:
    """The rows of these calls name their contacts; the journal knows that the calls began."""
    sql.do(
        """
        UPDATE channel_voice_voicecall AS call SET contact_id = tied.contact
          FROM unnest(%(calls)s::text[], %(contacts)s::bigint[]) AS tied(id, contact) WHERE call.id = tied.id
        """,
        {"calls": [call.id for call in calls], "contacts": [contact_of[call.id] for call in calls]},
        planned=False,
    )
    customers = contact_reads.customers_of([contact_of[call.id] for call in calls])
    bus.announce_many(
        [
            CallBegan(
                subject_id=contact_of[call.id],
                principal_id=call.plan.principal_id,
                customer_id=customers.get(contact_of[call.id]),
                call=call.id,
                line=call.plan.line,
                direction=call.direction,
            )
            for call in calls
        ]
    )
