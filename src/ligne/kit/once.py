"""A request sent again is done once.

When a database leader is lost in the middle of a commit nobody can tell whether it was done. A request that carries an
`Idempotency-Key` may therefore be sent again: the first verb that announces what happened claims the key in its own
transaction, so that key and deed are kept together or not at all. Later ones with the same key are told
`AlreadyDone`, and nothing is done twice.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass

from django.db import connection

from ligne.kit import clock
from ligne.kit.errors import AlreadyDone

KEPT_HOURS = 24
LONGEST_KEY = 200


@dataclass(slots=True)
class _Request:
    """One request: the digest under which it is known, and whether it has claimed it."""

    digest: str
    claimed: bool = False


_present: ContextVar[_Request | None] = ContextVar("request_done_once", default=None)


@contextmanager
def request(key: str, *whose: str) -> Iterator[None]:
    """Within this block the first announcement claims `key`, which means something only together with `whose`."""
    digest = hashlib.sha256("\n".join((key, *whose)).encode()).hexdigest()
    token = _present.set(_Request(digest))
    try:
        yield
    finally:
        _present.reset(token)


def claim() -> None:
    """Claim the present request's key in the present transaction, if it has one. Raises `AlreadyDone`.

    A claim of the same key under way elsewhere is waited for: it is known only then whether that one was done.
    """
    present = _present.get()
    if present is None or present.claimed:
        return
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO kit_done (digest, at) VALUES (%s, %s) ON CONFLICT DO NOTHING", [present.digest, clock.now()]
        )
        if cursor.rowcount == 0:
            raise AlreadyDone
    present.claimed = True


def forget_old() -> None:
    """Drop the keys that nobody sends again any more."""
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM kit_done WHERE at < %s", [clock.ago(hours=KEPT_HOURS)])
