"""Locks by name and in one order, so that two verbs never wait for each other.

Order: advisor's presence (10) → work item (20) → contact (30) → customer (40) → anything else. Each app offers named
functions (`staff.services.lock_presence`, `routing.services.lock_item`, `contacts.services.lock_contact`) built on
`row`; nobody calls `select_for_update` elsewhere.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, TypeVar

import psycopg
from django.db import connection, models
from django.db.transaction import TransactionManagementError

from ligne.kit import database
from ligne.kit.errors import NotFound
from ligne.kit.prepared import Prepared

M = TypeVar("M", bound=models.Model)
_locked: dict[tuple[Any, ...], Prepared[Any]] = {}


def row(model: type[M], **by: Any) -> M:
    """Lock the one row found `by`, wait for it if need be, and return it fresh. Raises `NotFound`."""
    if not connection.in_atomic_block:
        raise TransactionManagementError("A row is locked for the length of a transaction, and there is none.")
    locked = _locked.get((model, *by))
    if locked is None:
        locked = _locked[model, *by] = Prepared(
            lambda **by: model._default_manager.select_for_update(of=("self",)).filter(**by)
        )
    found: M | None = locked.one(**by)
    if found is None:
        raise NotFound
    return found


@contextmanager
def held(name: str) -> Iterator[bool]:
    """Hold the advisory lock `name` for as long as the block lasts, in a session of its own; yields False when another
    holds it."""
    with psycopg.connect(**database.session_parameters(), autocommit=True) as session:
        found = session.execute("SELECT pg_try_advisory_lock(hashtextextended(%s, 0))", [name]).fetchone()
        yield bool(found and found[0])


def advisory_here(name: str) -> None:
    """Wait for the advisory lock `name` and hold it until the present transaction ends."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", [name])
