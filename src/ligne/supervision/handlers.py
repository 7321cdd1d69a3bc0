"""What the floor does when an exchange moves, in the transaction that announces it; twice changes nothing."""

from __future__ import annotations

from collections.abc import Sequence

from ligne.contacts.events import ContactMoved
from ligne.kit.bus import Event
from ligne.routing.events import ContactPlaced
from ligne.supervision import services


def count(happened: Event) -> None:
    """Bring the counters up to what the contact is now."""
    services.recount(happened.subject_id)


def count_together(happened: Sequence[ContactMoved]) -> None:
    """`count` for many. An offer changes nothing: to the floor what is offered still waits."""
    for one in happened:
        if one.passage != "offer":
            services.recount(one.subject_id)


def count_placed_together(happened: Sequence[ContactPlaced]) -> None:
    """`count` for many that were placed at once."""
    services.count_placed(one.subject_id for one in happened)
