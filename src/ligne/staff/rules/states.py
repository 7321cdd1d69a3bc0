"""From which state of presence to which a person may go, and what silence means. Pure."""

from __future__ import annotations

from datetime import datetime, timedelta

from ligne.kit.errors import Conflict, Invalid
from ligne.kit.text import N_
from ligne.staff.words import BREAK, CHOSEN, MEETING, OFFLINE, REASONS, TRAINING

# A person in these states is away from the screen on purpose: a closed browser does not end the stretch of time,
# or a meeting would vanish from the timesheet. Nobody is away for longer than this without signing in again.
AWAY = frozenset({BREAK, MEETING, TRAINING})
AWAY_LIMIT = timedelta(hours=4)
SILENCE_LIMIT = timedelta(seconds=30)


def check_choice(before: str, state: str, reason: str, *, by_self: bool) -> None:
    """Whether a person may go from `before` to `state` with `reason` ("" when none is said).

    `by_self` is False when a supervisor decides for them. Raises `Invalid` naming the field, or `Conflict`.
    """
    if state not in CHOSEN:
        raise Invalid(N_("“%(value)s” is not a state one may choose. Nothing was changed."), field="state", value=state)
    check_reason(state, reason)
    if before == OFFLINE and state != OFFLINE and not by_self:
        raise Conflict(
            N_("This person is not signed in: only they can begin to work. Nothing was changed."), field="state"
        )


def check_reason(state: str, reason: str) -> None:
    """Whether `reason` belongs to `state`; no reason always does. Raises `Invalid` on `reason`."""
    if reason and reason not in dict(REASONS.get(state, [])):
        raise Invalid(
            N_("“%(value)s” is not a known reason for this state. Nothing was changed."), field="reason", value=reason
        )


def after_silence(state: str, since: datetime, heartbeat_at: datetime | None, now: datetime) -> str | None:
    """What becomes of a person whose browser was last heard at `heartbeat_at`.

    None: nothing. "released": they keep their state and their work goes back to the queues. "offline": signed out.
    """
    if state == OFFLINE or (heartbeat_at is not None and heartbeat_at > now - SILENCE_LIMIT):
        return None
    if state in AWAY and since > now - AWAY_LIMIT:
        return "released"
    return "offline"
