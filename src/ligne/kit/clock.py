"""The one clock. Verbs take the time from here or are given `now`; rules are always given it.

It is the database's: every process follows it (`kit.heartbeats`), so that the hosts of a centre agree on what is late,
silent or due even when a machine's own clock is wrong or is put right in the middle of a day.
"""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import UTC, datetime, timedelta

_frozen: ContextVar[datetime | None] = ContextVar("frozen_clock", default=None)
# Set in drills (`ligne simulate faults`): by how many seconds this process finds its machine's clock wrong.
_WRONG_BY = timedelta(seconds=float(os.environ.get("LIGNE_CLOCK_SKEW") or 0))
# Differences below this are the way to the database and back, not a wrong clock.
_CLOSE = timedelta(seconds=0.2)
# An instant of the database's clock, and the reading of the monotonic clock at that instant.
_anchor: tuple[datetime, float] | None = None


def now() -> datetime:
    """The present instant, in UTC."""
    return _frozen.get() or following()


def following() -> datetime:
    """What the clock shows that this process goes by, whatever `at` says."""
    if _anchor is None:
        return machine()
    instant, reading = _anchor
    return instant + timedelta(seconds=time.monotonic() - reading)


def machine() -> datetime:
    """What this machine's own clock says, right or wrong."""
    return datetime.now(UTC) + _WRONG_BY


def follow(instant: datetime, reading: float) -> None:
    """Go by another clock, which showed `instant` when `time.monotonic()` read `reading`."""
    global _anchor  # noqa: PLW0603 - one clock per process
    expected = (_anchor[0] + timedelta(seconds=reading - _anchor[1])) if _anchor else None
    if expected is None or abs(instant - expected) > _CLOSE:
        _anchor = (instant.astimezone(UTC), reading)


@contextmanager
def at(instant: datetime) -> Iterator[None]:
    """Let the clock stand at `instant` (an aware datetime) within this block; for tests, demo data and replays."""
    if instant.tzinfo is None:
        raise ValueError("the clock needs an instant with its offset")
    token = _frozen.set(instant.astimezone(UTC))
    try:
        yield
    finally:
        _frozen.reset(token)


def ago(**kwargs: float) -> datetime:
    """The instant that lies `kwargs` (as of `timedelta`) before now."""
    return now() - timedelta(**kwargs)
