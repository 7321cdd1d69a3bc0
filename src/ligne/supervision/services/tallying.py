"""The counters as tables: waiting changes are added to them, and they are made again from the rows of facts.

Both are set-based: their cost is that of the rows they read, whatever stands in the tables beside.
"""

from __future__ import annotations

from datetime import date
from typing import Any

from django.db import connection, transaction
from django.utils import timezone

from ligne.staff import reads as staff
from ligne.supervision.rules import counting

BATCH = 10_000
_COLUMNS = ", ".join(counting.MEASURES)
_SUMS = ", ".join(f"sum({m})" for m in counting.MEASURES)
_OWN_COLUMNS = ", ".join(counting.PERSONAL)
_OWN_SUMS = ", ".join(f"sum({m})" for m in counting.PERSONAL)


def _add(table: str, measures: tuple[str, ...]) -> str:
    return ", ".join(f"{m} = {table}.{m} + EXCLUDED.{m}" for m in measures)


# What each statement reads from: `changes`, rows of (principal, queue, channel, advisor, day, slot, measures).
_BY_QUEUE = f"""
    INSERT INTO supervision_daycount (principal_id, queue_id, channel, day, slot, {_COLUMNS})
    SELECT min(principal_id), queue_id, channel, day, slot, {_SUMS} FROM changes
     GROUP BY queue_id, channel, day, slot ORDER BY queue_id, channel, day, slot
        ON CONFLICT (queue_id, channel, day, slot) DO UPDATE SET {_add("supervision_daycount", counting.MEASURES)}
"""  # noqa: S608 - column names of our own
_BY_ADVISOR = f"""
    INSERT INTO supervision_advisorcount (principal_id, advisor_id, channel, day, hour, {_OWN_COLUMNS})
    SELECT principal_id, advisor_id, channel, day, slot / 2, {_OWN_SUMS} FROM changes WHERE advisor_id IS NOT NULL
     GROUP BY advisor_id, principal_id, channel, day, slot / 2 ORDER BY advisor_id, principal_id, channel, day, slot / 2
        ON CONFLICT (advisor_id, principal_id, channel, day, hour)
        DO UPDATE SET {_add("supervision_advisorcount", counting.PERSONAL)}
"""  # noqa: S608 - column names of our own


def fold() -> int:
    """Add waiting changes to the counters, in one statement; returns how many half-hours were touched. One does so at a
    time: another that comes meanwhile returns 0 at once."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_xact_lock(hashtextextended('supervision.fold', 0))")
        if not cursor.fetchone()[0]:
            return 0
        cursor.execute(
            f"""
            WITH changes AS (
                DELETE FROM supervision_countdelta WHERE id IN (
                    SELECT id FROM supervision_countdelta ORDER BY id LIMIT {BATCH} FOR UPDATE SKIP LOCKED)
                RETURNING *),
            people AS ({_BY_ADVISOR})
            {_BY_QUEUE}
            """  # noqa: S608 - statements of our own
        )
        return int(cursor.rowcount)


# `rules.counting.contributions`, of every row of facts at once. A test holds the two against each other.
_ARRIVED = """
    SELECT principal_id, queue_id, channel, NULL::bigint AS advisor_id, arrived_at AS at,
           1 AS offered, (answered_at IS NOT NULL)::int AS answered,
           coalesce(answered_at <= due_at, false)::int AS in_target,
           (outcome = 'abandoned')::int AS abandoned,
           (outcome = 'abandoned' AND coalesce(closed_at <= due_at, false))::int AS abandoned_in_target,
           0 AS handled, 0 AS resolved,
           coalesce(greatest(0, floor(extract(epoch FROM answered_at - arrived_at)))::bigint, 0) AS wait_s,
           0::bigint AS handle_s
      FROM supervision_contactfact
     WHERE direction = 'in' AND outcome <> ALL (%(not_counted)s) AND arrived_at >= %(start)s AND arrived_at < %(end)s
"""
_HANDLED = """
    SELECT principal_id, queue_id, channel, advisor_id, closed_at, 0, 0, 0, 0, 0, 1, (outcome = 'resolved')::int, 0,
           greatest(0, floor(extract(epoch FROM closed_at - accepted_at)))::bigint
      FROM supervision_contactfact
     WHERE accepted_at IS NOT NULL AND outcome <> ALL (%(not_counted)s) AND outcome <> 'abandoned'
       AND closed_at >= %(start)s AND closed_at < %(end)s
"""


@transaction.atomic
def tally(first: date, last: date) -> None:
    """Count the days from `first` to `last` again from the rows of facts. Who may add to them meanwhile must be kept
    away by the caller."""
    facts: dict[str, Any] = {
        "start": staff.day_bounds(first)[0],
        "end": staff.day_bounds(last)[1],
        "zone": timezone.get_default_timezone_name(),
        "not_counted": list(counting.NOT_COUNTED),
    }
    with connection.cursor() as cursor:
        for table in ("daycount", "advisorcount", "countdelta"):
            cursor.execute(
                f"DELETE FROM supervision_{table} WHERE day >= %s AND day <= %s",  # noqa: S608 - our own names
                [first, last],
            )
        cursor.execute(
            f"""
            CREATE TEMPORARY TABLE changes ON COMMIT DROP AS
            SELECT principal_id, queue_id, channel, advisor_id, local::date AS day,
                   (extract(hour FROM local) * 2 + floor(extract(minute FROM local) / 30))::int AS slot, {_SUMS_AS}
              FROM (SELECT *, at AT TIME ZONE %(zone)s AS local FROM ({_ARRIVED} UNION ALL {_HANDLED}) AS one) AS all_of
             GROUP BY 1, 2, 3, 4, 5, 6
            """,  # noqa: S608 - statements of our own
            facts,
        )
        cursor.execute(_BY_ADVISOR)
        cursor.execute(_BY_QUEUE)
        cursor.execute("DROP TABLE changes")


_SUMS_AS = ", ".join(f"sum({m}) AS {m}" for m in counting.MEASURES)
