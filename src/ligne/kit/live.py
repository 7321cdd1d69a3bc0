"""Telling open pages that something changed.

A push names what changed, never what it says: the page then asks for the fragment, with its own rights. It is told
after commit (a NOTIFY inside the transaction would halve the database's throughput), all of a transaction's pushes in
one statement, and carried to browsers by `ligne.site.live`, which listens once per process.

What was said stays in the table `kit_said` for `KEPT_S`, so that a process which was not listening (it starts, it lost
its connection) finds it and no page asks for everything again. The table is unlogged: empty after the database crashed.

Topics: `user:<id>` one person's pages · `floor:<principal id>` supervisors · `contact:<id>` who works on a contact ·
`chat:<public id>` a customer's chat page.
"""

from __future__ import annotations

import json
import weakref
from collections.abc import Iterable
from typing import Any

from django.db import connection, transaction

CHANNEL = "ligne_live"
# On a person's topic: what they may follow has changed, or their session has ended. For the process, not the page.
ACCESS = "access"
KEPT_S = 120
# NOTIFY carries at most 8,000 bytes.
_LARGEST = 7000
_json = json.JSONEncoder(separators=(",", ":")).encode

# One at a time from number to commit, so that the order of numbers is the order in which everybody hears.
_SAY = """
WITH turn AS MATERIALIZED (SELECT pg_advisory_xact_lock(hashtextextended('ligne.live', 0))),
said AS (
    INSERT INTO kit_said (payload) SELECT payload FROM turn, string_to_table(%s, chr(10)) AS payload
    RETURNING transaction_id || '-' || id || ' ' || payload AS words
)
SELECT pg_notify(%s, words) FROM said
UNION ALL SELECT pg_notify(channel, '') FROM unnest(%s::text[]) AS channel
"""
_WAKE = "SELECT pg_notify(channel, '') FROM unnest(%s::text[]) AS channel"


def push(topic: str, name: str, **data: Any) -> None:
    """Tell the pages that follow `topic` that `name` happened, once the present transaction is committed.

    `data` is small and holds no personal information (ids, counts).
    """
    push_many([(topic, name, data)])


def push_many(pushes: Iterable[tuple[str, str, dict[str, Any]]]) -> None:
    """`push` each (topic, name, data); the same one twice in a transaction is told once."""
    words = [_words(*one) for one in pushes]
    if words:
        _tell(words, ())


def signal(channel: str) -> None:
    """Wake the process that listens to `channel`, once the present transaction is committed."""
    _tell((), (channel,))


def _tell(words: Iterable[str], channels: Iterable[str]) -> None:
    """Add to what the present transaction will tell; what a savepoint says is forgotten when it is rolled back."""
    here = set(connection.savepoint_ids)
    hooks: list[Any] = connection.run_on_commit
    before = next((hook for _, hook, _ in reversed(hooks) if isinstance(hook, _Telling)), None)
    if before is None or before.savepoints != here:
        telling = _Telling(here, before)
        telling.add(words, channels)
        transaction.on_commit(telling, robust=True)
    else:
        before.add(words, channels)


def _words(topic: str, name: str, data: dict[str, Any]) -> str:
    words = _json([topic, name, data])
    if len(words) > _LARGEST:
        raise ValueError(f"live push {name} too large; push an id and let the page ask")
    return words


class _Telling:
    """What one transaction, or one savepoint of it, will tell when it is committed, in the order it was said.

    Each is told by the next one, so that a transaction tells once. A savepoint that is rolled back takes its telling
    out of the world, and the one before it tells for itself again: hence the weak reference.
    """

    def __init__(self, savepoints: set[str], before: _Telling | None) -> None:
        self.savepoints = savepoints
        self._pushes: dict[str, None] = {}
        self._signals: dict[str, None] = {}
        self._before = before
        self._next: weakref.ref[_Telling] | None = None
        if before is not None:
            before._next = weakref.ref(self)

    def add(self, words: Iterable[str], channels: Iterable[str]) -> None:
        self._pushes.update(dict.fromkeys(words))
        self._signals.update(dict.fromkeys(channels))

    def __call__(self) -> None:
        if self._next is not None and self._next() is not None:
            return
        pushes, signals = self._all()
        with connection.cursor() as cursor:
            if pushes:
                # one text: to quote thousands of words as an array would take longer than everything else
                cursor.execute(_SAY, ["\n".join(_payloads(pushes)), CHANNEL, list(signals)])
            else:
                cursor.execute(_WAKE, [list(signals)])

    def _all(self) -> tuple[dict[str, None], dict[str, None]]:
        pushes, signals = self._before._all() if self._before is not None else ({}, {})
        return pushes | self._pushes, signals | self._signals


def _payloads(words: Iterable[str]) -> list[str]:
    """As few JSON lists as NOTIFY's size allows, each in one line."""
    payloads: list[str] = []
    held: list[str] = []
    size = 0
    for one in words:
        if held and size + len(one) + 1 > _LARGEST:
            payloads.append(f"[{','.join(held)}]")
            held, size = [], 0
        held.append(one)
        size += len(one) + 1
    if held:
        payloads.append(f"[{','.join(held)}]")
    return payloads
