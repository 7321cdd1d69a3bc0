"""How long somebody spent in each state. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class Stretch:
    """Time in one state; `end` is None while it lasts."""

    state: str
    reason: str
    start: datetime
    end: datetime | None


@dataclass(frozen=True, slots=True)
class Line:
    """Seconds spent in `state` for `reason`, over `times` stretches."""

    state: str
    reason: str
    seconds: int
    times: int


def per_state(stretches: Iterable[Stretch], start: datetime, end: datetime, now: datetime) -> list[Line]:
    """Time per state and reason within [`start`, `end`[, the open stretch counted up to `now`. Longest first."""
    seconds: dict[tuple[str, str], float] = {}
    times: dict[tuple[str, str], int] = {}
    for one in stretches:
        first, last = max(one.start, start), min(one.end or now, end, now)
        if last <= first:
            continue
        key = (one.state, one.reason)
        seconds[key] = seconds.get(key, 0.0) + (last - first).total_seconds()
        times[key] = times.get(key, 0) + 1
    lines = [Line(state, reason, round(value), times[state, reason]) for (state, reason), value in seconds.items()]
    return sorted(lines, key=lambda line: (-line.seconds, line.state, line.reason))
