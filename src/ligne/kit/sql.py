"""Statements written by hand, for the few questions that are asked at every keystroke.

PostgreSQL plans them once for each connection; not where a pooler gives each transaction another one (settings.
DATABASE_DIRECT tells that there is one), nor while the queries of a test are counted.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar

import psycopg
from django.conf import settings
from django.db import connection
from django.db.models import QuerySet

R = TypeVar("R")
_AFTER = 3  # uses of one statement on one connection


def rows(statement: str, given: Mapping[str, Any]) -> list[tuple[Any, ...]]:
    """The rows that `statement` answers with, its `%(names)s` filled from `given`."""
    if connection.queries_logged or getattr(settings, "DATABASE_DIRECT", None):
        with connection.cursor() as plain:
            plain.execute(statement, dict(given))
            return list(plain.fetchall())
    connection.ensure_connection()
    with connection.wrap_database_errors:
        raw: psycopg.Connection[Any] = connection.connection
        if raw.prepare_threshold is None:
            raw.prepare_threshold = _AFTER  # Django's own cursors never prepare
        with psycopg.Cursor(raw) as cursor:
            return cursor.execute(statement, given).fetchall()


def one(found: QuerySet[Any, R]) -> R | None:
    """The row of a question that has one answer at most; None when it has none.

    `first()` would sort that one row, and making the statement so costs a third of asking it.
    """
    for row in found[:1]:
        return row
    return None
