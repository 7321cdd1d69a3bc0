"""The life of a contact: the only passages between its states. Pure."""

from __future__ import annotations

from ligne.contacts.words import ACTIVE, CLOSED, OFFERED, SNOOZED, STATE_LABELS, WAITING, WRAP_UP
from ligne.kit.errors import Conflict
from ligne.kit.text import N_

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
    "merge": ((WAITING, OFFERED, ACTIVE, SNOOZED, WRAP_UP), CLOSED),  # it became part of another exchange …
    "unmerge": ((CLOSED,), WAITING),  # … by mistake
}


def after(state: str, passage: str) -> str:
    """The state that `passage` leads to from `state`. Raises `Conflict` when there is no such passage."""
    sources, target = PASSAGES[passage]
    if state not in sources:
        raise Conflict(
            N_("This contact is now “%(state)s”: that action no longer applies. Nothing was changed."),
            state=STATE_LABELS[state],
        )
    return target
