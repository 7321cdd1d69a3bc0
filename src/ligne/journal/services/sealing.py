"""Sealing: batches of settled entries, chained by hash, without ever making a writer wait.

A transaction is settled when no running transaction is as old: its number is below the snapshot's `xmin`, so nothing
with a number below can still appear. A seal therefore covers a window of transaction numbers, and neither gaps in the
ids, nor rolled back transactions, nor a transaction open for hours can slip an entry past it.

Numbers have a meaning only within one cluster, which entries therefore name. After a restore elsewhere the entries that
came along are all settled; they get a seal of their own before the new cluster's first.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from django.db import connection, transaction

from ligne.journal.models import Seal
from ligne.journal.rules import chain
from ligne.kit import clock

PAGE = 5000
_FIELDS = (
    "id, at, kind, actor_id, actor_kind, principal_id, customer_id, subject_type, subject_id, data, personal_digest, "
    "cluster, xid::text::numeric"
)


def seal() -> Seal | None:
    """Seal all settled entries that no seal covers yet; returns the last seal made, None when there was nothing to do.

    One sealer works at a time; a second one returns None at once.
    """
    made = None
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_xact_lock(hashtextextended('journal.seal', 0))")
        if not cursor.fetchone()[0]:
            return None
        cursor.execute("SELECT journal_cluster(), pg_snapshot_xmin(pg_current_snapshot())::text::numeric")
        here, settled = cursor.fetchone()
        for cluster, end in [*_elsewhere(here), (here, int(settled))]:
            made = _write(chain.Window(cluster, _sealed_to(cluster), end)) or made
    return made


def lines(window: chain.Window) -> Iterator[chain.Line]:
    """The entries of a window in sealing order (transaction, then id), read page by page."""
    after_xid, after_id = window.from_xid, 0
    while True:
        with connection.cursor() as cursor:
            cursor.execute(
                f"SELECT {_FIELDS} FROM journal_entry "  # noqa: S608 - our own column names
                "WHERE cluster = %s AND (xid, id) > (%s::text::xid8, %s) AND xid < %s::text::xid8 "
                f"ORDER BY xid, id LIMIT {PAGE}",
                [window.cluster, str(after_xid), after_id, str(window.to_xid)],
            )
            rows = cursor.fetchall()
        for row in rows:
            yield _line(row)
        if len(rows) < PAGE:
            return
        after_xid, after_id = int(rows[-1][12]), rows[-1][0]


def _line(row: tuple[Any, ...]) -> chain.Line:
    """A database row, in the order of `_FIELDS`, as it is hashed."""
    *facts, data, personal_digest, cluster, xid = row
    decoded = json.loads(data) if isinstance(data, str) else data
    return chain.Line(*facts, decoded, personal_digest, cluster, int(xid))  # type: ignore[call-arg]


def _elsewhere(here: int) -> list[tuple[int, int]]:
    """Clusters other than this one with entries beyond their last seal, each with the end of its entries."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT e.cluster, max(e.xid::text::numeric) + 1 FROM journal_entry e "
            "WHERE e.cluster <> %s AND e.xid >= coalesce("
            "  (SELECT max(s.to_xid::text::numeric)::text::xid8 FROM journal_seal s WHERE s.cluster = e.cluster), '0'"
            ") GROUP BY e.cluster ORDER BY e.cluster",
            [here],
        )
        return [(cluster, int(end)) for cluster, end in cursor.fetchall()]


def _sealed_to(cluster: int) -> int:
    """Where the next seal of `cluster` begins."""
    last = Seal.objects.filter(cluster=cluster).order_by("-id").first()
    return last.to_xid if last else 0


def _write(window: chain.Window) -> Seal | None:
    """A seal over `window` after the last one, unless it is empty."""
    last = Seal.objects.order_by("-id").first()
    previous = last.digest if last else chain.GENESIS
    digest = chain.SealDigest(previous, window)
    digest.add(lines(window))
    if not digest.count:
        return None
    return Seal.objects.create(
        id=last.id + 1 if last else 1,
        cluster=window.cluster,
        from_xid=window.from_xid,
        to_xid=window.to_xid,
        count=digest.count,
        previous=previous,
        digest=digest.finish(),
        sealed_at=clock.now(),
    )
