"""The names of the spine that everyone may say: states of a contact, how it ended, what comes next. Pure."""

from __future__ import annotations

from ligne.kit.text import N_

WAITING = "waiting"
OFFERED = "offered"
ACTIVE = "active"
SNOOZED = "snoozed"
WRAP_UP = "wrap_up"
CLOSED = "closed"

STATES = [
    (WAITING, N_("Waiting")),
    (OFFERED, N_("Offered")),
    (ACTIVE, N_("In progress")),
    (SNOOZED, N_("Snoozed")),
    (WRAP_UP, N_("Wrap-up")),
    (CLOSED, N_("Closed")),
]
STATE_LABELS = dict(STATES)
OPEN = (WAITING, OFFERED, ACTIVE, SNOOZED, WRAP_UP)
WITH_ADVISOR = (OFFERED, ACTIVE, WRAP_UP)

OUTCOMES: list[tuple[str, str]] = [
    ("resolved", N_("Resolved")),
    ("escalated", N_("Escalated")),
    ("transferred", N_("Handed over")),
    ("no_answer", N_("Could not be reached")),
    ("spam", N_("Unwanted message")),
    ("abandoned", N_("Abandoned by the customer")),
    ("merged", N_("Merged into another exchange")),
]
OUTCOME_LABELS = dict(OUTCOMES)
# What an advisor may choose; the others are found out, never chosen.
CHOSEN_OUTCOMES = [o for o in OUTCOMES if o[0] not in {"abandoned", "merged"}]

NEXT_STEPS: list[tuple[str, str]] = [
    ("none", N_("Nothing more to do")),
    ("call_back", N_("Call back")),
    ("follow_up", N_("Check later")),
    ("case", N_("Open a case")),
    ("send_document", N_("Send a document")),
]
NEXT_STEP_LABELS = dict(NEXT_STEPS)
