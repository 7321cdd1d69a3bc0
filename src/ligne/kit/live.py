"""Telling open pages that something changed.

A push names what changed, never what it says: the page then asks for the fragment, with its own rights. It is sent by
NOTIFY after commit (inside the transaction it would halve the database's throughput) and carried to browsers by
`ligne.site.live`, which listens once per process.

Topics: `user:<id>` one person's pages · `floor:<principal id>` supervisors · `contact:<id>` who works on a contact ·
`chat:<public id>` a customer's chat page.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any

from django.db import connection, transaction

CHANNEL = "ligne_live"


def push(topic: str, name: str, **data: Any) -> None:
    """Tell the pages that follow `topic` that `name` happened, once the present transaction is committed.

    `data` is small and holds no personal information (ids, counts): NOTIFY carries at most 8,000 bytes.
    """
    push_many([(topic, name, data)])


def push_many(pushes: Iterable[tuple[str, str, dict[str, Any]]]) -> None:
    """`push` each (topic, name, data), in one statement; the same one twice is told once."""
    payloads = list(dict.fromkeys(_payload(*one) for one in pushes))
    if payloads:
        transaction.on_commit(lambda: _notify(payloads), robust=True)


def _payload(topic: str, name: str, data: dict[str, Any]) -> str:
    payload = json.dumps({"topic": topic, "name": name, "data": data}, separators=(",", ":"))
    if len(payload) > 7000:
        raise ValueError(f"live push {name} too large; push an id and let the page ask")
    return payload


def _notify(payloads: list[str]) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_notify(%s, payload) FROM unnest(%s::text[]) AS payload", [CHANNEL, payloads])
