"""The states a person can be in, and what each means for the flow. Pure."""

from __future__ import annotations

from datetime import datetime, timedelta

from ligne.kit.errors import Conflict, Invalid
from ligne.kit.text import N_

OFFLINE = "offline"
AVAILABLE = "available"
BREAK = "break"
MEETING = "meeting"
TRAINING = "training"
WRITING = "writing"
AFTER_CALL = "after_call"
NOT_ANSWERING = "not_answering"

CHOICES = [
    (AVAILABLE, N_("Available")),
    (BREAK, N_("On break")),
    (MEETING, N_("In a meeting")),
    (TRAINING, N_("In training")),
    (WRITING, N_("Writing")),
    (AFTER_CALL, N_("After-call work")),
    (NOT_ANSWERING, N_("Not answering")),
    (OFFLINE, N_("Offline")),
]
LABELS = dict(CHOICES)

# Several kinds of break: each is counted apart (IDCC 2098 pays the short ones).
REASONS: dict[str, list[tuple[str, str]]] = {
    BREAK: [
        ("short", N_("Short break")),
        ("lunch", N_("Lunch")),
        ("screen", N_("Screen break")),
        ("technical", N_("Technical trouble")),
    ],
    MEETING: [("briefing", N_("Briefing")), ("team", N_("Team meeting")), ("interview", N_("Interview"))],
    TRAINING: [("session", N_("Training session")), ("listening", N_("Side-by-side listening"))],
    AFTER_CALL: [
        ("file", N_("Completing the file")),
        ("colleague", N_("Advice from a colleague")),
        ("difficult", N_("After a difficult exchange")),
    ],
}

# Why the centre itself changed a state.
CONNECTION_LOST = "connection_lost"
OFFER_EXPIRED = "offer_expired"
DEACTIVATED = "deactivated"
SIGNED_OUT = "signed_out"
REASON_LABELS = {
    **{key: label for reasons in REASONS.values() for key, label in reasons},
    CONNECTION_LOST: N_("Connection lost"),
    OFFER_EXPIRED: N_("An offer was left unanswered"),
    DEACTIVATED: N_("Account closed"),
    SIGNED_OUT: N_("Signed out by the person"),
}

# How a state is told apart at a glance: the tone of its badge (its word is always written beside it).
TONES = {
    AVAILABLE: "ok",
    AFTER_CALL: "warn",
    NOT_ANSWERING: "bad",
    WRITING: "info",
    BREAK: "mute",
    MEETING: "mute",
    TRAINING: "mute",
    OFFLINE: "mute",
}

# States a person chooses; the others are set by what happens.
CHOSEN = (AVAILABLE, BREAK, MEETING, TRAINING, WRITING, OFFLINE)

# What may be offered in each state: live channels need AVAILABLE; writing takes deferred work only.
TAKES_LIVE = frozenset({AVAILABLE})
TAKES_DEFERRED = frozenset({AVAILABLE, WRITING})

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
