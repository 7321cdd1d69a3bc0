"""The life of a contract. Pure."""

from __future__ import annotations

from datetime import date

from ligne.kit.text import N_

PENDING = "pending"
ACTIVE = "active"
SUSPENDED = "suspended"
ENDED = "ended"

CHOICES = [
    (PENDING, N_("Not started")),
    (ACTIVE, N_("In force")),
    (SUSPENDED, N_("Suspended")),
    (ENDED, N_("Ended")),
]
LABELS = dict(CHOICES)
TONES = {PENDING: "info", ACTIVE: "ok", SUSPENDED: "warn", ENDED: "mute"}


def shown(state: str, end: date | None, today: date) -> str:
    """The state to tell people: a contract whose last day has passed is ended, whoever noted it or not."""
    return ENDED if end is not None and end < today else state


def in_force(state: str, start: date, end: date | None, today: date) -> bool:
    """Whether the contract binds on `today`: its last day included, suspended contracts too (they still bind)."""
    return state in (ACTIVE, SUSPENDED) and start <= today and (end is None or today <= end)
