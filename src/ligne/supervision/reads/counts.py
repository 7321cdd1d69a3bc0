"""Sums of the counters: what is added up and what waits to be, together."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime
from typing import Any

from django.db.models import Count, F, Q, QuerySet, Sum

from ligne.kit.errors import Forbidden
from ligne.kit.viewer import QUALITY, SUPERVISOR, Viewer
from ligne.supervision.models import ContactFact, CountDelta, DayCount
from ligne.supervision.rules.counting import MEASURES, NOT_COUNTED
from ligne.supervision.rules.figures import Counts


def lead(viewer: Viewer) -> None:
    """Raises `Forbidden` unless the viewer leads the floor."""
    if not viewer.has_role(SUPERVISOR):
        raise Forbidden


def follow(viewer: Viewer) -> None:
    """Raises `Forbidden` unless the viewer leads the floor or watches over its quality: figures, not people."""
    if not viewer.has_role(SUPERVISOR, QUALITY):
        raise Forbidden


def sums(viewer: Viewer, first: date, last: date, *by: str, **within: object) -> dict[tuple[object, ...], Counts]:
    """Counts of the viewer's principals between two days included, grouped `by` "queue_id", "channel", "day", "slot",
    `within` what these are; two queries whatever the number of exchanges."""
    total: dict[tuple[object, ...], Counts] = {}
    for model in (DayCount, CountDelta):
        rows = model.objects.filter(principal_id__in=viewer.principals, day__gte=first, day__lte=last, **within)
        summed = rows.order_by().values(*by).annotate(**{f"sum_{m}": Sum(m) for m in MEASURES})
        for row in summed.values_list(*by, *[f"sum_{m}" for m in MEASURES]):
            key, found = row[: len(by)], Counts(**dict(zip(MEASURES, row[len(by) :], strict=True)))
            total[key] = total[key] + found if key in total else found
    return total


def pending(viewer: Viewer, start: datetime, now: datetime) -> dict[int, int]:
    """By queue, what arrived since `start`, is not answered and still in time."""
    found = undecided_facts(viewer, start, now).order_by().values("queue_id").annotate(n=Count("contact_id"))
    return {row["queue_id"]: row["n"] for row in found}


def undecided_facts(viewer: Viewer, start: datetime, now: datetime) -> QuerySet[ContactFact]:
    """What arrived since `start`, is not answered and still in time: as many rows as there is open work."""
    return ContactFact.objects.filter(
        principal_id__in=viewer.principals,
        closed_at__isnull=True,
        answered_at__isnull=True,
        due_at__gte=now,
        arrived_at__gte=start,
        direction="in",
    )


def recent(viewer: Viewer, start: datetime, now: datetime) -> dict[int, Counts]:
    """By queue, what arrived since `start`: from the facts, since half-hours are too coarse for "now"."""
    answered = Q(answered_at__isnull=False)
    gone = Q(outcome="abandoned")
    rows = (
        ContactFact.objects.filter(principal_id__in=viewer.principals, arrived_at__gte=start, direction="in")
        .exclude(outcome__in=NOT_COUNTED)
        .order_by()
        .values("queue_id")
        .annotate(
            offered=Count("contact_id"),
            answered=Count("contact_id", filter=answered),
            in_target=Count("contact_id", filter=answered & Q(in_target=True)),
            abandoned=Count("contact_id", filter=gone),
            abandoned_in_target=Count("contact_id", filter=gone & Q(closed_at__lte=F("due_at"))),
            pending=Count("contact_id", filter=Q(answered_at__isnull=True, closed_at__isnull=True, due_at__gte=now)),
        )
    )
    found: dict[int, Counts] = {}
    for row in rows:
        facts: dict[str, Any] = dict(row)
        queue_id = facts.pop("queue_id")
        found[queue_id] = Counts(**facts)
    return found


def together(counts: Iterable[Counts]) -> Counts:
    """One sum."""
    return sum(counts, Counts())
