"""What becomes of a chat whose page does not answer any more. Pure.

The page gives a sign of life every 20 seconds (a hidden one every minute at least: browsers slow its timers down) and
says goodbye when it is closed or reloaded; a reload is back within seconds.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

SILENT_AFTER = timedelta(seconds=90)
# Before an advisor answered, an exchange is given up this long after the page went.
GRACE_WAITING = timedelta(seconds=60)
# With an advisor, the customer may come back for longer: they see what was written meanwhile.
GRACE_ACTIVE = timedelta(minutes=10)

Step = Literal["stay", "gone", "over"]


@dataclass(frozen=True, slots=True)
class Sign:
    """The last that is known of a page. `answered`: an advisor has taken the exchange."""

    last_seen_at: datetime
    gone_at: datetime | None
    answered: bool


def step(sign: Sign, now: datetime) -> Step:
    """Nothing to do, the page is to be told gone, or the conversation is over."""
    if sign.gone_at is None:
        return "gone" if now - sign.last_seen_at >= SILENT_AFTER else "stay"
    grace = GRACE_ACTIVE if sign.answered else GRACE_WAITING
    return "over" if now - sign.gone_at >= grace else "stay"
