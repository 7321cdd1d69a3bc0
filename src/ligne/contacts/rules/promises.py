"""How often a promised call is tried. Pure; a house policy."""

from __future__ import annotations

from datetime import timedelta

MAX_ATTEMPTS = 3
SPACING = timedelta(minutes=20)


def next_window_start(*, attempts: int) -> timedelta:
    """How long after attempt number `attempts` (from 1) the next one may be made: longer each time."""
    return SPACING * max(1, attempts)
