"""The desk's bar: what waits in the lines one serves. Every desk asks every few seconds, so it is one statement."""

from __future__ import annotations

from dataclasses import dataclass

from ligne.kit import clock, sql
from ligne.kit.viewer import Viewer
from ligne.routing.reads.lines import Service, midnight


@dataclass(frozen=True, slots=True)
class Bar:
    """The viewer's own `queues` (their number) together. `share` is today's service in per cent against `target`."""

    queues: int
    waiting: int
    oldest_s: int | None
    late: int
    share: int | None
    target: int


_ASKED = """
WITH mine AS MATERIALIZED (
    SELECT id, target_share FROM routing_queue AS queue
     WHERE active AND principal_id = ANY(%(houses)s)
       AND (EXISTS (SELECT 1 FROM routing_queue_members m WHERE m.queue_id = queue.id AND m.user_id = %(person)s)
         OR EXISTS (SELECT 1 FROM routing_loan l
                     WHERE l.queue_id = queue.id AND l.user_id = %(person)s AND l.until > %(now)s))
), line AS (
    SELECT count(*) AS waiting, min(entered_at) AS oldest, count(*) FILTER (WHERE due_at < %(now)s) AS late
      FROM routing_workitem
     WHERE queue_id IN (SELECT id FROM mine) AND state <> 'taken' AND (not_before IS NULL OR not_before <= %(now)s)
), served AS (
    SELECT count(*) AS taken, count(*) FILTER (WHERE in_time) AS good
      FROM routing_offer
     WHERE queue_id IN (SELECT id FROM mine) AND outcome = 'accepted' AND ended_at >= %(midnight)s
       AND in_time IS NOT NULL
)
SELECT (SELECT count(*) FROM mine), (SELECT coalesce(avg(target_share), 0) FROM mine),
       waiting, oldest, late, taken, good
  FROM line, served
"""


def bar(viewer: Viewer) -> Bar:
    """What waits in the queues the viewer serves, and how they are served today."""
    now = clock.now()
    given = {"houses": list(viewer.principals), "person": viewer.user_id, "now": now, "midnight": midnight(now)}
    queues, target, waiting, oldest, late, taken, good = sql.rows(_ASKED, given)[0]
    return Bar(
        queues=queues,
        waiting=waiting,
        oldest_s=int((now - oldest).total_seconds()) if oldest else None,
        late=late,
        share=Service(taken, good).share,
        target=round(target),
    )
