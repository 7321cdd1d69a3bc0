"""The calls' own rows: kept many at once, so that another controller can take a call over."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from django.db import transaction

from ligne.channels.voice.events import CallEnded
from ligne.channels.voice.models import VoiceCall
from ligne.channels.voice.rules.flow import CUSTOMER, Call
from ligne.channels.voice.rules.flow.call import to_json
from ligne.channels.voice.rules.keeping import Kept
from ligne.contacts import reads as contact_reads
from ligne.kit import bus, live, sql

_NUMBER_LENGTH = VoiceCall._meta.get_field("number").max_length
_ROWS = """
WITH given AS MATERIALIZED (
    SELECT one.*, line.id AS line_id
      FROM jsonb_to_recordset(%(rows)s::jsonb) AS one(id text, principal bigint, line text, contact bigint,
           exchange text, direction text, phase text, number text, channel text, facts jsonb, at timestamptz,
           talked timestamptz, ended timestamptz, ended_by text)
      LEFT JOIN channel_voice_line AS line ON line.number = one.line
     ORDER BY one.id)
INSERT INTO channel_voice_voicecall AS call (id, principal_id, line_id, contact_id, exchange, direction, phase, number,
       channel, facts, started_at, talked_at, ended_at, ended_by)
SELECT id, principal, line_id, contact, exchange, direction, phase, number, channel, facts, at, talked, ended, ended_by
  FROM given
"""
_KEEP = (
    _ROWS
    + """
    ON CONFLICT (id) DO UPDATE
   SET exchange = excluded.exchange, phase = excluded.phase, facts = excluded.facts, ended_by = excluded.ended_by,
       contact_id = coalesce(excluded.contact_id, call.contact_id),
       talked_at = coalesce(call.talked_at, excluded.talked_at), ended_at = excluded.ended_at
 WHERE call.ended_at IS NULL
RETURNING id, talked_at
"""
)
_ENTER = _ROWS + " ON CONFLICT (id) DO NOTHING"


@transaction.atomic
def keep(these: Sequence[Kept]) -> None:
    """Keep the facts of calls; the end of one is told to the journal. What is over stays as it was."""
    talked = dict(sql.rows(_KEEP, {"rows": _rows(these)}))
    told = [one for one in these if one.call.id in talked]
    ended = [one for one in told if one.ended_at and one.call.contact_id is not None]
    customers = contact_reads.customers_of([one.call.contact_id for one in ended if one.call.contact_id is not None])
    bus.announce_many(
        [
            CallEnded(
                subject_id=one.call.contact_id,
                principal_id=one.call.plan.principal_id,
                customer_id=customers.get(one.call.contact_id),
                call=one.call.id,
                by=one.call.ended_by,
                talked_s=(one.ended_at - talked[one.call.id]).total_seconds() if talked[one.call.id] else None,
            )
            for one in ended
            if one.call.contact_id is not None and one.ended_at is not None
        ]
    )
    live.push_many(push for one in told for push in _told_to_desks(one.call))


def enter(these: Sequence[Kept]) -> None:
    """Have a row for each of these calls, as they are now where there is none. Stands in a transaction."""
    sql.do(_ENTER, {"rows": _rows(these)})


def _rows(these: Sequence[Kept]) -> str:
    return json.dumps([_row(one) for one in these])


def _row(kept: Kept) -> dict[str, Any]:
    call = kept.call
    customer = call.leg(CUSTOMER)
    return {
        "id": call.id,
        "principal": call.plan.principal_id,
        "line": call.plan.line,
        "contact": call.contact_id,
        "exchange": kept.exchange,
        "direction": call.direction,
        "phase": call.phase,
        "number": customer.number[:_NUMBER_LENGTH] if customer else "",
        "channel": customer.channel if customer else "",
        "facts": to_json(call),
        "at": kept.at.isoformat(),
        "talked": kept.talked_at and kept.talked_at.isoformat(),
        "ended": kept.ended_at and kept.ended_at.isoformat(),
        "ended_by": call.ended_by,
    }


def _told_to_desks(call: Call) -> list[tuple[str, str, dict[str, Any]]]:
    people = {leg.user_id for leg in call.legs} | {call.accepted_by, call.offered_to}
    return [(f"user:{user_id}", "call", {"contact_id": call.contact_id}) for user_id in people - {None}]
