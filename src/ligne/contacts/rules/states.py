"""The life of a contact: its states and the only passages between them. Pure."""

from __future__ import annotations

from ligne.kit.errors import Conflict
from ligne.kit.text import N_

WAITING = "waiting"
OFFERED = "offered"
ACTIVE = "active"
SNOOZED = "snoozed"
WRAP_UP = "wrap_up"
CLOSED = "closed"

CHOICES = [
    (WAITING, N_("Waiting")),
    (OFFERED, N_("Offered")),
    (ACTIVE, N_("In progress")),
    (SNOOZED, N_("Snoozed")),
    (WRAP_UP, N_("Wrap-up")),
    (CLOSED, N_("Closed")),
]
LABELS = dict(CHOICES)
OPEN = (WAITING, OFFERED, ACTIVE, SNOOZED, WRAP_UP)
WITH_ADVISOR = (OFFERED, ACTIVE, WRAP_UP)

# passage -> (states it starts from, state it leads to)
PASSAGES: dict[str, tuple[tuple[str, ...], str]] = {
    "offer": ((WAITING,), OFFERED),
    "withdraw": ((OFFERED,), WAITING),  # declined, expired, advisor gone: back to the head of the line
    "accept": ((OFFERED,), ACTIVE),
    "take": ((WAITING, SNOOZED), ACTIVE),  # picked by hand, by the advisor who may
    "requeue": ((ACTIVE, WRAP_UP, SNOOZED), WAITING),  # transfer, advisor's browser dead, snooze over
    "snooze": ((ACTIVE,), SNOOZED),
    "resume": ((SNOOZED,), ACTIVE),
    "end": ((ACTIVE,), WRAP_UP),  # the exchange is over, the work is not
    "reopen": ((WRAP_UP,), ACTIVE),  # the customer writes again during wrap-up
    "close": ((ACTIVE, WRAP_UP), CLOSED),
    "abandon": ((WAITING, OFFERED, SNOOZED), CLOSED),  # the customer left, or the promise was withdrawn
}


def after(state: str, passage: str) -> str:
    """The state that `passage` leads to from `state`. Raises `Conflict` when there is no such passage."""
    sources, target = PASSAGES[passage]
    if state not in sources:
        raise Conflict(
            N_("This contact is now “%(state)s”: that action no longer applies. Nothing was changed."),
            state=LABELS[state],
        )
    return target
