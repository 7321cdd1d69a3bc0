"""The states a person can be in, and what each means for the flow. Pure."""

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

CHOICES = [
    (AVAILABLE, N_("Available")),
    (BREAK, N_("On break")),
    (MEETING, N_("In a meeting")),
    (TRAINING, N_("In training")),
    (WRITING, N_("Writing")),
    (AFTER_CALL, N_("After-call work")),
    (NOT_ANSWERING, N_("Not answering")),
    (OFFLINE, N_("Signed out")),
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
}

# States a person chooses; the others are set by what happens.
CHOSEN = (AVAILABLE, BREAK, MEETING, TRAINING, WRITING, OFFLINE)

# What may be offered in each state: live channels need AVAILABLE; writing takes deferred work only.
TAKES_LIVE = frozenset({AVAILABLE})
TAKES_DEFERRED = frozenset({AVAILABLE, WRITING})
