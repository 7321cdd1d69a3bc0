"""The floor right now."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta

from django.db.models import Sum
from django.utils import timezone

from ligne.contacts import reads as contacts
from ligne.kit import clock
from ligne.kit.viewer import Viewer
from ligne.routing import reads as routing
from ligne.routing.reads import QueueFacts
from ligne.staff import reads as staff
from ligne.supervision.models import DayCount
from ligne.supervision.reads.counts import follow, pending, recent, sums, together
from ligne.supervision.rules import figures as rules
from ligne.supervision.rules.figures import Counts

NOW = timedelta(minutes=30)
WEEKS = 4


@dataclass(frozen=True, slots=True)
class QueueRow:
    """A queue: its present state, and its counts of the last half-hour (`now`) and of today."""

    facts: QueueFacts
    now: Counts
    today: Counts

    @property
    def level_now(self) -> float | None:
        """Service level over the last 30 minutes."""
        return self.now.service_level

    @property
    def level_today(self) -> float | None:
        """Service level since midnight."""
        return self.today.service_level

    @property
    def tone(self) -> str:
        """How today's service level stands against the target."""
        return rules.tone(self.level_today, self.facts.target_share)


@dataclass(frozen=True, slots=True)
class Promises:
    """Call-backs whose window ends today: `kept` of those already due or kept; `broken` still to be made good."""

    kept: int = 0
    due: int = 0
    broken: int = 0
    to_come: int = 0


@dataclass(frozen=True, slots=True)
class Figures:
    """The line of figures over all of the viewer's queues."""

    today: Counts
    waiting: int
    live_waiting: int
    oldest_s: int | None
    target: int | None
    promises: Promises

    @property
    def tone(self) -> str:
        """How today's service level stands against the mean target, weighted by what was offered."""
        return rules.tone(self.today.service_level, self.target) if self.target else "mute"


@dataclass(frozen=True, slots=True)
class Arrivals:
    """Arrivals per half-hour today, and what is usual (median of the same weekday over four weeks)."""

    today: Mapping[int, int]
    usual: Mapping[int, float]
    slot: int  # the half-hour under way
    first: int = 16
    last: int = 40

    @property
    def total(self) -> int:
        """Arrivals so far."""
        return sum(self.today.values())

    @property
    def usual_by_now(self) -> float:
        """What is usual until the end of the last full half-hour."""
        return sum(value for slot, value in self.usual.items() if slot < self.slot)

    @property
    def change(self) -> float | None:
        """Arrivals of the full half-hours against what is usual: 0.13 is 13 % more; None without a habit."""
        so_far = sum(value for slot, value in self.today.items() if slot < self.slot)
        return so_far / self.usual_by_now - 1 if self.usual_by_now else None


@dataclass(frozen=True, slots=True)
class Board:
    """Everything of the floor's first screen."""

    figures: Figures
    queues: list[QueueRow]
    at: datetime = field(default_factory=clock.now)


def queue_rows(viewer: Viewer) -> list[QueueRow]:
    """The viewer's queues, by principal and name. The number of queries does not depend on the number of exchanges."""
    follow(viewer)
    now = clock.now()
    today = timezone.localtime(now).date()
    start, _ = staff.day_bounds(today)
    counted = sums(viewer, today, today, "queue_id")
    undecided = pending(viewer, start, now)
    lately = recent(viewer, now - NOW, now)
    return [
        QueueRow(
            facts=facts,
            now=lately.get(facts.id, Counts()),
            today=replace(counted.get((facts.id,), Counts()), pending=undecided.get(facts.id, 0)),
        )
        for facts in routing.queues(viewer, served=False)
    ]


def figures(viewer: Viewer, rows: list[QueueRow] | None = None) -> Figures:
    """The line of figures, over `rows` when they are known already."""
    found = queue_rows(viewer) if rows is None else rows
    today = together(row.today for row in found)
    waits = [row.facts.oldest_s for row in found if row.facts.oldest_s is not None]
    weight = sum(row.today.offered for row in found)
    target = sum(row.facts.target_share * row.today.offered for row in found)
    return Figures(
        today=today,
        waiting=sum(row.facts.waiting for row in found),
        live_waiting=sum(row.facts.live_waiting for row in found),
        oldest_s=max(waits, default=None),
        target=round(target / weight) if weight else None,
        promises=promises(viewer),
    )


def board(viewer: Viewer) -> Board:
    """The floor's first screen."""
    rows = queue_rows(viewer)
    return Board(figures(viewer, rows), rows)


def promises(viewer: Viewer, day: date | None = None) -> Promises:
    """Call-backs promised for `day` (today): how they stand."""
    follow(viewer)
    now = clock.now()
    bounds = staff.day_bounds(day or timezone.localtime(now).date())
    found = contacts.call_backs(viewer, open_only=False, due=bounds)
    states = [(p.state, p.window_end <= now) for p in found if p.state != "cancelled"]
    kept = sum(state == "kept" for state, _ in states)
    broken = sum(state == "broken" for state, _ in states)
    passed = sum(over or state in ("kept", "broken") for state, over in states)
    return Promises(kept=kept, due=passed, broken=broken, to_come=len(states) - passed)


def arrivals(viewer: Viewer) -> Arrivals:
    """Today's arrivals per half-hour beside what is usual on this weekday."""
    follow(viewer)
    local = timezone.localtime(clock.now())
    today = local.date()
    by_slot = {int(str(slot)): c.offered for (slot,), c in sums(viewer, today, today, "slot").items() if c.offered}
    usual = rules.habit(past(viewer, [today - timedelta(weeks=w) for w in range(1, WEEKS + 1)]))
    slots = [*by_slot, *(slot for slot, value in usual.items() if value)]
    return Arrivals(
        today=by_slot,
        usual=usual,
        slot=local.hour * 2 + local.minute // 30,
        first=min([16, *slots]),
        last=max([40, *slots]),
    )


def past(viewer: Viewer, days: list[date], **within: object) -> list[dict[int, int]]:
    """Arrivals of past `days` by half-hour, `within` what the counters say of them (a channel, queues)."""
    rows = DayCount.objects.filter(principal_id__in=viewer.principals, day__in=days, **within)
    found: dict[date, dict[int, int]] = {day: {} for day in days}
    for row in rows.order_by().values("day", "slot").annotate(n=Sum("offered")):
        found[row["day"]][row["slot"]] = row["n"]
    return list(found.values())
