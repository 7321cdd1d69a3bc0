"""What the floor does when an exchange moves, in the transaction that announces it; twice changes nothing."""

from __future__ import annotations

from ligne.kit.bus import Event
from ligne.supervision import services


def count(happened: Event) -> None:
    """Bring the counters up to what the contact is now."""
    services.recount(happened.subject_id)
