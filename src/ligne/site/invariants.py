"""What always holds about the centre's own processes."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from ligne.kit import heartbeats
from ligne.kit.invariants import Invariant, Offender
from ligne.kit.text import N_

HEARD_S = 60.0
EXPECTED = ("router", "worker", "mail")


def silent(now: datetime) -> Iterator[Offender]:
    """Processes of which none was heard."""
    return (Offender(name, 0) for name in EXPECTED if not heartbeats.alive(name, HEARD_S, now))


INVARIANTS = (
    Invariant(
        "processes_are_heard",
        N_("Router, worker and mail process give signs of life"),
        N_("A process of the centre was not heard for a minute: what it does waits."),
        N_("See its last lines in the log, and start it again. What waits for it is kept."),
        silent,
    ),
)
