"""The names of presence that everyone may say: states, their reasons, and what each means for the flow. Pure."""

from __future__ import annotations

from ligne.kit.text import N_

OFFLINE = "offline"
AVAILABLE = "available"
BREAK = "break"
MEETING = "meeting"
TRAINING = "training"
WRITING = "writing"
AFTER_CALL = "after_call"
NOT_ANSWERING = "not_answering"

STATES = [
    (AVAILABLE, N_("Available")),
    (BREAK, N_("On break")),
    (MEETING, N_("In a meeting")),
    (TRAINING, N_("In training")),
    (WRITING, N_("Writing")),
    (AFTER_CALL, N_("After-call work")),
    (NOT_ANSWERING, N_("Not answering")),
    (OFFLINE, N_("Offline")),
]
STATE_LABELS = dict(STATES)

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
STATE_TONES = {
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
