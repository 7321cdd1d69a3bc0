"""Which windows a customer may choose for a call. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

Window = tuple[datetime, datetime]

# "As soon as possible" is kept when the call is made within that time.
SOON = timedelta(minutes=30)


def soon(now: datetime) -> Window:
    """The window of "as soon as possible"."""
    return now, now + SOON


def choose(start: datetime, offered: Sequence[Window]) -> Window | None:
    """The window that begins at `start` among those `offered`; None when there is none."""
    return next((window for window in offered if window[0] == start), None)
