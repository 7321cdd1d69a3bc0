"""The figures of the floor, from counts. Pure. Zero offered is no value, never 0 % or 100 %."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from statistics import median


@dataclass(frozen=True, slots=True)
class Counts:
    """Sums over a period. `pending` are offered, not yet answered, and still in time."""

    offered: int = 0
    answered: int = 0
    in_target: int = 0
    abandoned: int = 0
    abandoned_in_target: int = 0
    handled: int = 0
    resolved: int = 0
    wait_s: int = 0
    handle_s: int = 0
    pending: int = 0

    def __add__(self, other: Counts) -> Counts:
        # Field by field: a report over a year adds up ten thousand of them.
        return Counts(
            self.offered + other.offered,
            self.answered + other.answered,
            self.in_target + other.in_target,
            self.abandoned + other.abandoned,
            self.abandoned_in_target + other.abandoned_in_target,
            self.handled + other.handled,
            self.resolved + other.resolved,
            self.wait_s + other.wait_s,
            self.handle_s + other.handle_s,
            self.pending + other.pending,
        )

    @property
    def service_level(self) -> float | None:
        """Share answered within the target over those offered, without those who gave up within it and those who may
        still be answered in time."""
        return share(self.in_target, self.offered - self.abandoned_in_target - self.pending)

    @property
    def abandonment(self) -> float | None:
        """Share of those offered who gave up."""
        return share(self.abandoned, self.offered)

    @property
    def resolution(self) -> float | None:
        """Share of those handled that were resolved there and then."""
        return share(self.resolved, self.handled)

    @property
    def mean_wait_s(self) -> float | None:
        """Mean seconds until the answer."""
        return self.wait_s / self.answered if self.answered else None

    @property
    def mean_handle_s(self) -> float | None:
        """Mean seconds from acceptance to wrap-up."""
        return self.handle_s / self.handled if self.handled else None


def share(part: int, whole: int) -> float | None:
    """`part` of `whole`, 0 to 1; None when there is nothing to compare with."""
    return part / whole if whole > 0 else None


def tone(level: float | None, target_percent: int) -> str:
    """How a service level stands: reached (ok), missed by 5 points at most (warn), missed (bad), no value (mute)."""
    if level is None:
        return "mute"
    missing = target_percent - level * 100
    return "ok" if missing <= 0 else "warn" if missing <= 5 else "bad"


def habit(days: Sequence[Mapping[int, int]]) -> dict[int, float]:
    """What is usual in each half-hour: the median over past `days`, each a mapping of half-hour to arrivals.

    A half-hour without arrivals counts as zero on days that have any; empty days (closed, no data) are left out.
    """
    worked = [day for day in days if any(day.values())]
    slots = sorted({slot for day in worked for slot in day})
    return {slot: float(median(day.get(slot, 0) for day in worked)) for slot in slots}


@dataclass(frozen=True, slots=True)
class Line:
    """A chart's series, ready to draw: SVG points "x,y x,y …" and the last of them."""

    points: str
    last: tuple[float, float] | None


def line(values: Mapping[int, float], *, first: int, last: int, highest: float, width: float, height: float) -> Line:
    """Lay `values` by half-hour out on `width` × `height`, zero at the bottom."""
    span, top = max(last - first, 1), highest or 1.0
    found = [
        (round((slot - first) / span * width, 1), round(height - values[slot] / top * height, 1))
        for slot in sorted(values)
        if first <= slot <= last
    ]
    return Line(" ".join(f"{x},{y}" for x, y in found), found[-1] if found else None)
