"""The house's promises as they stand, for the administrator."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Q

from ligne.kit import clock
from ligne.kit.errors import Forbidden
from ligne.kit.invariants import Invariant, invariants
from ligne.kit.viewer import ADMINISTRATOR, Viewer
from ligne.supervision.models import Breach, Check

# Looked at every minute; when it is longer ago, whoever looks does not run.
STALE = timedelta(minutes=3)
HISTORY = 20


@dataclass(frozen=True, slots=True)
class Promise:
    """A promise: when it was last looked at (None: never), whether that is too long ago, what contradicts it."""

    invariant: Invariant
    checked_at: datetime | None
    stale: bool
    trouble: str
    breaches: list[Breach]

    @property
    def tone(self) -> str:
        """Broken, not looked at, or fine."""
        return "bad" if self.breaches else "warn" if self.stale or self.trouble else "ok"

    @property
    def since(self) -> datetime | None:
        """Since when it does not hold."""
        return min((breach.since for breach in self.breaches), default=None)

    @property
    def count(self) -> int:
        """How many things contradict it."""
        return sum(breach.count for breach in self.breaches)


def checks(viewer: Viewer) -> list[Promise]:
    """Every promise, broken ones first. What belongs to no principal is every administrator's."""
    _administer(viewer)
    known = {check.name: check for check in Check.objects.all()}
    found: dict[str, list[Breach]] = defaultdict(list)
    for breach in _visible(viewer).filter(closed_at=None).order_by("since"):
        found[breach.name].append(breach)
    limit = clock.now() - STALE
    promises = []
    for one in invariants:
        check = known.get(one.name)
        at = check.checked_at if check else None
        promises.append(
            Promise(one, at, at is None or at < limit, check.trouble if check else "", found.get(one.name, []))
        )
    return sorted(promises, key=lambda promise: ("bad", "warn", "ok").index(promise.tone))


def past_breaches(viewer: Viewer) -> list[Breach]:
    """The last breaches that are over, newest first."""
    _administer(viewer)
    return list(_visible(viewer).filter(closed_at__isnull=False).order_by("-closed_at")[:HISTORY])


def broken(viewer: Viewer) -> int:
    """How many promises do not hold now, as far as the viewer may know; 0 for who does not administer."""
    if not viewer.has_role(ADMINISTRATOR):
        return 0
    return int(_visible(viewer).filter(closed_at=None).values("name").distinct().count())


def _administer(viewer: Viewer) -> None:
    if not viewer.has_role(ADMINISTRATOR):
        raise Forbidden


def _visible(viewer: Viewer):  # type: ignore[no-untyped-def]
    mine = Q(principal_id__in=viewer.principals) | Q(principal_id=None)
    return Breach.objects.filter(mine).select_related("principal")
