"""Writing entries: one INSERT, no lock, no writer waits for another."""

from __future__ import annotations

import json
import secrets
from collections.abc import Iterable
from datetime import datetime
from typing import Any

from ligne.journal.rules import chain
from ligne.kit import acting, copying, sql
from ligne.kit.bus import Event

SYSTEM = "system"

_ENTRY = (
    "INSERT INTO journal_entry (at, kind, actor_id, actor_kind, principal_id, customer_id, subject_type, subject_id, "
    "data, personal_digest) VALUES (%(at)s, %(kind)s, %(actor_id)s, %(actor_kind)s, %(principal_id)s, %(customer_id)s, "
    "%(subject_type)s, %(subject_id)s, %(data)s::jsonb, %(personal_digest)s) RETURNING id"
)
_COLUMNS = (
    *("at", "kind", "actor_id", "actor_kind", "principal_id", "customer_id", "subject_type", "subject_id"),
    *("data", "personal_digest", "id", "cluster"),
)
# The cluster's name is read once for all of them: the column's own default opens a file for each.
_NUMBERS = """
WITH here AS MATERIALIZED (
    SELECT journal_cluster() AS cluster, pg_get_serial_sequence('journal_entry', 'id')::regclass AS name)
SELECT nextval(name), cluster FROM here, generate_series(1, %(count)s)
"""
_WITH_PERSONAL = (
    f"WITH entry AS ({_ENTRY}) "  # noqa: S608 - two constants
    "INSERT INTO journal_entrypersonal (entry_id, fields, salt) SELECT id, %(fields)s::jsonb, %(salt)s FROM entry "
    "RETURNING entry_id"
)


def record(event: Event, at: datetime) -> int:
    """Write the entry of `event`, which happened at the instant `at`; returns its id.

    Fields that the event declares personal are kept apart from the entry, which holds only their salted digest.
    """
    entry, personal = _values(event, at)
    given = dict(zip(_COLUMNS, entry, strict=False))
    if personal is None:
        [(number,)] = sql.rows(_ENTRY, given)
    else:
        fields, salt = personal
        [(number,)] = sql.rows(_WITH_PERSONAL, {**given, "fields": fields, "salt": salt})
    return int(number)


def record_many(events: Iterable[tuple[Event, datetime]]) -> list[int]:
    """`record` for many events at once (imports, replays); returns their ids in the same order."""
    rows = [_values(event, at) for event, at in events]
    if not rows:
        return []
    numbers = sql.rows(_NUMBERS, {"count": len(rows)})
    copying.write("journal_entry", _COLUMNS, [(*entry, *own) for own, (entry, _) in zip(numbers, rows, strict=True)])
    kept = [(own[0], *personal) for own, (_, personal) in zip(numbers, rows, strict=True) if personal is not None]
    if kept:
        copying.write("journal_entrypersonal", ("entry_id", "fields", "salt"), kept)
    return [int(own[0]) for own in numbers]


def _values(event: Event, at: datetime) -> tuple[list[Any], list[Any] | None]:
    """The columns of the entry, and those of its personal part when there is something personal."""
    facts = chain.plain(event.facts())
    personal = {name: facts.pop(name) for name in event.personal if name in facts}
    personal = {name: value for name, value in personal.items() if value not in (None, "", [], {})}
    salt = secrets.token_hex(16) if personal else ""
    entry = [
        at,
        event.kind,
        event.actor_id,
        SYSTEM if event.actor_id is None else acting.means(),
        event.principal_id,
        event.customer_id,
        event.subject_type,
        event.subject_id,
        json.dumps(facts),
        chain.personal_digest(salt, personal) if personal else "",
    ]
    return entry, [json.dumps(personal), salt] if personal else None
