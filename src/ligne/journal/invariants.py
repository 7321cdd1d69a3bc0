"""What always holds about the journal."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta

from ligne.journal import reads
from ligne.kit.invariants import Invariant, Offender
from ligne.kit.text import N_

# Sealing happens each minute; a transaction open for long holds it up.
SEALING = timedelta(minutes=5)


def unsealed(now: datetime) -> Iterator[Offender]:
    """The oldest entry that no seal covers, when it waits for too long."""
    oldest = reads.oldest_unsealed()
    if oldest is not None and oldest[1] < now - SEALING:
        yield Offender("entry", oldest[0])


INVARIANTS = (
    Invariant(
        "journal_is_sealed",
        N_("The journal's seal is recent"),
        N_("For more than five minutes nothing of the journal was sealed: a change of it could not be proven."),
        N_("The worker does not run, or a transaction is left open in the database: see `ligne doctor`."),
        unsealed,
    ),
)
