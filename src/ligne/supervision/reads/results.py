"""One's own results."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from django.db.models import Avg, Count, F, Q

from ligne.kit.viewer import Viewer
from ligne.staff import reads as staff
from ligne.supervision.models import ContactFact
from ligne.supervision.rules.counting import ABANDONED, NOT_COUNTED


@dataclass(frozen=True, slots=True)
class Results:
    """What one person did on a day: exchanges handled, mean handling time (s), in hand now."""

    handled: int
    mean_handle_s: float | None
    resolved: int
    in_hand: int


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
    done = Q(closed_at__gte=start, closed_at__lt=end, accepted_at__isnull=False)
    return done & ~Q(outcome__in=[ABANDONED, *NOT_COUNTED])
