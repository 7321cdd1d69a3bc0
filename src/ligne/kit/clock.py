"""The one clock. Verbs take the time from here or are given `now`; rules are always given it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import UTC, datetime, timedelta

_frozen: ContextVar[datetime | None] = ContextVar("frozen_clock", default=None)


def now() -> datetime:
    """The present instant, in UTC."""
    return _frozen.get() or datetime.now(UTC)


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
