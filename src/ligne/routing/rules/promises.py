"""How a promised call goes before others, and whose it is first. Pure."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

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


def place(since: datetime | None, priority: int) -> dict[str, Any]:
    """The place of a promised call in the line, as facts of its item.

    Made instead of waiting it stands where the customer stood, behind those who came before them and in front of all
    who come after: as if they had waited. Any other is worth PRIORITY.
    """
    return {"priority": PRIORITY} if since is None else {"priority": priority, "entered_at": since}
