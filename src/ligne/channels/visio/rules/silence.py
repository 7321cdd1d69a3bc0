"""What becomes of a web call whose page does not answer any more. Pure.

The page gives a sign of life every 10 seconds. Nobody stays on a call without a page: the waits are short.
"""

from __future__ import annotations

from datetime import datetime, timedelta

SILENT_AFTER = timedelta(seconds=45)
# A page that said goodbye may be a reload.
GONE_AFTER = timedelta(seconds=15)


def is_over(last_seen_at: datetime, gone_at: datetime | None, now: datetime) -> bool:
    """Whether nobody is there any more."""
    if gone_at is not None and now - gone_at >= GONE_AFTER:
        return True
    return now - last_seen_at >= SILENT_AFTER
