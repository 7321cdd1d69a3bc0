"""The months of the journal: each has a table of its own, made before it begins."""

from __future__ import annotations

from datetime import date, datetime

from django.db import connection, transaction

AHEAD = 3  # months after the present one
# Making a month waits for nobody longer than this: the next run tries again.
_PATIENCE = "2s"


def make_months(now: datetime) -> list[date]:
    """Make the tables of the present month and of the three after it that are missing; returns those made.

    Run daily: were it never to run, entries of a month without a table still find a place, only a slower one.
    """
    made = []
    for step in range(AHEAD + 1):
        year, month = divmod(now.year * 12 + now.month - 1 + step, 12)
        first = date(year, month + 1, 1)
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(f"SET LOCAL lock_timeout = '{_PATIENCE}'")
            cursor.execute("SELECT journal_make_month(%s)", [first])
            if cursor.fetchone()[0]:
                made.append(first)
    return made
