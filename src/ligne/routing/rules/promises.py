"""How a promised call goes before others, and whose it is first. Pure."""

from __future__ import annotations

from datetime import datetime, timedelta

# The owner of a promise has it for themselves for this part of its window, then the queue helps to keep it.
OWNERS_PART = 0.5
# A promise is worth this many steps of priority: no queue of newcomers passes in front of it.
PRIORITY = 2


def owners_until(window_start: datetime, window_end: datetime, now: datetime) -> datetime:
    """Until when the owner alone is offered the call: the first half of what is left of the window.

    A promise that is late already is for whoever is free.
    """
    begins = max(window_start, now)
    if window_end <= begins:
        return begins
    return begins + timedelta(seconds=(window_end - begins).total_seconds() * OWNERS_PART)
