"""Forgetting a person: their personal fields go, the chain stays verifiable, the erasure is itself an entry."""

from __future__ import annotations

from collections.abc import Iterable

from django.db import connection, transaction

from ligne.journal.events import PersonForgotten
from ligne.journal.services.recording import record
from ligne.kit import clock

FORGOTTEN = PersonForgotten.kind

# Entries of the customer, and entries of things that were theirs at last (a mail arrived before it was identified).
_THEIRS = """
SELECT id FROM journal_entry WHERE customer_id = %(customer)s AND personal_digest <> ''
UNION
SELECT e.id FROM journal_entry e
JOIN (
    SELECT DISTINCT subject_type, subject_id FROM journal_entry WHERE customer_id = %(customer)s
) s USING (subject_type, subject_id)
WHERE e.customer_id IS NULL AND e.personal_digest <> '' AND %(customer)s = (
    SELECT o.customer_id FROM journal_entry o
    WHERE o.subject_type = e.subject_type AND o.subject_id = e.subject_id AND o.customer_id IS NOT NULL
    ORDER BY o.id DESC LIMIT 1
)
UNION
SELECT e.id FROM journal_entry e
JOIN unnest(%(types)s::text[], %(ids)s::bigint[]) AS also(subject_type, subject_id) USING (subject_type, subject_id)
WHERE e.personal_digest <> ''
"""


def forget(
    customer_id: int,
    *,
    subjects: Iterable[tuple[str, int]] = (),
    principal_id: int | None = None,
    actor_id: int | None = None,
) -> int:
    """Erase the personal fields of every entry about the customer, and about `subjects` (("contact", 12), …).

    Returns how many entries lost theirs. Doing it again erases nothing and writes nothing.
    """
    also = list(subjects)
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(
            f"SELECT journal_erase(ARRAY({_THEIRS}))::text",
            {"customer": customer_id, "types": [kind for kind, _ in also], "ids": [number for _, number in also]},
        )
        gone = str(cursor.fetchone()[0])
        if gone == "{}":
            return 0
        event = PersonForgotten(
            subject_id=customer_id,
            customer_id=customer_id,
            principal_id=principal_id,
            actor_id=actor_id,
            entries=gone,
        )
        record(event, clock.now())
        cursor.execute("SELECT sum(upper(r) - lower(r)) FROM unnest(%s::int8multirange) AS r", [gone])
        return int(cursor.fetchone()[0])
