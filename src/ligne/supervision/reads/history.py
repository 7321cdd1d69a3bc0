"""Past days, and one's own results."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, datetime

from django.db.models import Avg, Count, F, Q

from ligne.kit import clock
from ligne.kit.errors import Forbidden, Invalid
from ligne.kit.text import N_
from ligne.kit.viewer import ADMINISTRATOR, QUALITY, SUPERVISOR, Viewer
from ligne.routing import reads as routing
from ligne.staff import reads as staff
from ligne.supervision.models import ContactFact
from ligne.supervision.reads.counts import pending_by_day, sums
from ligne.supervision.rules.figures import Counts

LONGEST = 400  # days


@dataclass(frozen=True, slots=True)
class DayRow:
    """One queue on one day."""

    day: date
    queue: str
    principal: str
    target_s: int
    target_share: int
    counts: Counts
    queue_slug: str = ""


@dataclass(frozen=True, slots=True)
class Results:
    """What one person did on a day: exchanges handled, mean handling time (s), in hand now."""

    handled: int
    mean_handle_s: float | None
    resolved: int
    in_hand: int


def history(viewer: Viewer, first: date, last: date, *, queue: str = "") -> list[DayRow]:
    """Counts per day and queue between two days included, newest day first. Raises `Invalid` for a period that is
    backwards or longer than 400 days."""
    if not viewer.has_role(SUPERVISOR, QUALITY, ADMINISTRATOR):
        raise Forbidden
    if last < first or (last - first).days > LONGEST:
        raise Invalid(N_("Choose a period of 1 to %(days)s days."), field="first", days=LONGEST)
    queues = {q.pk: q for q in routing.visible(viewer) if not queue or q.slug == queue}
    undecided = pending_by_day(viewer, staff.day_bounds(first)[0], clock.now())
    rows = [
        DayRow(
            day,
            q.name,
            q.principal.name,
            q.target_s,
            q.target_share,
            replace(counts, pending=undecided.get((day, queue_id), 0)),
            q.slug,
        )
        for (day, queue_id), counts in sums(viewer, first, last, "day", "queue_id").items()
        if isinstance(day, date) and isinstance(queue_id, int) and (q := queues.get(queue_id)) and any(_shown(counts))
    ]
    return sorted(rows, key=lambda row: (-row.day.toordinal(), row.principal, row.queue))


def _shown(counts: Counts) -> tuple[int, ...]:
    return counts.offered, counts.handled


def own_results(viewer: Viewer, day: date) -> Results:
    """The viewer's own day. Nobody else's: a supervisor reads a team's figures together."""
    start, end = staff.day_bounds(day)
    mine = ContactFact.objects.filter(advisor_id=viewer.user_id, principal_id__in=viewer.principals)
    done = _closed(start, end)
    found = mine.aggregate(
        handled=Count("contact_id", filter=done),
        resolved=Count("contact_id", filter=done & Q(outcome="resolved")),
        in_hand=Count("contact_id", filter=Q(closed_at__isnull=True, state__in=["active", "wrap_up"])),
        mean=Avg(F("closed_at") - F("accepted_at"), filter=done),
    )
    mean = found["mean"]
    return Results(
        handled=found["handled"],
        mean_handle_s=mean.total_seconds() if mean is not None else None,
        resolved=found["resolved"],
        in_hand=found["in_hand"],
    )


def _closed(start: datetime, end: datetime) -> Q:
    return Q(closed_at__gte=start, closed_at__lt=end, accepted_at__isnull=False) & ~Q(outcome__in=["abandoned", "spam"])
